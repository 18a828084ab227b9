"""What a customer has brought so far, in figures and in one sentence."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from shopkeeper.core.instant import from_micros
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
    average_basket: int | None = None
    average_basket_text: str = "–"
    margin: int | None = None
    margin_text: str = "–"
    margin_covers: str = ""
    first_order: datetime | None = None
    last_order: datetime | None = None
    sentence: str


def value_so_far(purchases: Sequence[Purchase], *, currency: str, now: datetime, zone: ZoneInfo) -> ValueSoFar:
    """Add up a customer's orders, which come in order of time."""
    spend = sum(one.total for one in purchases)
    text = format_money(spend, currency)
    if not purchases:
        return ValueSoFar(orders=0, spend=0, spend_text=text, sentence="No orders yet.")
    first, last = from_micros(purchases[0].at), from_micros(purchases[-1].at)
    margins = [line.margin for one in purchases for line in one.lines]
    known = [margin for margin in margins if margin is not None]
    average = round(spend / len(purchases))
    return ValueSoFar(
        orders=len(purchases),
        spend=spend,
        spend_text=text,
        average_basket=average,
        average_basket_text=format_money(average, currency),
        margin=sum(known) if known else None,
        margin_text=format_money(sum(known), currency) if known else "–",
        margin_covers=_covers(len(known), len(margins)),
        first_order=first,
        last_order=last,
        sentence=_sentence(len(purchases), text, since_in_words(last, now=now, zone=zone), first.astimezone(zone)),
    )


def _covers(known: int, lines: int) -> str:
    if not known:
        return "no line's cost is known"
    return "of all lines" if known == lines else f"of the {known / lines:.0%} of lines whose cost is known"


def _sentence(orders: int, spend: str, last: str, first: datetime) -> str:
    if orders == 1:
        return f"One order for {spend}, {last}."
    return f"{orders:,} orders for {spend} since {day_in_words(first.date())}, the last {last}."
