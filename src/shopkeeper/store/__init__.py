"""The operational store: SQLite for one server, PostgreSQL for many, under one contract."""

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from shopkeeper.core.errors import BadInput, StoreError
from shopkeeper.core.randomness import PagedRandom
from shopkeeper.core.store import Store

if TYPE_CHECKING:
    from sqlalchemy.engine import URL


async def open_store(
    url: str, *, create: bool = True, readonly: bool = False, shared: bool = False, rng: Random | None = None
) -> Store:
    """Open a store and bring its schema up to date.

    Args:
        url: `sqlite:////absolute/path/store.db` or `postgresql://user:password@host/database`.
        create: Make the database file or its tables where there are none; else refuse.
        readonly: Write nothing and take no lock, so that it opens while a server runs.
        shared: Write beside the other workers of one server; PostgreSQL always does.
        rng: Where new ids and secrets come from; None is the operating system's own randomness.

    Raises: BadInput: no such kind of database. StoreError: it cannot be opened, another process writes to it, there is
        none and `create` is False, or it was written by a newer Shopkeeper.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadInput("store url: not a URL such as sqlite:////srv/shop/store.db or postgresql://host/shop") from None
    rng = rng or PagedRandom()
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, create=create, readonly=readonly, shared=shared, rng=rng)
    if parsed.get_backend_name() == "postgresql":
        from shopkeeper.store.postgres import open_postgres

        return await open_postgres(parsed, create=create and not readonly, readonly=readonly, rng=rng)
    raise BadInput(f"store url: {parsed.get_backend_name()!r}, expected sqlite or postgresql")


def _open_sqlite(url: "URL", *, create: bool, readonly: bool, shared: bool, rng: Random) -> Store:
    from shopkeeper.store.failures import out_of_reach, telling
    from shopkeeper.store.parcels import SqliteParcels
    from shopkeeper.store.sql import SqlStore
    from shopkeeper.store.sqlite import Lock, SqliteDoor, migrate

    path = Path(url.database or "")
    if not url.database or url.database == ":memory:":
        raise BadInput("store url: SQLite needs a file, such as sqlite:////srv/shop/store.db")
    if (readonly or not create) and not _is_there(path):
        raise StoreError(f"{path}: there is no store; make one with `shopkeeper apply`")
    try:
        if not readonly:
            path.parent.mkdir(parents=True, exist_ok=True)
        lock = None if readonly else Lock(path, shared=shared)
    except OSError as error:
        raise out_of_reach(path, error, to="written") from None
    try:
        with telling(str(path)):
            migrate(path, create=create, readonly=readonly)
            door = SqliteDoor(path, lock=lock, rng=rng)
    except BaseException:
        if lock is not None:
            lock.release()
        raise
    return SqlStore(door, rng, parcels=SqliteParcels(path, readonly=readonly, rng=rng))


def _is_there(path: Path) -> bool:
    """Say whether there is such a file. Raises: StoreError: its folder cannot be looked into."""
    from shopkeeper.store.failures import out_of_reach

    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise out_of_reach(path, error, to="read") from None
    return True
