"""Model versions in SQL."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from shopkeeper.core.errors import NotFound
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.model import Manifest
from shopkeeper.store.dialect import upsert
from shopkeeper.store.shop_schema import model_versions as table
from shopkeeper.store.shop_schema import models_in_force as force

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Manifest).decode


def put_model(conn: Connection, manifest: Manifest) -> None:
    """Record a version and put it in force, since it was trained."""
    key = {"name": manifest.name, "version": manifest.version}
    trained_at = micros(manifest.trained_at)
    upsert(conn, table, [{**key, "trained_at": trained_at, "body": _encode(manifest)}])
    upsert(conn, force, [{**key, "since": trained_at}])


def use_model(conn: Connection, name: str, version: str, since: datetime) -> None:
    """Put a recorded version in force. Raises: NotFound: it is not recorded."""
    known = select(table.c.version).where(table.c.name == name, table.c.version == version)
    if conn.execute(known).one_or_none() is None:
        raise NotFound(f"model {name}: no version {version!r} is recorded; see 'shopkeeper model show {name}'")
    upsert(conn, force, [{"name": name, "version": version, "since": micros(since)}])


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


def in_force_since(conn: Connection) -> dict[str, datetime]:
    """Return since when each version in force is; where that was not noted, since it was trained."""
    both = (table.c.name == force.c.name) & (table.c.version == force.c.version)
    found = conn.execute(select(force.c.name, force.c.since, table.c.trained_at).join_from(force, table, both))
    return {name: from_micros(trained_at if since is None else since) for name, since, trained_at in found}


def all_model_versions(conn: Connection) -> list[Manifest]:
    """Return every version by name, newest first."""
    wanted = select(table.c.body).order_by(table.c.name, table.c.trained_at.desc(), table.c.version.desc())
    return [_decode(body) for body in conn.execute(wanted).scalars()]
