"""Quarantine: what an event's source was believed when it came, so that it is believed no more when it is replayed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What waits already is believed what its source is believed by now."""
    op.add_column("quarantine", sa.Column("terms", sa.Text))
