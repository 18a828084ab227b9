"""Collecting: what the door takes, how it types it, and that nothing is ever dropped in silence."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf, nan
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shopkeeper.core.definitions import Definitions, IdentifierKind, Purpose, Shop
from shopkeeper.core.event import Event, Line
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.intake import Entry
from shopkeeper.core.item import Item
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Trait, TraitType
from shopkeeper.flows import collect as collecting
from shopkeeper.flows.collect import CollectResult, collect
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.importing import replay
from shopkeeper.store import log, open_store

NOW = datetime(2017, 12, 4, 12, tzinfo=UTC)
AT = "2017-12-04T09:30:00Z"


def trait(name: str, kind: TraitType, **more: Any) -> Trait:
    return Trait(name=name, type=kind, **({"source": "stated", "purpose": "personalization"} | more))


TRAITS = [
    trait("given_name", TraitType.TEXT, personal=True),
    trait("city", TraitType.TEXT),
    trait("wine_lover", TraitType.BOOLEAN),
    trait("kids", TraitType.INTEGER),
    trait("budget", TraitType.MONEY),
    trait("member_since", TraitType.INSTANT),
    trait("orders_90d", TraitType.INTEGER, source="computed"),
]
WEB = Origin("web")
BROWSER = Origin("web", trusted=False, history=False)
DEFINITIONS = Definitions(
    version="v1",
    shop=Shop(
        name="Test",
        currency="EUR",
        time_zone="Europe/Vienna",
        identifiers={"user_id": IdentifierKind(limit=1), "anonymous_id": IdentifierKind(), "email": IdentifierKind()},
        purposes={"personalization": Purpose(basis="contract")},
    ),
    traits={one.name: one for one in TRAITS},
    segments={},
    offers={},
    offer_rules={},
    slots={},
)


def track(name: str = "Product Viewed", *, message_id: str = "m1", **properties: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "userId": "u1",
        "event": name,
        "messageId": message_id,
        "timestamp": AT,
        "properties": properties,
    }


def identify(message_id: str = "m1", **traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "u1", "messageId": message_id, "timestamp": AT, "traits": traits}


async def offer(store: Store, *wires: Any, now: datetime = NOW, source: Origin = WEB) -> CollectResult:
    return await collect(store, DEFINITIONS, wires, origin=source, now=now)


async def taken(store: Store, wire: Any) -> Event:
    result = await offer(store, wire)
    assert result.accepted == 1, result.receipts
    (event,) = await store.read(after=result.receipts[0].seq - 1, limit=1)
    assert (event.customer, event.seq) == (result.receipts[0].customer, result.receipts[0].seq)
    return event


async def refused(store: Store, wire: Any) -> str:
    result = await offer(store, wire)
    assert (result.accepted, result.quarantined) == (0, 1), result.receipts
    (row,) = await store.quarantined()
    assert row.code == result.receipts[0].code
    return row.code


async def test_an_order_becomes_exact_money_and_lines_with_the_catalogues_taxonomy(store: Store) -> None:
    await store.put_items([Item(id="7", category="WINE", department="DRINKS", brand="Hof", cost=333)])
    product = {"product_id": 7, "price": 0.29, "quantity": 3, "discount": "0.10", "coupon": "c1", "brand": "Own"}
    event = await taken(store, track("Order Completed", order_id=12, products=[product], shipping=4.5, gift=True))
    assert event.order_id == "12"
    assert event.money == {"shipping": 450, "total": 87}
    assert event.flags == {"gift": True}
    assert event.lines == (
        Line(
            product_id="7",
            quantity=3,
            amount=87,
            cost=999,
            discount=10,
            coupon="c1",
            category="WINE",
            department="DRINKS",
            brand="Own",
        ),
    )


async def test_a_line_that_says_its_amount_is_believed_and_a_weighed_one_is_one_piece(store: Store) -> None:
    lines = [
        {"product_id": "a", "price": 9, "quantity": 2, "amount": "17.5"},
        {"sku": "b", "price": 4, "quantity": 0.452},
    ]
    event = await taken(store, track("Order Completed", order_id="o", products=lines))
    assert [(line.quantity, line.amount) for line in event.lines] == [(2, 1750), (1, 181)]
    assert event.money["total"] == 1931


async def test_flat_properties_are_typed_and_nested_and_unknown_ones_kept(store: Store) -> None:
    event = await taken(
        store,
        track(position=2.5, colour="red", filters=[{"type": "size"}], total="3", products=[{"sku": "a", "url": "/a"}]),
    )
    assert event.numbers == {"position": 2_500_000}
    assert event.texts == {"colour": "red"}
    assert event.money == {"total": 300}
    assert event.extra == {"filters": [{"type": "size"}], "products": [{"url": "/a"}]}


async def test_a_viewed_product_is_filled_in_from_the_catalogue(store: Store) -> None:
    await store.put_items([Item(id="7", category="WINE")])
    event = await taken(store, track(product_id="7"))
    assert event.texts == {"product_id": "7", "category": "WINE"}


async def test_what_is_personal_or_declared_nowhere_never_reaches_the_log(store: Store) -> None:
    wire = identify(given_name="Ida", city="Graz", nickname="Idl", address={"street": "Ring 1"}, email="IDA@x.at")
    event = await taken(store, wire)
    assert event.texts == {"city": "Graz"}
    assert not any(word in repr(event) for word in ("Ida", "Idl", "Ring", "IDA"))
    kept = await store.personal(event.customer)
    assert kept == {"given_name": "Ida", "nickname": "Idl", "address": '{"street":"Ring 1"}', "email": "IDA@x.at"}


async def test_stated_traits_have_the_declared_types(store: Store) -> None:
    event = await taken(
        store, identify(wine_lover="yes", kids="2", budget="99.90", member_since="2017-01-01T00:00:00+01:00")
    )
    assert event.flags == {"wine_lover": True}
    assert event.money == {"budget": 9990}
    since = datetime(2016, 12, 31, 23, tzinfo=UTC)
    assert event.numbers == {"kids": 2_000_000, "member_since": int(since.timestamp() * 1_000_000)}


@pytest.mark.parametrize(
    "traits", [{"wine_lover": "maybe"}, {"kids": 1.5}, {"kids": "x"}, {"member_since": "2017-01-01"}, {"orders_90d": 3}]
)
async def test_a_trait_of_another_type_and_a_computed_one_wait(shelf: Store, traits: dict[str, Any]) -> None:
    assert await refused(shelf, identify(**traits)) == "bad_trait"


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        ("rubbish", "bad_event"),
        ({"type": "visit", "userId": "u"}, "bad_event"),
        (track(""), "bad_event"),
        (track("x" * 201), "bad_text"),
        (track("Identify"), "bad_event"),
        (track("Decision Made"), "bad_event"),
        (track(total=nan), "bad_number"),
        (track(total="1e400"), "bad_amount"),
        (track(score=inf), "bad_number"),
        (track(score=10**30), "bad_number"),
        (track(note="\ud800"), "bad_text"),
        (track(total=True), "bad_amount"),
        (track(currency="USD"), "bad_currency"),
        (track(products="x"), "bad_line"),
        (track(products=[{"price": 1}]), "bad_line"),
        (track(products=[{"product_id": "a", "quantity": -1}]), "bad_quantity"),
        (track("Order Completed"), "no_order_id"),
        (track("Order Refunded", order_id="1", total=-5), "bad_amount"),
        (track() | {"timestamp": "2017-12-04T09:30:00"}, "bad_timestamp"),
        (track() | {"timestamp": "1989-12-31T00:00:00Z"}, "bad_timestamp"),
        (track() | {"timestamp": "2017-12-06T00:00:00Z"}, "bad_timestamp"),
        (track() | {"timestamp": "0001-01-01T00:00:00+14:00"}, "bad_timestamp"),
        (track() | {"userId": "undefined"}, "no_customer"),
        (track() | {"properties": []}, "bad_event"),
    ],
)
async def test_what_cannot_be_taken_waits_with_a_code(shelf: Store, wire: Any, code: str) -> None:
    assert await refused(shelf, wire) == code


async def test_a_nesting_bomb_waits_instead_of_breaking_anything(store: Store) -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    assert await refused(store, track(deep=deep)) == "too_deep"


async def test_what_waits_keeps_its_body_whole_and_names_no_value_in_its_reason(store: Store) -> None:
    await offer(store, track(total="canary-7731", email="canary@x.at"))
    (row,) = await store.quarantined()
    assert "canary-7731" in row.body and "canary@x.at" in row.body
    assert "canary" not in row.reason


async def test_sent_twice_it_has_one_effect_and_from_two_sources_two(store: Store) -> None:
    wires = [track(message_id=f"m{i}") for i in range(5)]
    first, again = await offer(store, *wires), await offer(store, *wires)
    other = await offer(store, *wires, source=Origin("app"))
    assert (first.accepted, again.accepted, again.duplicates, other.accepted) == (5, 0, 5, 5)
    assert await store.head() == 10


async def test_one_id_with_two_bodies_keeps_the_first_and_the_second_waits(store: Store) -> None:
    result = await offer(store, track(colour="red"), track(colour="blue"))
    assert (result.accepted, result.conflicts, result.quarantined) == (1, 1, 1)
    assert (await store.read(after=0, limit=9))[0].texts == {"colour": "red"}
    assert [row.code for row in await store.quarantined()] == ["conflict"]


async def test_a_retry_without_a_timestamp_and_without_an_id_is_a_duplicate(store: Store) -> None:
    untimed = {key: value for key, value in track().items() if key != "timestamp"}
    unnamed = {key: value for key, value in track(colour="red").items() if key != "messageId"}
    await offer(store, untimed, unnamed)
    again = await offer(store, untimed | {"sentAt": "later"}, unnamed | {"sentAt": "x"}, now=NOW + timedelta(seconds=9))
    assert (again.duplicates, again.conflicts) == (2, 0)


async def test_a_refund_waits_for_its_order_and_goes_in_when_it_is_replayed(store: Store) -> None:
    refund = track("Order Refunded", message_id="r", order_id="1", total=5)
    early = await offer(store, refund)
    assert [taken.code for taken in early.receipts] == ["refund_without_order"]
    assert await store.find_customers([Identifier("user_id", "u1")]) == {}
    await offer(store, track("Order Completed", message_id="o", order_id="1", total=9))
    report = await replay(store, DEFINITIONS, now=NOW, code="refund_without_order")
    assert (report.taken, report.waiting, await store.quarantined()) == (1, {}, [])
    assert [event.name for event in await store.read(after=0, limit=9)] == ["Order Completed", "Order Refunded"]


async def test_a_refund_goes_in_after_its_order_in_one_batch_but_not_before_it(store: Store) -> None:
    def pair(order: str) -> list[dict[str, Any]]:
        completed = track("Order Completed", message_id=f"o{order}", order_id=order, total=9)
        return [completed, track("Order Cancelled", message_id=f"r{order}", order_id=order)]

    result = await offer(store, *pair("1"), *reversed(pair("2")))
    assert [taken.outcome for taken in result.receipts] == ["accepted", "accepted", "refused", "accepted"]


async def test_a_refund_of_another_customers_order_waits(store: Store) -> None:
    await offer(store, track("Order Completed", message_id="o", order_id="1", total=9))
    assert (
        await refused(store, track("Order Refunded", message_id="r", order_id="1") | {"userId": "u2"})
        == "refund_without_order"
    )


async def test_the_strongest_identifier_holds_an_event_and_blocked_ones_are_passed_over(store: Store) -> None:
    both = await taken(store, track() | {"anonymousId": "a1"})
    visitor = await taken(store, track(message_id="m2") | {"userId": "null", "anonymousId": "a1"})
    assert both.part != visitor.part
    known = await store.find_customers([Identifier("user_id", "u1"), Identifier("anonymous_id", "a1")])
    assert known == dict.fromkeys([Identifier("user_id", "u1"), Identifier("anonymous_id", "a1")], both.customer)


async def test_a_browsers_claim_to_an_email_joins_nothing_until_a_trusted_source_proves_it(store: Store) -> None:
    owner = {"type": "identify", "messageId": "o", "timestamp": AT, "traits": {"email": "Ida@x.at"}}
    claim = identify("c", email="ida@x.at") | {"userId": None, "anonymousId": "a9"}
    first = await taken(store, owner)
    await offer(store, claim, source=BROWSER)
    (second,) = await store.read(after=first.seq, limit=1)
    assert first.customer != second.customer
    assert [link.kind for link in await store.claims(second.customer)] == ["claimed"]
    await offer(store, claim | {"messageId": "proof"}, source=WEB)
    assert len(set((await store.current([first.part, second.part])).values())) == 1


async def test_a_crash_between_personal_values_and_the_log_loses_neither(store: Store, monkeypatch: Any) -> None:
    def down(*_: Any) -> Any:
        raise RuntimeError

    wire = identify(given_name="Ida")
    with monkeypatch.context() as broken:
        broken.setattr(log, "write_numbered", down)
        with pytest.raises(RuntimeError):
            await offer(store, wire)
    event = await taken(store, wire)
    assert await store.personal(event.customer) == {"given_name": "Ida"}


async def test_an_old_event_offered_again_does_not_bring_an_old_name_back(store: Store) -> None:
    event = await taken(store, identify("m1", given_name="Ida"))
    await offer(store, identify("m2", given_name="Eva"))
    await offer(store, identify("m1", given_name="Ida"))
    assert await store.personal(event.customer) == {"given_name": "Eva"}


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["1", AT, "u1"])
)
values = st.recursive(
    scalars,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part, max_size=3),
    max_leaves=6,
)
product = st.dictionaries(
    st.sampled_from(["product_id", "sku", "price", "quantity", "amount", "cost", "discount", "coupon", "brand"]),
    scalars,
)
properties = st.dictionaries(
    st.sampled_from(["order_id", "total", "currency", "value", "x", "product_id", "place", "email"]), values
) | st.fixed_dictionaries({"order_id": st.sampled_from(["1", "2"]), "products": st.lists(product, max_size=3)})
names = st.sampled_from(["Order Completed", "Order Refunded", "Product Viewed", "Identify"])
wires = values | st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "identify", "page"])},
    optional={
        "userId": st.sampled_from(["u1", "u2", "null"]) | scalars,
        "anonymousId": scalars,
        "event": names | scalars,
        "messageId": st.sampled_from(["a", "b"]) | scalars,
        "timestamp": st.sampled_from([AT, "1970-01-01", "x"]) | scalars,
        "properties": properties,
        "traits": st.dictionaries(st.sampled_from([*DEFINITIONS.traits, "email", "y"]), values),
    },
)


@dataclass
class Offered:
    """Counts over a whole run of examples on one store."""

    rows: int = 0
    settled: int = 0


async def test_whatever_comes_is_accepted_a_duplicate_or_waits(tmp_path: Any) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/fuzz.db")
    loop = asyncio.get_running_loop()
    offered = Offered()

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(wires, max_size=5))
    @example([{"type": "track", "userId": "u1", "event": "Product Viewed", "messageId": "taken", "timestamp": AT}])
    def check(batch: list[Any]) -> None:
        result = asyncio.run_coroutine_threadsafe(offer(store, *batch), loop).result()
        offered.rows += len(batch)
        offered.settled += result.accepted + result.duplicates + result.quarantined
        assert offered.rows == offered.settled
        assert len(result.receipts) == len(batch)

    await asyncio.to_thread(check)
    waiting = sum((await store.count_quarantined()).values())
    assert offered.rows > 100 and waiting > 0 and await store.head() > 0
    await store.close()


async def test_the_accounting_sees_an_event_that_is_dropped_in_silence(store: Store, monkeypatch: Any) -> None:
    real = collecting._taken

    def forgetful(entry: Entry) -> Any:
        return real(entry)._replace(outcome="lost")  # type: ignore[arg-type]

    monkeypatch.setattr(collecting, "_taken", forgetful)
    result = await offer(store, track())
    assert result.accepted + result.duplicates + result.quarantined != 1
