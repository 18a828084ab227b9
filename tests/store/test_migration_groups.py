"""Who belongs to a group still does after words are kept, since when they did, and who left is gone."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import make_url

from shopkeeper.core.event import Event
from shopkeeper.core.group import GroupMembership, GroupSize, GroupWord
from shopkeeper.core.instant import from_micros
from shopkeeper.core.intake import Arrival, Offering
from shopkeeper.store import migrations, open_store
from shopkeeper.store.sql import SqlStore

COLUMNS = ("id", "part", "since", "seq", "source", "claimed", "said_at", "left_at")
KEPT = (
    ("h1", "cus_1", 10, 1, "till", False, 30, None),
    ("h2", "cus_1", 10, 2, "till", False, 20, 20),
    ("h1", "cus_2", 10, 3, "web", True, 10, None),
)


def stand_at_0007(conn: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = conn
    command.upgrade(config, "0007")
    conn.execute(text("UPDATE log_head SET seq = 3"))
    for part in ("cus_1", "cus_2"):
        conn.execute(text("INSERT INTO parts (id, created_at) VALUES (:id, 7)"), {"id": part})
    for group in ("h1", "h2"):
        conn.execute(text("INSERT INTO groups (kind, id, seq) VALUES ('household', :id, 1)"), {"id": group})
    values = ", ".join(f":{column}" for column in COLUMNS)
    insert = text(f"INSERT INTO group_members (kind, {', '.join(COLUMNS)}) VALUES ('household', {values})")
    for row in KEPT:
        conn.execute(insert, dict(zip(COLUMNS, row, strict=True)))


def left(at: int) -> Arrival:
    event = Event(
        source="till",
        message_id=f"left-{at}",
        name="Group Left",
        customer="cus_1",
        at=from_micros(at),
        received_at=from_micros(99),
    )
    return Arrival(event, (), group=GroupWord("household", "h1", False, False, {}, {}))


async def test_memberships_stand_after_the_upgrade_as_they_stood(store_url: str) -> None:
    if store_url.startswith("sqlite"):
        with create_engine(store_url).begin() as conn:
            stand_at_0007(conn)
    else:
        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(make_url(store_url).set(drivername="postgresql+asyncpg"))
        async with engine.begin() as opened:
            await opened.run_sync(stand_at_0007)
        await engine.dispose()
    store = await open_store(store_url)
    assert isinstance(store, SqlStore)
    indexes = await store.door.point(lambda conn: {one["name"] for one in inspect(conn).get_indexes("group_words")})
    assert indexes == {"ix_group_words_part"}
    own = GroupMembership("cus_1", "household", "h1", from_micros(10), 1, "till", claimed=False)
    claim = GroupMembership("cus_2", "household", "h1", from_micros(10), 3, "web", claimed=True)
    assert await store.groups_of("cus_1") == [own]
    assert await store.group_members("household", "h1") == [own, claim]
    assert await store.groups() == [GroupSize("household", "h1", 1), GroupSize("household", "h2", 0)]
    await store.admit(Offering([left(20)], {}, from_micros(99)))
    assert [one.since for one in await store.groups_of("cus_1")] == [from_micros(30)]
    await store.admit(Offering([left(40)], {}, from_micros(99)))
    assert await store.group_members("household", "h1") == [claim]
    await store.close()
