"""Since when a stated trait holds: the instant of the statement that counts, in whatever order statements came."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shopkeeper.core.event import IDENTIFY, Event
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.core.trait import Computed, Trait, TraitType
from shopkeeper.differentiate.fold import decode_state, empty_state, encode_state, fold, plan_traits, stated_at

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Vienna")
TRAITS = {
    "size": Trait(name="size", type=TraitType.TEXT, source="stated", purpose="p"),
    "age": Trait(name="age", type=TraitType.INTEGER, source="imported", purpose="p"),
    "never": Trait(name="never", type=TraitType.BOOLEAN, source="stated", purpose="p"),
    "orders": Trait(
        name="orders",
        type=TraitType.INTEGER,
        source="computed",
        purpose="p",
        computed=Computed(kind="count", of="Order Completed"),
    ),
}


def statement(seq: int, days: int, **said: dict[str, object]) -> Event:
    at = NOW - timedelta(days=days)
    key = str(seq)
    return Event(source="s", message_id=key, name=IDENTIFY, customer="c", at=at, received_at=NOW, seq=seq, **said)


def test_the_statement_that_counts_gives_the_instant() -> None:
    plan = plan_traits(TRAITS, zone=ZONE, digits=2)
    state = empty_state()
    for event in (
        statement(1, 5, texts={"size": "L"}),
        statement(2, 9, texts={"size": "S"}),
        statement(3, 3, numbers={"age": 4}),
    ):
        fold(plan, state, event)
    moment = Moment(micros(NOW), ZONE)
    expected = {"size": micros(NOW - timedelta(days=5)), "age": micros(NOW - timedelta(days=3))}
    assert stated_at(plan, state, moment) == expected
    assert stated_at(plan, decode_state(encode_state(state)), moment) == expected
