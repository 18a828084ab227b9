"""Applied versions of the definitions in SQL; the highest number is in force."""

import msgspec
from sqlalchemy import Connection, select

from shopkeeper.core.definitions import AppliedVersion
from shopkeeper.core.errors import Conflict
from shopkeeper.store.dialect import insert_absent
from shopkeeper.store.shop_schema import definition_versions as table

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(AppliedVersion).decode
_newest = select(table.c.body).order_by(table.c.number.desc())


def in_force(conn: Connection) -> AppliedVersion | None:
    """Return the newest version."""
    body = conn.execute(_newest.limit(1)).scalar_one_or_none()
    return None if body is None else _decode(body)


def put_version(conn: Connection, applied: AppliedVersion, *, replaces: str | None) -> None:
    """Keep a version, if `replaces` is in force. Raises: Conflict: it is not, or its number is not the next.

    Two writers that saw the same version in force offer the same number; its key lets one of them in.
    """
    now = in_force(conn)
    stands = None if now is None else now.version
    number = 1 if now is None else now.number + 1
    if stands != replaces or applied.number != number:
        raise Conflict(
            f"definitions {applied.version} number {applied.number}: {stands or 'no version'} is in force and the next "
            f"number is {number}; look at the difference again and apply once more"
        )
    row = {"number": number, "version": applied.version, "body": _encode(applied)}
    insert_absent(conn, table, [row])
    if in_force(conn) != applied:
        raise Conflict(f"definitions {applied.version}: another apply was faster; look at the difference again")


def versions(conn: Connection) -> list[AppliedVersion]:
    """Return every version, newest first."""
    return [_decode(body) for body in conn.execute(_newest).scalars()]
