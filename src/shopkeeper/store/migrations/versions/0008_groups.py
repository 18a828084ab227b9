"""Groups: every word of who belongs to which is kept, for that follows from the order in which they were said."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

int64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORD = "INSERT INTO group_words (kind, id, part, at, seq, joined, claimed, source) SELECT kind, id, part"
_LAST = "INSERT INTO group_members (kind, id, part, claimed, joined, at, seq) SELECT kind, id, part, claimed, joined"


def upgrade() -> None:
    """Make words of what stands of each membership: when it began or ended, and when it was last confirmed."""
    op.create_table(
        "group_words",
        *_whose(),
        *_when(),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", "part", "at", "seq"),
    )
    op.create_index("ix_group_words_part", "group_words", ["part"])
    stands, left = (f"claimed, source FROM group_members WHERE left_at IS {null}" for null in ("NULL", "NOT NULL"))
    op.execute(f"{_WORD}, since, seq, TRUE, {stands}")
    op.execute(f"{_WORD}, said_at, seq, TRUE, {stands} AND said_at > since")
    op.execute(f"{_WORD}, left_at, seq, FALSE, {left}")
    op.drop_table("group_members")
    op.create_table(
        "group_members",
        *_whose(),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        *_when(),
        sa.PrimaryKeyConstraint("kind", "id", "part", "claimed"),
    )
    later = "SELECT 1 FROM group_words w WHERE (w.kind, w.id, w.part) = (k.kind, k.id, k.part) AND w.at > k.at"
    op.execute(f"{_LAST}, at, seq FROM group_words k WHERE NOT EXISTS ({later})")


def _whose() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "id", "part")]


def _when() -> list[sa.Column[int]]:
    return [sa.Column(name, int64, nullable=False) for name in ("at", "seq")]
