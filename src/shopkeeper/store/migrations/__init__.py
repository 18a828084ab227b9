"""The schema's versions; Alembic walks them, and is imported only when there is a step to take."""

from importlib.resources import files

from sqlalchemy import Connection, inspect, text

from shopkeeper.core.errors import StoreError

HEAD = "0008"


def standing(conn: Connection) -> str | None:
    """Return the version that the database stands at, None for an empty one."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    version: str | None = conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return version


def upgrade(conn: Connection, *, where: str, create: bool, readonly: bool) -> None:
    """Bring the schema to `HEAD`, inside the caller's transaction.

    Raises: StoreError: there is no schema and `create` is False, it is old and `readonly`, or it is newer
        than this code.
    """
    if conn.dialect.name == "postgresql" and not readonly:
        conn.execute(text("SELECT pg_advisory_xact_lock(7311)"))
    version = standing(conn)
    if version == HEAD:
        return
    if version is None and not create:
        raise StoreError(f"{where}: there is no store; make one with `shopkeeper apply`")
    if version is not None and version > HEAD:
        raise StoreError(f"{where}: its schema is {version}, newer than {HEAD}; run the Shopkeeper that wrote it")
    if readonly:
        raise StoreError(f"{where}: its schema is {version or 'empty'}, not {HEAD}; open it once for writing")
    _walk(conn)


def _walk(conn: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files(__package__)))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
