"""The tables of the shop itself: what it defines and trained, who may send, and who may sign in. See `store.schema`.

`metadata` is imported from here by whoever needs all tables.
"""

from sqlalchemy import Boolean, Column, LargeBinary, Table, Text

from shopkeeper.store.schema import PERSONAL, Int64, metadata

__all__ = ["metadata"]

definition_versions = Table(
    "definition_versions",
    metadata,
    Column("number", Int64, primary_key=True, autoincrement=False),
    Column("version", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

model_versions = Table(
    "model_versions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("trained_at", Int64, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

models_in_force = Table(
    "models_in_force",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("since", Int64),
)

secrets = Table(
    "secrets", metadata, Column("name", Text, primary_key=True), Column("value", LargeBinary, nullable=False)
)

sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("category", Text),
    Column("created_at", Int64, nullable=False),
    Column("secret", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("first_event_at", Int64),
)

write_keys = Table(
    "write_keys",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("source", Text, nullable=False, index=True),
    Column("hint", Text, nullable=False),
    Column("created_at", Int64, nullable=False),
    Column("expires_at", Int64),
)

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True, info=PERSONAL),
    Column("display", Text, nullable=False, info=PERSONAL),
    Column("role", Text, nullable=False),
    Column("created_at", Int64, nullable=False),
    Column("changed_at", Int64, nullable=False),
    Column("password", Text),
    Column("email", Text, unique=True, info=PERSONAL),
    Column("subject", Text, unique=True),
    Column("disabled", Boolean, nullable=False),
)
"""The people of the shop who may sign in; the names in it are theirs, not customers'."""

sessions = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("account", Text, nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    Column("created_at", Int64, nullable=False),
    Column("seen_at", Int64, nullable=False),
    Column("expires_at", Int64, nullable=False),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("account", Text, nullable=False, index=True),
    Column("expires_at", Int64, nullable=False),
)
