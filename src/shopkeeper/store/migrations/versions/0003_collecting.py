"""Collecting: parts, links and the customers that follow from them; sources; consent; what is shared by processes."""

from hashlib import sha256

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

int64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make each customer that is kept a part, joined to no other; make the tables that collecting brought."""
    _rename_customers_to_parts()
    _make_identity()
    _make_intake()
    _count_what_is_in()
    _make_contracts()
    _make_consent()
    _make_sources()
    _make_following()
    _make_groups()


def _rename_customers_to_parts() -> None:
    op.rename_table("customers", "parts")
    for table in ("events", "identifiers", "personal_values"):
        op.execute(f"ALTER TABLE {table} RENAME COLUMN customer TO part")
    is_order = sa.text("name = 'Order Completed'")
    op.drop_index("ix_events_customer_seq", "events")
    op.create_index("ix_events_part_seq", "events", ["part", "seq"], unique=False)
    op.drop_index("ix_events_orders", "events")
    op.create_index(
        "ix_events_orders",
        "events",
        ["part", "order_id"],
        unique=False,
        sqlite_where=is_order,
        postgresql_where=is_order,
    )
    op.drop_index("ix_identifiers_customer", "identifiers")
    op.create_index("ix_identifiers_part", "identifiers", ["part"], unique=False)
    op.add_column("identifiers", sa.Column("claimed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("personal_values", sa.Column("at", int64, nullable=False, server_default="0"))


def _make_identity() -> None:
    op.create_table(
        "members",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("part"),
    )
    op.create_index("ix_members_customer", "members", ["customer"], unique=False)
    op.create_table(
        "links",
        sa.Column("a", sa.Text(), nullable=False),
        sa.Column("b", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seq", int64, nullable=False),
        sa.Column("at", int64, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("cut_seq", int64, nullable=True),
        sa.Column("cut_at", int64, nullable=True),
        sa.Column("cut_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("a", "b"),
    )
    op.create_index("ix_links_a_kind", "links", ["a", "kind"], unique=False)
    op.create_index("ix_links_b_kind", "links", ["b", "kind"], unique=False)
    op.create_table(
        "shapes",
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("seq", int64, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("customer", "seq"),
    )
    op.create_index("ix_shapes_seq", "shapes", ["seq"], unique=False)
    op.create_table(
        "crowded",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("refused", int64, nullable=False),
        sa.Column("last_at", int64, nullable=False),
        sa.PrimaryKeyConstraint("part"),
    )
    op.create_index("ix_crowded_refused", "crowded", ["refused"], unique=False)
    op.create_table(
        "refused",
        sa.Column("a", sa.Text(), nullable=False),
        sa.Column("b", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("a", "b"),
    )


def _make_intake() -> None:
    op.create_table(
        "intake",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("accepted", int64, nullable=False),
        sa.Column("refused", int64, nullable=False),
        sa.Column("duplicates", int64, nullable=False),
        sa.Column("conflicts", int64, nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )


def _count_what_is_in() -> None:
    """Count as accepted what is in the log and what waits, so that an earlier version's accounts come out."""
    op.execute(
        "INSERT INTO intake (source, accepted, refused, duplicates, conflicts) SELECT source, SUM(n), 0, 0, 0 FROM ("
        "SELECT source, COUNT(*) AS n FROM events WHERE source NOT IN ('shopkeeper', 'staff') GROUP BY source "
        "UNION ALL SELECT origin, COUNT(*) FROM quarantine WHERE replayed_at IS NULL GROUP BY origin) AS found "
        "GROUP BY source"
    )


def _make_contracts() -> None:
    op.create_table(
        "contracts",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("events", int64, nullable=False),
        sa.Column("accepted", int64, nullable=False),
        sa.Column("first_at", int64, nullable=False),
        sa.Column("last_at", int64, nullable=False),
        sa.Column("changed_at", int64, nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("source", "name"),
    )
    op.create_table(
        "contract_facts",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("events", int64, nullable=False),
        sa.Column("nth", int64, nullable=False),
        sa.Column("first_at", int64, nullable=False),
        sa.Column("last_at", int64, nullable=False),
        sa.PrimaryKeyConstraint("source", "name", "path", "fact"),
    )


def _make_consent() -> None:
    op.create_table(
        "consent_words",
        sa.Column("seq", int64, autoincrement=False, nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("captured_at", int64, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("wording", sa.Text(), nullable=True),
        sa.Column("policy_version", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("jurisdiction", sa.Text(), nullable=True),
        sa.Column("expires_at", int64, nullable=True),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_consent_words_part", "consent_words", ["part", "purpose", "via"], unique=False)
    is_plain = sa.text("channel IS NULL AND via <> 'gpc'")
    op.create_index(
        "ix_consent_words_plain",
        "consent_words",
        ["part", "purpose", "captured_at", "seq"],
        unique=False,
        sqlite_where=is_plain,
        postgresql_where=is_plain,
    )
    op.create_index("ix_consent_words_purpose", "consent_words", ["purpose", "part"], unique=False)
    op.create_table(
        "consent_wordings",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kept_at", int64, nullable=True),
        sa.PrimaryKeyConstraint("hash"),
    )
    _fill_ledger()
    for table in ("consent_words", "consent_wordings"):
        _refuse_changes(table)


def _fill_ledger() -> None:
    """Enter the words that the log holds already."""
    conn = op.get_bind()
    found = conn.execute(
        sa.text(
            "SELECT seq, part, name, source, at, body FROM events WHERE name IN ('Consent Given', 'Consent Withdrawn')"
        )
    )
    words, texts = [], {}
    for seq, part, name, source, at, body in found:
        said = msgspec.msgpack.decode(body).get("texts", {})
        if "purpose" not in said:
            continue
        staff, wording = source == "staff", said.get("wording")
        key = None if wording is None else sha256(wording.encode()).hexdigest()
        if key is not None:
            texts[key] = wording
        words.append(
            {
                "seq": seq,
                "part": part,
                "purpose": said["purpose"],
                "state": "given" if name == "Consent Given" else "withdrawn",
                "captured_at": at,
                "source": source,
                "via": "staff" if staff else "event",
                "grade": "staff" if staff else "single_opt_in",
                "wording": key,
                "actor": said.get("taken_by"),
            }
        )
    columns = ("seq", "part", "purpose", "state", "captured_at", "source", "via", "grade", "wording", "actor")
    if words:
        op.bulk_insert(sa.table("consent_words", *map(sa.column, columns)), words)
    if texts:
        rows = [{"hash": key, "text": text} for key, text in texts.items()]
        op.bulk_insert(sa.table("consent_wordings", sa.column("hash"), sa.column("text")), rows)


def _refuse_changes(table: str) -> None:
    """Let the database itself refuse to change or delete a row."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows: {change} is refused'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{table} only grows: % is refused', TG_OP; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuse_changes BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )


def _make_sources() -> None:
    op.create_table(
        "sources",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("created_at", int64, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("first_event_at", int64, nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "write_keys",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("created_at", int64, nullable=False),
        sa.Column("expires_at", int64, nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_write_keys_source", "write_keys", ["source"], unique=False)


def _make_following() -> None:
    """Begin to follow the log at its end: what is in it was followed by an earlier version, or is history."""
    op.create_table(
        "histories",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("received_at", int64, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("source", "received_at"),
    )
    op.create_table(
        "leases",
        sa.Column("shard", int64, autoincrement=False, nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("epoch", int64, nullable=False),
        sa.Column("expires_at", int64, nullable=False),
        sa.Column("seq", int64, nullable=False),
        sa.PrimaryKeyConstraint("shard"),
    )
    op.create_table(
        "workers",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("expires_at", int64, nullable=False),
        sa.PrimaryKeyConstraint("worker"),
    )
    op.execute("INSERT INTO cursors (name, seq) SELECT 'follower', seq FROM log_head WHERE seq > 0")


def _make_groups() -> None:
    """Make the tables of groups; there were none before."""
    op.create_table(
        "groups",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", int64, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id"),
    )
    op.create_table(
        "group_members",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("since", int64, nullable=False),
        sa.Column("seq", int64, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("said_at", int64, nullable=False),
        sa.Column("left_at", int64, nullable=True),
        sa.PrimaryKeyConstraint("kind", "id", "part"),
    )
    op.create_index("ix_group_members_part", "group_members", ["part"], unique=False)
    op.create_table(
        "group_values",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("apart", sa.Boolean(), nullable=False),
        sa.Column("at", int64, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", "name"),
    )
