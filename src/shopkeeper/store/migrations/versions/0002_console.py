"""The console: who may sign in, what they write about customers, and how they find them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

int64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _make_searchable() -> None:
    """Make identifiers and personal values quick to find by their beginning."""
    by_value = {"value": "text_pattern_ops"}
    op.create_index("ix_identifiers_value", "identifiers", ["value"], unique=False, postgresql_ops=by_value)
    op.add_column("personal_values", sa.Column("folded", sa.Text(), nullable=False, server_default=""))
    known = sa.table(
        "personal_values", sa.column("customer"), sa.column("name"), sa.column("value"), sa.column("folded")
    )
    conn = op.get_bind()
    rows = conn.execute(sa.select(known.c.customer, known.c.name, known.c.value)).all()
    for customer, name, value in rows:
        same = (known.c.customer == customer) & (known.c.name == name)
        conn.execute(sa.update(known).where(same).values(folded=value.casefold()[:200]))
    by_folded = {"folded": "text_pattern_ops"}
    op.create_index("ix_personal_values_folded", "personal_values", ["folded"], unique=False, postgresql_ops=by_folded)


def upgrade() -> None:
    """Make the tables that the console brought; nothing that is kept changes."""
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", int64, nullable=False),
        sa.Column("changed_at", int64, nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("subject", name=op.f("uq_users_subject")),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("created_at", int64, nullable=False),
        sa.Column("seen_at", int64, nullable=False),
        sa.Column("expires_at", int64, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_sessions_account"), "sessions", ["account"], unique=False)
    op.create_table(
        "sign_in_links",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("expires_at", int64, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_sign_in_links_account"), "sign_in_links", ["account"], unique=False)
    is_decision = sa.text("name = 'Decision Made'")
    op.create_index(
        "ix_events_decisions",
        "events",
        ["seq"],
        unique=False,
        sqlite_where=is_decision,
        postgresql_where=is_decision,
    )
    op.create_table(
        "traffic",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hour", int64, autoincrement=False, nullable=False),
        sa.Column("events", int64, nullable=False),
        sa.Column("last_at", int64, nullable=False),
        sa.Column("last_received_at", int64, nullable=False),
        sa.PrimaryKeyConstraint("source", "name", "hour"),
    )
    op.create_index(op.f("ix_traffic_hour"), "traffic", ["hour"], unique=False)
    op.add_column("quarantine", sa.Column("mended", sa.Text(), nullable=True))
    op.add_column("quarantine", sa.Column("mended_by", sa.Text(), nullable=True))
    op.add_column("models_in_force", sa.Column("since", int64, nullable=True))
    op.add_column("import_progress", sa.Column("total", int64, nullable=True))
    op.add_column("import_progress", sa.Column("source", sa.Text(), nullable=True))
    op.add_column("import_progress", sa.Column("kind", sa.Text(), nullable=True))
    op.add_column("import_progress", sa.Column("begun_at", int64, nullable=True))
    op.add_column("import_progress", sa.Column("ended_at", int64, nullable=True))
    op.add_column("import_progress", sa.Column("stopped", sa.Text(), nullable=True))
    op.add_column("import_progress", sa.Column("after_seq", int64, nullable=True))
    op.add_column("import_progress", sa.Column("upto_seq", int64, nullable=True))
    op.add_column("import_progress", sa.Column("customers", int64, nullable=True))
    op.create_table(
        "notes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", int64, nullable=False),
        sa.Column("due_at", int64, nullable=True),
        sa.Column("done_at", int64, nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_notes_customer"), "notes", ["customer"], unique=False)
    is_open = sa.text("kind = 'task' AND done_at IS NULL")
    op.create_index(
        "ix_notes_open_tasks", "notes", ["due_at"], unique=False, sqlite_where=is_open, postgresql_where=is_open
    )
    _make_searchable()
