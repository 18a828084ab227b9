"""What a contract says and what departs from it, and checkers with planted mistakes that the same cases catch."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from shopkeeper.core.contract import EACH, SETTLED, Contract, Fact, Learned, Shape, counted
from shopkeeper.core.definitions import Definitions, GroupKind, IdentifierKind, Shop
from shopkeeper.core.trait import Trait, TraitType
from shopkeeper.flows.contracts import contracts as at_work
from shopkeeper.flows.contracts.agreement import Agreed, agreed_of, drifts, flags, violation
from shopkeeper.flows.contracts.contracts import reason_of
from shopkeeper.flows.contracts.shape import HIDDEN, key_of, said, shape_of
from shopkeeper.flows.contracts.words import drift_words, flag_words, line_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def shape(**properties: object) -> Shape:
    return shape_of(key_of(properties))


def contract(*batches: tuple[int, Shape], mode: str = "learn", accepted: int | None = None, **looks: int) -> Contract:
    """Learn from batches of (events, shape), as the store adds them up."""
    kept: dict[tuple[str, str], Fact] = {}
    events = 0
    for n, one in batches:
        learned = Learned("web", "Order Completed", {one: n}, {}, NOON, NOON)
        for (path, fact), count in counted(learned, {path for path, _ in kept}).items():
            before = kept.get((path, fact))
            nth, so_far = (events, 0) if before is None else (before.nth, before.events)
            kept[path, fact] = Fact(path=path, fact=fact, events=so_far + count, nth=nth, first_at=NOON, last_at=NOON)
        events += n
    return Contract(
        source="web",
        name="Order Completed",
        mode=mode,  # type: ignore[arg-type]
        events=events,
        accepted=(SETTLED if mode == "learn" else events) if accepted is None else accepted,
        first_at=NOON,
        last_at=NOON,
        facts=tuple(kept.values()),
    )


ORDER = {"order_id": "1", "total": 12.5, "gift": True, "products": [{"sku": "a", "price": 1}]}
STRICT = contract((10, shape(**ORDER)), (5, shape(**ORDER, note="x")), mode="strict")
BREAKS = {
    "total": {**ORDER, "total": "12.50"},
    "order_id": {**ORDER, "order_id": 1},
    "gift": {**ORDER, "gift": "yes"},
    "colour": {**ORDER, "colour": "red"},
    "products[].price": {**ORDER, "products": [{"sku": "a", "price": 1}, {"sku": "b"}]},
    "products[].sku": {**ORDER, "products": [{"sku": 7, "price": 1}]},
    "products": {key: value for key, value in ORDER.items() if key != "products"},
}
Check = Callable[[Agreed, Shape], object]


def missed(check: Check) -> set[str]:
    """Name the cases in which a checker is wrong."""
    agreed = agreed_of(STRICT)
    wrong = {where for where, event in BREAKS.items() if check(agreed, shape(**event)) is None}
    allowed = [ORDER, {**ORDER, "note": "y"}, {**ORDER, "note": None}, {**ORDER, "total": 12}]
    return wrong | {str(event) for event in allowed if check(agreed, shape(**event)) is not None}


def test_whatever_breaks_a_strict_contract_is_found_and_named() -> None:
    agreed = agreed_of(STRICT)
    assert missed(violation) == set()
    assert {where for where, event in BREAKS.items() if violation(agreed, shape(**event))[0] == where} == set(BREAKS)  # type: ignore[index]


def _numbers_pass_for_texts(agreed: Agreed, one: Shape) -> object:
    return violation(agreed, frozenset({(path, "text" if path == "order_id" else kind) for path, kind in one}))


def _takes_what_is_new(agreed: Agreed, one: Shape) -> object:
    return violation(agreed, frozenset({pair for pair in one if pair[0] in agreed.types}))


def _looks_at_the_first_line_only(agreed: Agreed, one: Shape) -> object:
    return violation(agreed, frozenset({pair for pair in one if pair[1] != "absent"}))


@pytest.mark.parametrize(
    ("planted", "case"),
    [
        (_numbers_pass_for_texts, "order_id"),
        (_takes_what_is_new, "colour"),
        (_looks_at_the_first_line_only, "products[].price"),
    ],
)
def test_a_checker_with_a_planted_mistake_is_caught(planted: Check, case: str) -> None:
    assert case in missed(planted)


def test_the_reason_names_property_and_type_and_no_value() -> None:
    said_why = reason_of(STRICT, agreed_of(STRICT), shape(**{**ORDER, "total": "canary-77"}))
    assert (
        said_why == "total: the contract of 'Order Completed' from 'web' is strict, and a text came; expected a number"
    )


def test_while_little_is_known_nothing_is_drift() -> None:
    assert drifts(contract((10, shape(a=1)), (10, shape(a="x", b=1)))) == []


def test_a_new_property_a_new_type_and_a_missing_one_are_told_of() -> None:
    settled = (200, shape(a=1, b="x"))
    new, other = drifts(contract(settled, (3, shape(a="x", b="x", c=True))))[::-1]
    assert (new.path, new.departure, new.types, new.events) == ("c", "new", ("boolean",), 3)
    assert (other.path, other.departure, other.types, other.expected) == ("a", "type", ("text",), ("number",))
    assert drift_words(new) == "“c” is new: 3 events since 22 Nov 2026 12:00 UTC brought it, as true or false."
    (gone,) = drifts(contract(settled, (30, shape(a=1))))
    assert drift_words(gone) == "“b” was always there; 30 events since 22 Nov 2026 12:00 UTC lack it."


def test_what_a_few_lack_is_told_of_only_once_the_contract_is_frozen() -> None:
    batches = (200, shape(a=1, b="x")), (2, shape(a=1))
    assert drifts(contract(*batches)) == []
    assert [one.path for one in drifts(contract(*batches, mode="warn", accepted=200))] == ["b"]


def test_what_was_optional_from_the_start_is_never_missing() -> None:
    assert drifts(contract((50, shape(a=1, b="x")), (50, shape(a=1)), (500, shape(a=1)))) == []


def test_accepting_what_came_ends_the_drift() -> None:
    batches = (200, shape(a=1)), (30, shape(b=1))
    assert len(drifts(contract(*batches))) == 2
    assert drifts(contract(*batches, mode="warn")) == []


def test_a_name_that_says_who_somebody_is_is_hidden() -> None:
    assert shape(**{"jo@example.org": 1, "0170123456": "x"}) == {(HIDDEN, "number"), (HIDDEN, "text")}
    assert said({"type": "track", "event": "Mail to jo@example.org"}) == (HIDDEN, {})


def test_texts_that_look_personal_are_flagged_and_flags_of_the_same_name_are_not() -> None:
    found = contract((5, shape(phone="x", email=True, first_name="x", city="x")))
    assert [(one.path, one.kind) for one in flags(found)] == [("first_name", "name"), ("phone", "phone")]
    assert [one.path for one in flags(found, apart=frozenset({"phone"}))] == ["first_name"]
    assert flag_words(flags(found)[1]) == (
        "“phone” looks like a phone number, by its name: declare it personal in traits.yaml, or stop sending it."
    )


def definitions(traits: str = "", group: tuple[str, ...] = ()) -> Definitions:
    shop = Shop(
        name="s",
        currency="EUR",
        time_zone="UTC",
        identifiers={"user_id": IdentifierKind()},
        purposes={},
        groups={"company": GroupKind(traits=group)},
    )
    stated = {
        name: Trait(name=name, type=TraitType.TEXT, source="stated", purpose="p", personal=personal)
        for name, personal in (("plan", False), ("phone", traits == "personal"))
        if traits or name == "plan"
    }
    return Definitions("v", shop, stated, {}, {}, {}, {})


@pytest.mark.parametrize(
    ("name", "known", "told"),
    [
        ("Identify", definitions(), []),
        ("Identify", definitions("personal"), []),
        ("Identify", definitions("declared"), ["phone"]),
        ("Group Joined", definitions("declared"), []),
        ("Group Joined", definitions(group=("address",)), ["address"]),
        ("Signed Up", definitions(), ["address", "first_name", "phone"]),
        ("Signed Up", definitions("personal"), ["address", "first_name"]),
    ],
)
def test_what_never_reaches_the_log_is_not_told_of(name: str, known: Definitions, told: list[str]) -> None:
    learned = contract((5, shape(first_name="x", phone="x", address="x", email="x")))
    found = msgspec.structs.replace(learned, name=name)
    assert [sentence.partition("”")[0].strip("“") for sentence in line_of(found, known).flags] == told
    if name == "Group Joined" and told:
        assert "take it off the traits of groups in shop.yaml, or stop sending it" in line_of(found, known).flags[0]


def test_numbers_that_pass_for_cards_by_chance_are_not_flagged() -> None:
    def looking(cards: int) -> Contract:
        found = contract((100, shape(reference="x")))
        extra = (("looked", 64), ("card", cards))
        facts = [Fact(path="reference", fact=f, events=n, nth=0, first_at=NOON, last_at=NOON) for f, n in extra]
        return Contract(**{**{f: getattr(found, f) for f in found.__struct_fields__}, "facts": (*found.facts, *facts)})

    assert flags(looking(7)) == []
    assert [one.kind for one in flags(looking(60))] == ["card"]


def test_lines_of_other_forms_and_empty_lists_have_a_shape() -> None:
    assert shape(products=[]) == {("products", "list")}
    assert (EACH, "text") in shape(products=["a", {"sku": "b"}])
    assert shape(products="none") == {("products", "text")}
    assert at_work.TYPE_WORDS.keys() >= {kind for _, kind in shape(a=1, b="", c=[], d={}, e=True)}
