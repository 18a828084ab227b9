"""Play the held-out weeks' first baskets through the API, and see what they change."""

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any, NamedTuple

from demo.result import Household, Pick, Played
from demo.till import Basket, Till

FACTS = (
    "household_comp",
    "age",
    "income",
    "orders_90d",
    "spend_90d",
    "average_basket",
    "margin_365d",
    "last_order",
    "favourite_department",
    "favourite_category",
    "favourite_store",
    "coupons_used_365d",
)
ASKED = 40
"""How many households are asked before and after: those with the largest baskets."""


class _Answers(NamedTuple):
    recommendations: tuple[Pick, ...]
    coupons: tuple[Pick, ...]


def play(till: Till, baskets: Sequence[Basket], titles: Mapping[str, str]) -> tuple[Household, Played]:
    """Scan baskets; return the page, before, of the household whose coupons changed most, and what changed.

    Args:
        titles: Of items, by id.
    """
    largest = sorted(baskets, key=lambda basket: (-len(basket.products), basket.order_id))
    of = {basket.household: basket for basket in reversed(largest)}
    asked = list(dict.fromkeys(basket.household for basket in largest))[:ASKED]
    pages = {household: till.get(f"/v1/customers/user_id/{household}") for household in asked}
    before = {household: _answers(till, household) for household in asked}
    began = perf_counter()
    for _ in till.scan(baskets):
        pass
    seconds = perf_counter() - began
    after = {household: _answers(till, household) for household in asked}
    change = {household: _change(before[household], after[household]) for household in asked}
    shown = max(asked, key=lambda household: (change[household], len(pages[household]["segments"]), household))
    played = Played(
        baskets=len(baskets),
        lines=sum(len(basket.products) for basket in baskets),
        seconds=seconds,
        asked=len(asked),
        changed=sum(changed > (0, 0) for changed in change.values()),
        name=f"Household {shown}",
        basket=tuple(_title(product["product_id"], titles) for product in of[shown].products),
        before=before[shown].recommendations,
        after=after[shown].recommendations,
        coupons_before=before[shown].coupons,
        coupons_after=after[shown].coupons,
    )
    return _household(shown, pages[shown], before[shown]), played


def _change(before: _Answers, after: _Answers) -> tuple[int, int]:
    """Count the coupons that went or changed their role, and the recommendations that went."""
    coupons = {(pick.title, pick.role) for pick in before.coupons} - {(pick.title, pick.role) for pick in after.coupons}
    items = {pick.title for pick in before.recommendations} - {pick.title for pick in after.recommendations}
    return len(coupons), len(items)


def _answers(till: Till, household: str) -> _Answers:
    return _Answers(*(_picks(till.decide(slot, household)) for slot in ("recommendations", "coupons")))


def _picks(decision: dict[str, Any]) -> tuple[Pick, ...]:
    return tuple(_pick(pick) for pick in decision["picks"])


def _pick(pick: dict[str, Any]) -> Pick:
    details = pick.get("details", {})
    reasons = tuple(reason["text"] for reason in pick.get("reasons", ()))
    cost = f"${details['face_value'] / 100:.2f}" if "face_value" in details else ""
    return Pick(pick["title"], reasons, details.get("role") or "", cost, details.get("p_anyway"))


def _household(name: str, page: dict[str, Any], answers: _Answers) -> Household:
    said = {trait["name"]: trait["text"] for trait in page["traits"] if trait["value"] is not None}
    facts = tuple((fact.replace("_", " "), said[fact]) for fact in FACTS if fact in said)
    segments = tuple(segment["name"].replace("_", " ") for segment in page["segments"])
    return Household(f"Household {name}", facts, segments, answers.recommendations, answers.coupons)


def _title(item: str, titles: Mapping[str, str]) -> str:
    return titles.get(item) or f"item {item}"
