import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

from shopkeeper.core.errors import StoreError
from shopkeeper.store import migrations, open_store
from shopkeeper.store.shop_schema import metadata


async def difference(url: str) -> list[object]:
    """Compare the database with the schema, on a sync connection for SQLite and inside `run_sync` for PostgreSQL."""
    if url.startswith("sqlite"):
        with create_engine(url).connect() as conn:
            return list(compare_metadata(MigrationContext.configure(conn), metadata))
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.connect() as conn:
        found = await conn.run_sync(lambda sync: compare_metadata(MigrationContext.configure(sync), metadata))
    await engine.dispose()
    return list(found)


async def test_migrating_an_empty_database_gives_exactly_the_schema(store_url: str) -> None:
    await (await open_store(store_url)).close()
    assert await difference(store_url) == []


def test_the_head_that_is_looked_for_is_alembics() -> None:
    folder = Path(migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_current_head() == migrations.HEAD


def stand_at_0001(conn: Connection) -> None:
    """Make the schema that the first release made, with a customer in it."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = conn
    command.upgrade(config, "0001")
    conn.execute(text("INSERT INTO customers (id, created_at) VALUES ('cus_1', 7)"))


async def test_a_store_of_the_first_release_is_upgraded_with_what_it_keeps(store_url: str) -> None:
    if store_url.startswith("sqlite"):
        with create_engine(store_url).begin() as conn:
            stand_at_0001(conn)
    else:
        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(make_url(store_url).set(drivername="postgresql+asyncpg"))
        async with engine.begin() as opened:
            await opened.run_sync(stand_at_0001)
        await engine.dispose()
    with pytest.raises(StoreError, match="open it once for writing"):
        await open_store(store_url, readonly=True)
    store = await open_store(store_url)
    assert await store.list_customers() == ["cus_1"]
    assert await store.accounts() == []
    await store.close()
    assert await difference(store_url) == []


async def test_without_leave_no_tables_are_made(store_url: str) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        await open_store(store_url, create=False)
    with pytest.raises(StoreError, match=r"there is no store|empty"):
        await open_store(store_url, readonly=True)


async def test_a_store_of_a_newer_shopkeeper_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    await (await open_store(url)).close()
    with create_engine(url).begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer"):
        await open_store(url)


async def test_an_up_to_date_store_opens_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    await (await open_store(url)).close()
    script = (
        "import asyncio, sys\n"
        "from shopkeeper.store import open_store\n"
        f"asyncio.run(open_store({url!r}, readonly=True))\n"
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
