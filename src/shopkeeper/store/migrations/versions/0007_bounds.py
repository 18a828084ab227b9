"""Bounds: personal values are found by their beginning alone; rows of files that wait are accounted for."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Cut what is indexed, and count as accepted what an import kept without counting it."""
    op.execute("UPDATE personal_values SET folded = substr(folded, 1, 200) WHERE length(folded) > 200")
    op.execute(
        "INSERT INTO intake (source, accepted, refused, duplicates, conflicts)"
        " SELECT origin, SUM(CASE WHEN replayed_at IS NULL THEN 1 ELSE 0 END), 0, 0, 0 FROM quarantine"
        " WHERE origin <> '' GROUP BY origin HAVING MIN(mapping) <> ''"  # a file's name, and no source's
        " AND NOT EXISTS (SELECT 1 FROM events WHERE events.source = quarantine.origin)"
        " ON CONFLICT (source) DO UPDATE SET accepted = excluded.accepted"
    )
