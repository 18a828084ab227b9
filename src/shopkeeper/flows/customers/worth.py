"""What a customer has brought so far, in figures and in one sentence."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from shopkeeper.core.instant import from_micros, local_day
from shopkeeper.core.money import format_money
from shopkeeper.differentiate.facts import Purchase
from shopkeeper.flows.customers.dates import day_in_words, since_in_words


class ValueSoFar(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer has brought since the first order, net of what was taken back; amounts in minor units.

    margin: Over the lines whose cost is known, `margin_covers` says which share that is; None where no cost is known.
    average_basket: Rounded to the nearest minor unit, half to the even neighbour; None without orders.
    """

    orders: int
    spend: int
    spend_text: str
    average_basket: int | None
    average_basket_text: str
    margin: int | None
    margin_text: str
    margin_covers: str
    first_order: datetime | None
    last_order: datetime | None
    sentence: str


def value_so_far(purchases: Sequence[Purchase], *, currency: str, now: datetime, zone: ZoneInfo) -> ValueSoFar:
    """Add up a customer's orders, which come in order of time."""
    spend = sum(one.total for one in purchases)
    margins = [line.margin for one in purchases for line in one.lines]
    known = [margin for margin in margins if margin is not None]
    average = round(spend / len(purchases)) if purchases else None
    margin = sum(known) if known else None
    return ValueSoFar(
        orders=len(purchases),
        spend=spend,
        spend_text=format_money(spend, currency),
        average_basket=average,
        average_basket_text=_text(average, currency),
        margin=margin,
        margin_text=_text(margin, currency),
        margin_covers=_covers(len(known), len(margins)),
        first_order=from_micros(purchases[0].at) if purchases else None,
        last_order=from_micros(purchases[-1].at) if purchases else None,
        sentence=_sentence(purchases, format_money(spend, currency), now=now, zone=zone),
    )


def _text(amount: int | None, currency: str) -> str:
    return "–" if amount is None else format_money(amount, currency)


def _covers(known: int, lines: int) -> str:
    if not known:
        return "no line's cost is known"
    return "of all lines" if known == lines else f"of the {known / lines:.0%} of lines whose cost is known"


def _sentence(purchases: Sequence[Purchase], spend: str, *, now: datetime, zone: ZoneInfo) -> str:
    if not purchases:
        return "No orders yet."
    last = since_in_words(from_micros(purchases[-1].at), now=now, zone=zone)
    if len(purchases) == 1:
        return f"One order for {spend}, {last}."
    first = day_in_words(local_day(from_micros(purchases[0].at), zone))
    return f"{len(purchases):,} orders for {spend} since {first}, the last {last}."
