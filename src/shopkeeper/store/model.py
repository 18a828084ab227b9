"""Model versions in SQL."""

import msgspec
from sqlalchemy import Connection, select

from shopkeeper.core.instant import micros
from shopkeeper.core.model import Manifest
from shopkeeper.store.dialect import upsert
from shopkeeper.store.schema import model_versions as table
from shopkeeper.store.schema import models_in_force as force

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Manifest).decode


def put_model(conn: Connection, manifest: Manifest) -> None:
    """Record a version and put it in force."""
    key = {"name": manifest.name, "version": manifest.version}
    upsert(conn, table, [{**key, "trained_at": micros(manifest.trained_at), "body": _encode(manifest)}])
    upsert(conn, force, [key])


def models_in_force(conn: Connection) -> dict[str, Manifest]:
    """Return the manifest in force by name."""
    both = (table.c.name == force.c.name) & (table.c.version == force.c.version)
    found = conn.execute(select(table.c.name, table.c.body).join_from(force, table, both).order_by(table.c.name))
    return {name: _decode(body) for name, body in found}


def model_versions(conn: Connection, name: str) -> list[Manifest]:
    """Return a model's versions, newest first."""
    wanted = (
        select(table.c.body).where(table.c.name == name).order_by(table.c.trained_at.desc(), table.c.version.desc())
    )
    return [_decode(body) for body in conn.execute(wanted).scalars()]
