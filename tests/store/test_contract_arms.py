"""Whose arms decisions followed, as the log has it, on each database."""

from shopkeeper.core.event import ARM_OF, DECISION_MADE, Event
from shopkeeper.core.identifier import Identifier
from shopkeeper.testing.arrivals import arrive
from shopkeeper.testing.shop import NOW


def decision(n, part, **texts):
    return Event(
        source="shopkeeper",
        message_id=f"dec_{n}",
        name=DECISION_MADE,
        customer=part,
        at=NOW,
        received_at=NOW,
        texts={"slot": "home", **texts},
        extra={"picks": [[1, "tea-0", 0.5, 1.0]]},
    )


async def test_a_decision_followed_the_arm_of_its_part_unless_it_says_another(store):
    names = [Identifier("user_id", name) for name in "abcd"]
    found = await arrive(store, names, now=NOW)
    a, b, c, d = (found[name] for name in names)
    written = [
        decision(1, a),
        decision(2, a),
        decision(3, b, **{ARM_OF: a}),
        decision(4, b, **{ARM_OF: c}),
        decision(5, b),
        decision(6, c, why=f"what somebody typed: {ARM_OF}, \u00e6{ARM_OF}\u0668({a}"),
    ]
    await store.append(written)
    assert await store.decided([a, b, c, d]) == {a: {a}, b: {a, b, c}, c: {c}}
    assert await store.decided([d]) == {}


async def test_both_sides_of_a_cut_are_parted(store):
    found = await arrive(store, [Identifier("user_id", name) for name in "abc"], now=NOW)
    a, b, c = sorted(found.values())
    await store.merge(a, b, limits={}, by="anna", now=NOW)
    await store.merge(a, c, limits={}, by="anna", now=NOW)
    assert await store.parted_parts() == set()
    await store.unmerge(a, [c], by="anna", now=NOW)
    assert await store.parted_parts() == {a, b, c}
