"""Links: two parts may have several, so that a merge by hand leaves on record what stood between them."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NAMES = {"pk": "%(table_name)s_pkey"}
"""How PostgreSQL called the key; SQLite called it nothing, and makes the table anew."""


def upgrade() -> None:
    """Let the event that made a link be part of its key."""
    with op.batch_alter_table("links", naming_convention=_NAMES) as links:
        links.drop_constraint("links_pkey", type_="primary")
        links.create_primary_key("links_pkey", ["a", "b", "seq"])
