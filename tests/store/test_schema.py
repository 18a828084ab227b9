import re
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select

from shopkeeper.core.account import Account
from shopkeeper.core.contract import Learned
from shopkeeper.core.event import Event
from shopkeeper.core.group import GROUP_JOINED, GroupWord
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.intake import Arrival, Offering
from shopkeeper.core.note import Note
from shopkeeper.core.quarantine import Quarantined
from shopkeeper.store import open_store
from shopkeeper.store.shop_schema import metadata
from shopkeeper.store.sql import SqlStore
from shopkeeper.testing.arrivals import arrive

NOW = datetime(2017, 12, 4, tzinfo=UTC)
NAME = "ann@example.org"


def personal() -> set[str]:
    return {str(c) for table in metadata.tables.values() for c in table.columns if c.info.get("personal")}


def holding(conn: Connection, words: str) -> set[str]:
    """Name the columns in which the words stand."""
    found = set()
    for table in metadata.tables.values():
        for row in conn.execute(select(table)).mappings():
            found |= {f"{table.name}.{name}" for name, value in row.items() if words.encode() in _bytes(value)}
    return found


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


async def test_a_name_stands_only_where_the_schema_says_so(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/store.db")
    assert isinstance(store, SqlStore)
    (customer,) = (await arrive(store, [Identifier("email", NAME)], now=NOW, personal={"email": NAME})).values()
    await store.quarantine(
        [Quarantined(id="q", origin="f", position=1, code="c", reason="r", body=f'{{"e":"{NAME}"}}', at=NOW)]
    )
    await store.mark_mended("q", f'{{"e":"{NAME}"}}', by=NAME, now=NOW)
    await store.append([Event(source="s", message_id="m", name="X", customer=customer, at=NOW, received_at=NOW)])
    who = Account(id="u", name=NAME, display=NAME, email=NAME, role="owner", created_at=NOW, changed_at=NOW)
    await store.add_account(who)
    await store.add_note(
        Note(id="n", customer=customer, kind="task", text=NAME, author=NAME, at=NOW, done_at=NOW, done_by=NAME)
    )
    await store.learn_contracts([Learned("s", "X", {}, {}, NOW, NOW)])
    await store.change_contract("s", "X", "warn", by=NAME, now=NOW)
    word = GroupWord("household", "h1", True, False, {}, {"nick": NAME})
    joins = Event(source="s", message_id="g", name=GROUP_JOINED, customer="", at=NOW, received_at=NOW)
    await store.admit(Offering([Arrival(joins, (Identifier("email", NAME),), group=word)], {}, NOW))
    (second,) = (await arrive(store, [Identifier("user_id", "u2")], now=NOW)).values()
    await store.merge(customer, second, limits={}, by=NAME, now=NOW)
    await store.unmerge(min(customer, second), [second], by=NAME, now=NOW)
    assert await store.door.point(lambda conn: holding(conn, NAME)) == personal()
    await store.close()


def test_every_table_is_in_the_reference() -> None:
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "store.md").read_text()
    named = set(re.findall(r"`([a-z_.]+)`", reference))
    assert set(metadata.tables) <= named
    assert personal() <= named
