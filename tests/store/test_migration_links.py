"""A link that stood between two parts stays as it was when there may be several."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import make_url

from shopkeeper.core.identity import Link
from shopkeeper.core.instant import from_micros
from shopkeeper.store import migrations, open_store
from shopkeeper.store.sql import SqlStore

COLUMNS = ("a", "b", "kind", "seq", "at", "source", "message_id", "by", "cut_seq", "cut_at", "cut_by")
KEPT = ("cus_1", "cus_2", "proven", 3, 7, "till", "m1", None, 4, 8, "Ann")


def stand_at_0005(conn: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = conn
    command.upgrade(config, "0005")
    conn.execute(text("UPDATE log_head SET seq = 4"))
    for part in KEPT[:2]:
        conn.execute(text("INSERT INTO parts (id, created_at) VALUES (:id, 7)"), {"id": part})
    names = ", ".join(f'"{column}"' for column in COLUMNS)
    insert = text(f"INSERT INTO links ({names}) VALUES ({', '.join(f':{column}' for column in COLUMNS)})")
    conn.execute(insert, dict(zip(COLUMNS, KEPT, strict=True)))


async def test_two_parts_may_have_several_links_after_the_upgrade(store_url: str) -> None:
    if store_url.startswith("sqlite"):
        with create_engine(store_url).begin() as conn:
            stand_at_0005(conn)
    else:
        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(make_url(store_url).set(drivername="postgresql+asyncpg"))
        async with engine.begin() as opened:
            await opened.run_sync(stand_at_0005)
        await engine.dispose()
    store = await open_store(store_url)
    assert isinstance(store, SqlStore)
    key = await store.door.point(lambda conn: inspect(conn).get_pk_constraint("links")["constrained_columns"])
    indexes = await store.door.point(lambda conn: {one["name"] for one in inspect(conn).get_indexes("links")})
    assert (key, indexes) == (["a", "b", "seq"], {"ix_links_a_kind", "ix_links_b_kind"})
    made = await store.merge("cus_1", "cus_2", limits={}, by="Bo", now=from_micros(9))
    first, second = (await store.views(["cus_1"]))["cus_1"].links
    kept = dict(zip(COLUMNS, KEPT, strict=True))
    assert first == Link(**kept | {"at": from_micros(7), "cut_at": from_micros(8)})
    assert (second.kind, second.seq, second.by) == ("staff", made, "Bo")
    await store.close()
