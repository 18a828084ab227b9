"""Fixtures that every layer's tests share: a store on each database, and a PostgreSQL that the tests start."""

import asyncio
import gc
import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from unittest.mock import Mock
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

import shopkeeper.app
import shopkeeper.flows.service
import shopkeeper.store.postgres
import shopkeeper.store.sqlite
from faults.postgres import server_in
from shopkeeper.app import App, open_app
from shopkeeper.core.clock import StoppedClock
from shopkeeper.core.definitions import Definitions
from shopkeeper.core.store import Store
from shopkeeper.engines.lake import Lake
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.models import train_models
from shopkeeper.flows.segments import refresh_memberships
from shopkeeper.flows.service import Service
from shopkeeper.store import open_store
from shopkeeper.store.shop_schema import metadata
from shopkeeper.testing.shop import NOW, fill_shop, seeded, write_shop

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_collection_finish() -> None:
    """Leave what was imported and collected, which stays, out of the search for garbage: it is most of the heap."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let libraries find their own garbage as the process ends; some say so where they cannot."""
    gc.unfreeze()


@pytest.fixture(scope="session", autouse=True)
def quick_starts() -> Iterator[None]:
    """Let services start quickly, since hundreds do.

    Before it serves, a service walks once through every object of its process; here that is all that tests keep.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shopkeeper.flows.service, "gc", Mock(gc, **{"get_threshold.return_value": gc.get_threshold()}))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_rounds() -> Iterator[None]:
    """Let a service in the tests' own process look, write and count when a test says so, not each second as well."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("LOOK_EVERY", "WRITE_EVERY", "COUNT_EVERY", "CONTRACTS_EVERY"):
            patched.setattr(shopkeeper.flows.service, name, 3_600.0)
        yield


@pytest.fixture(scope="session", autouse=True)
def patient_stores() -> Iterator[None]:
    """Let PostgreSQL, which has little of a busy machine, take its time over a few rows; its own tests set limits."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shopkeeper.store.postgres, "POINT_WITHIN", 60.0)
        patched.setattr(shopkeeper.store.postgres, "COMMIT_WITHIN", 60.0)
        yield


@pytest.fixture(scope="session", autouse=True)
def read_once() -> Iterator[None]:
    """Let the shops that are opened share what they read from the same texts: hundreds have those of the test kit.

    What is shared cannot be written to, or one test's edit would be in force in every later one.
    """
    known: dict[tuple[tuple[str, str], ...], Definitions] = {}

    def load(files: Mapping[str, str]) -> Definitions:
        texts = tuple(sorted(files.items()))
        if texts not in known:
            read = load_definitions(files)
            shared = {name: MappingProxyType(part) for name, part in read._asdict().items() if isinstance(part, dict)}
            known[texts] = read._replace(**shared)
        return known[texts]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shopkeeper.app, "load_definitions", load)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server, started from a Python package for this test run."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = server_in(Path(folder) / "data")
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
async def postgres_database(postgres_url: str) -> str:
    """The URL of an empty database of its own."""
    import asyncpg

    name = f"t{uuid4().hex}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """The URL of a database that has the schema, shared by the tests, which empty it."""

    async def migrate() -> None:
        await (await open_store(postgres_url)).close()

    asyncio.run(migrate())
    return postgres_url


async def _empty(url: str) -> None:
    import asyncpg

    admin = await asyncpg.connect(url)
    await admin.execute(f"TRUNCATE {', '.join(metadata.tables)}; INSERT INTO log_head (id, seq) VALUES (1, 0)")
    await admin.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database that has the schema, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "store.db"

    async def migrate() -> None:
        await (await open_store(f"sqlite:///{path}")).close()

    asyncio.run(migrate())
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The URL of an SQLite database of one's own for an empty store."""
    return f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'store.db')}"


@pytest.fixture(params=["sqlite", "postgres"])
def ready_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database of each kind for an empty store."""
    if request.param == "sqlite":
        own: str = request.getfixturevalue("sqlite_url")
        return own
    url: str = request.getfixturevalue("migrated_postgres")
    asyncio.run(_empty(url))
    return url


@pytest.fixture
def short_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SQLite give no text longer than 3 MB, where it otherwise gives 1 GB, in what is opened from now on."""
    plain = shopkeeper.store.sqlite.engine

    def engine(path: Path, *, readonly: bool, pooled: bool) -> Engine:
        made = plain(path, readonly=readonly, pooled=pooled)

        @event.listens_for(made, "connect")
        def lower(dbapi: sqlite3.Connection, _record: object) -> None:
            dbapi.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 3_000_000)

        return made

    monkeypatch.setattr(shopkeeper.store.sqlite, "engine", engine)


@pytest.fixture
async def store(ready_url: str) -> AsyncIterator[Store]:
    """An empty store on each database."""
    opened = await open_store(ready_url)
    yield opened
    await opened.close()


@pytest.fixture
async def shelf(sqlite_url: str) -> AsyncIterator[Store]:
    """An empty SQLite store, for what no database has a say in."""
    opened = await open_store(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake of a shop in New York."""
    return Lake(tmp_path / "lake", zone=ZoneInfo("America/New_York"))


async def _build(folder: Path) -> None:
    write_shop(folder)
    filling = await open_store(f"sqlite:///{folder}/.shopkeeper/store.db", rng=seeded(7))
    await fill_shop(filling)
    await filling.close()
    async with open_app(folder, environ={}) as app:
        app.rng = seeded(3)
        await app.feed_lake()
        await train_models(app.store, app.batch, app.models, app.definitions, before=NOW, now=NOW, rng=app.rng)
        await refresh_memberships(app.store, app.batch, app.definitions, now=NOW)
        async with app.serving():
            pass


@pytest.fixture(scope="session")
def built_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the test kit's shop with everything in it, models trained; not to be written to."""
    folder = tmp_path_factory.mktemp("built") / "shop"
    asyncio.run(_build(folder))
    return folder


@pytest.fixture
def shop(built_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the test kit's shop for one test."""
    for name in [name for name in os.environ if name.startswith("SHOPKEEPER_")]:
        monkeypatch.delenv(name)
    return Path(shutil.copytree(built_shop, tmp_path / "shop"))


@pytest.fixture
async def app(shop: Path) -> AsyncIterator[App]:
    """The copied shop, opened, with a clock that stands still and dice that fall the same every time."""
    async with open_app(shop, environ={}) as opened:
        opened.clock = StoppedClock(NOW)
        opened.rng = seeded(5)
        yield opened


@pytest.fixture
async def service(app: App) -> AsyncIterator[Service]:
    """The copied shop, being served."""
    async with app.serving() as serving:
        yield serving


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is half empty, whatever that of this machine is, which the shop would else tell of."""
    monkeypatch.setattr("shopkeeper.flows.home.desk.disk_usage", lambda _: SimpleNamespace(free=1 << 40, total=1 << 41))


@pytest.fixture
def inside(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are typed in the shop's folder."""
    monkeypatch.chdir(shop)
