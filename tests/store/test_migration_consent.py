"""What a log of the second release says of consent stands in the ledger after the upgrade, and nothing else does."""

from pathlib import Path

import msgspec
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, bindparam, create_engine, text
from sqlalchemy.engine import make_url

from shopkeeper.core.consent import wording_of
from shopkeeper.store import migrations, open_store

EVENTS = (
    (1, "Consent Given", "till", {"purpose": "ads"}),
    (2, "Consent Withdrawn", "staff", {"purpose": "ads", "wording": "No, thanks.", "taken_by": "Bo"}),
    (3, "Consent Given", "till", {"offer": "none"}),
    (4, "Order Completed", "till", {"purpose": "ads"}),
)


def stand_at_0002(conn: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = conn
    command.upgrade(config, "0002")
    columns = ("seq", "source", "message_id", "name", "customer", "at", "received_at", "digest", "body")
    insert = text(f"INSERT INTO events ({', '.join(columns)}) VALUES ({', '.join(f':{c}' for c in columns)})")
    insert = insert.bindparams(*map(bindparam, columns))
    for seq, name, source, texts in EVENTS:
        body = msgspec.msgpack.encode({"texts": texts})
        conn.execute(
            insert, dict(zip(columns, (seq, source, str(seq), name, "cus_1", seq, seq, b"d", body), strict=True))
        )
    conn.execute(text("INSERT INTO customers (id, created_at) VALUES ('cus_1', 7)"))


async def test_the_upgrade_fills_the_ledger_from_the_log(store_url: str) -> None:
    if store_url.startswith("sqlite"):
        with create_engine(store_url).begin() as conn:
            stand_at_0002(conn)
    else:
        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(make_url(store_url).set(drivername="postgresql+asyncpg"))
        async with engine.begin() as opened:
            await opened.run_sync(stand_at_0002)
        await engine.dispose()
    store = await open_store(store_url)
    first, second = (await store.consent_records(["cus_1"]))["cus_1"]
    assert (first.seq, first.state, first.via, first.grade) == (1, "given", "event", "single_opt_in")
    assert (second.seq, second.state, second.via, second.actor) == (2, "withdrawn", "staff", "Bo")
    shown = wording_of("No, thanks.")
    assert await store.wordings([shown.hash]) == {second.wording: shown.text}
    await store.close()
