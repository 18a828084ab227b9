"""Secrets in SQL."""

from sqlalchemy import Connection, select

from shopkeeper.store.dialect import insert_absent
from shopkeeper.store.shop_schema import secrets


def find_secret(conn: Connection, name: str) -> bytes | None:
    """Return a secret, if it was made."""
    value = conn.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar_one_or_none()
    return None if value is None else bytes(value)


def keep_secret(conn: Connection, name: str, proposed: bytes) -> bytes:
    """Keep the first secret proposed under a name, and return it."""
    insert_absent(conn, secrets, [{"name": name, "value": proposed}])
    return bytes(conn.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar_one())
