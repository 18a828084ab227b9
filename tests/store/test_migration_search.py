"""What the first release kept is found by the search that came after it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

from shopkeeper.store import migrations, open_store


def stand_at_0001(conn: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = conn
    command.upgrade(config, "0001")
    conn.execute(text("INSERT INTO personal_values (customer, name, value) VALUES ('cus_1', 'name', 'Ann Straße')"))
    conn.execute(text("INSERT INTO identifiers (kind, value, customer) VALUES ('card', '177', 'cus_1')"))


async def test_names_of_the_first_release_are_found_by_their_beginning(store_url: str) -> None:
    if store_url.startswith("sqlite"):
        with create_engine(store_url).begin() as conn:
            stand_at_0001(conn)
    else:
        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(make_url(store_url).set(drivername="postgresql+asyncpg"))
        async with engine.begin() as opened:
            await opened.run_sync(stand_at_0001)
        await engine.dispose()
    store = await open_store(store_url)
    assert await store.search_personal("ann STRASS", limit=3) == [("cus_1", "name")]
    assert [customer for _, customer in await store.search_identifiers(["17"], limit=3)] == ["cus_1"]
    await store.close()
