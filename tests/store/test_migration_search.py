"""What the releases before kept is found by the search that came after them, and stands in the accounts."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

from shopkeeper.store import migrations, open_store
from shopkeeper.store.sql import SqlStore


def stand_at(conn: Connection, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = conn
    command.upgrade(config, version)


async def prepare(url: str, stand: Callable[[Connection], None]) -> None:
    if url.startswith("sqlite"):
        with create_engine(url).begin() as conn:
            stand(conn)
        return
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.begin() as opened:
        await opened.run_sync(stand)
    await engine.dispose()


def stand_at_0001(conn: Connection) -> None:
    stand_at(conn, "0001")
    conn.execute(text("INSERT INTO personal_values (customer, name, value) VALUES ('cus_1', 'name', 'Ann Straße')"))
    longest = {"value": "".join(chr(0x4E00 + n * n % 20_000) for n in range(3_000))}
    conn.execute(text("INSERT INTO personal_values (customer, name, value) VALUES ('cus_1', 'long', :value)"), longest)
    conn.execute(text("INSERT INTO identifiers (kind, value, customer) VALUES ('card', '177', 'cus_1')"))


async def test_names_of_the_first_release_are_found_by_their_beginning(store_url: str) -> None:
    await prepare(store_url, stand_at_0001)
    store = await open_store(store_url)
    assert await store.search_personal("ann STRASS", limit=3) == [("cus_1", "name")]
    assert [customer for _, customer in await store.search_identifiers(["17"], limit=3)] == ["cus_1"]
    await store.close()


def stand_at_0006(conn: Connection) -> None:
    stand_at(conn, "0006")
    said = text("INSERT INTO personal_values (part, name, value, folded, at) VALUES ('cus_1', :name, :long, :long, 0)")
    conn.execute(said, [{"name": "a", "long": "ä" * 1_000}, {"name": "b", "long": "ann"}])
    waits = text(
        "INSERT INTO quarantine (id, origin, code, reason, body, at, mapping, replayed_at)"
        " VALUES (:id, :origin, 'c', 'r', '[]', 0, :mapping, :replayed)"
    )
    rows = [("1", "a.csv", "m", None), ("2", "a.csv", "m", None), ("3", "a.csv", "m", 7)]
    rows += [("4", "b.csv", "m", 7), ("5", "web", "", None), ("6", "till", "m", None)]
    conn.execute(waits, [dict(zip(("id", "origin", "mapping", "replayed"), row, strict=True)) for row in rows])
    conn.execute(text("INSERT INTO intake VALUES ('b.csv', 1, 0, 0, 0), ('web', 1, 0, 0, 0), ('till', 5, 0, 0, 0)"))
    sale = "INSERT INTO events (seq, source, message_id, name, part, at, received_at, digest, body)"
    conn.execute(text(f"{sale} VALUES (1, 'till', 'm', 'X', 'cus_1', 0, 0, :none, :none)"), {"none": b""})


async def test_values_are_cut_for_the_search_and_rows_of_files_are_counted_in_the_accounts(store_url: str) -> None:
    """What has the name of a source may be its own, and stays as it was counted."""
    await prepare(store_url, stand_at_0006)
    store = await open_store(store_url)
    assert isinstance(store, SqlStore)
    lengths = text("SELECT name, length(folded), length(value) FROM personal_values ORDER BY name")
    found = await store.door.scan(lambda conn: [tuple(row) for row in conn.execute(lengths)])
    assert found == [("a", 200, 1_000), ("b", 3, 3)]
    accepted = {one.source: one.accepted for one in await store.intake_counts()}
    assert accepted == {"a.csv": 2, "b.csv": 0, "web": 1, "till": 5}
    await store.close()
