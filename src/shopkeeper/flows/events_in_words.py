"""Events in words: one sentence for every event of the log, the same on a customer's timeline and in the live stream.

The subject is the customer and is left out: `Bought Rye bread and 3 more for $12.50 at High Street.` A sentence names
goods, offers, places, segments and purposes, and never what a customer typed or stated: that may name a person.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.event import (
    IDENTIFY,
    ORDER_CANCELLED,
    ORDER_COMPLETED,
    ORDER_REFUNDED,
    ORDER_UPDATED,
    SCALE,
    Event,
)
from shopkeeper.core.group import GROUP_JOINED, GROUP_LEFT
from shopkeeper.core.identity import CUSTOMER_UNMERGED, CUSTOMERS_MERGED
from shopkeeper.core.money import format_money
from shopkeeper.core.store import Store

NAMED = 2
"""How many goods a sentence names before it counts the rest."""


class Titles(NamedTuple):
    """What goods, offers and places are called, by id; what is not here is called by its id."""

    items: Mapping[str, str] = {}
    offers: Mapping[str, str] = {}
    places: Mapping[str, str] = {}


async def titles_of(store: Store, definitions: Definitions, events: Iterable[Event]) -> Titles:
    """Look up what the goods, offers and places are called that some events name."""
    told = list(events)
    named = {item for event in told for item in _goods(event)}
    offers = {one.id: one.title for one in definitions.offers.values()}
    if any("offer" in event.texts or _picks(event) or any(line.coupon for line in event.lines) for event in told):
        offers = {one.id: one.title for one in await store.offers()} | offers
    places = {one.id: one.title for one in await store.places()} if any(event.place for event in told) else {}
    items = {item.id: item.title for item in (await store.find_items(sorted(named))).values()} if named else {}
    return Titles(items, offers, places)


def in_words(event: Event, *, definitions: Definitions, titles: Titles) -> str:
    """Say in one sentence what happened, whatever the event's name."""
    told = _SENTENCES.get(event.name, _anything)(event, definitions, titles)
    where = f" at {titles.places.get(event.place) or event.place}" if event.place else ""
    return f"{told}{where}."


def _order(event: Event, definitions: Definitions, titles: Titles) -> str:
    coupons = len({line.coupon for line in event.lines if line.coupon})
    used = f" with {_count(coupons, 'coupon')}" if coupons else ""
    return f"Bought {_listed(_lines(event, titles)) or 'something'}{_for(event, definitions)}{used}"


def _updated(event: Event, definitions: Definitions, titles: Titles) -> str:
    goods = _listed(_lines(event, titles))
    return f"Changed an order{f' to {goods}' if goods else ''}{_for(event, definitions)}"


def _refunded(event: Event, definitions: Definitions, titles: Titles) -> str:
    goods = _listed(_lines(event, titles))
    return f"Gave back {goods or 'part of an order'}{_for(event, definitions)}"


def _cancelled(_event: Event, _definitions: Definitions, _titles: Titles) -> str:
    return "Cancelled an order"


def _identify(event: Event, _definitions: Definitions, _titles: Titles) -> str:
    stated = sorted({*event.texts, *event.numbers, *event.money, *event.flags, *event.extra})
    return f"Told us {_listed([name.replace('_', ' ') for name in stated], named=4)}" if stated else "Was identified"


def _consent(verb: str) -> Callable[[Event, Definitions, Titles], str]:
    """Say what was allowed or refused; against a purpose that needs no consent, a withdrawal is an objection."""

    def say(event: Event, definitions: Definitions, _titles: Titles) -> str:
        name = event.texts.get("purpose", "")
        purpose = definitions.shop.purposes.get(name)
        if verb == "withdrew" and purpose is not None and purpose.basis != "consent":
            return f"Objected to {name.replace('_', ' ')}"
        said = "Consented to" if verb == "gave" else "Withdrew consent to"
        return f"{said} {name.replace('_', ' ') or 'a purpose that was not named'}"

    return say


def _offer(verb: str) -> Callable[[Event, Definitions, Titles], str]:
    def say(event: Event, _definitions: Definitions, titles: Titles) -> str:
        name = event.texts.get("offer", "")
        return f"{verb} {_quoted(titles.offers.get(name) or titles.items.get(name) or name) or 'an offer'}"

    return say


def _mailed(event: Event, _definitions: Definitions, _titles: Titles) -> str:
    group = event.texts.get("group", "")
    return f"Was mailed a choice of the coupons of {_quoted(group)}" if group else "Was mailed coupons"


def _product(verb: str) -> Callable[[Event, Definitions, Titles], str]:
    def say(event: Event, _definitions: Definitions, titles: Titles) -> str:
        goods = [titles.items.get(item) or item for item in _goods(event)]
        return f"{verb} {_listed(goods) or 'a product'}"

    return say


def _decision(event: Event, _definitions: Definitions, titles: Titles) -> str:
    picks = [titles.items.get(item) or titles.offers.get(item) or item for item in _picks(event)]
    what = _listed(picks) or "nothing"
    kind = "chosen for them" if event.flags.get("personal") else f"not personal: {event.texts.get('why', 'unknown')}"
    missing = ", by a fallback" if "degraded" in event.texts else ""
    return f"Was answered in {_quoted(event.texts.get('slot', '')) or 'a slot'} with {what} ({kind}{missing})"


def _segment(verb: str) -> Callable[[Event, Definitions, Titles], str]:
    def say(event: Event, _definitions: Definitions, _titles: Titles) -> str:
        name = event.texts.get("segment", "")
        return f"{verb} the segment {_quoted(name)}" if name else f"{verb} a segment"

    return say


def _group(verb: str) -> Callable[[Event, Definitions, Titles], str]:
    def say(event: Event, _definitions: Definitions, _titles: Titles) -> str:
        kind = event.texts.get("group_type", "group").replace("_", " ")
        return f"{verb} the {kind} {_quoted(event.texts.get('group', ''))}".rstrip()

    return say


def _applied(event: Event, _definitions: Definitions, _titles: Titles) -> str:
    number = event.numbers.get("number", 0) // SCALE
    return f"Version {number} of the definitions was put in force"


def _model(event: Event, _definitions: Definitions, _titles: Titles) -> str:
    model, version = event.texts.get("model", ""), event.texts.get("version", "")
    what = f"the model {_quoted(model)}" if model else "a model"
    return f"{f'Version {version}' if version else 'A version'} of {what} was put in force"


def _anything(event: Event, definitions: Definitions, titles: Titles) -> str:
    """Say an event that means nothing to Shopkeeper itself: its name, and what it names of the catalogue."""
    goods = _listed([titles.items.get(item) or item for item in _goods(event)])
    return f"{event.name}{f': {goods}' if goods else ''}{_for(event, definitions)}"


_SENTENCES: Mapping[str, Callable[[Event, Definitions, Titles], str]] = {
    ORDER_COMPLETED: _order,
    ORDER_UPDATED: _updated,
    ORDER_REFUNDED: _refunded,
    ORDER_CANCELLED: _cancelled,
    IDENTIFY: _identify,
    "Consent Given": _consent("gave"),
    "Consent Withdrawn": _consent("withdrew"),
    "Offer Shown": _offer("Was shown"),
    "Offer Viewed": _offer("Saw"),
    "Offer Clicked": _offer("Clicked on"),
    "Offer Redeemed": _offer("Redeemed"),
    "Offer Dismissed": _offer("Dismissed"),
    "Campaign Mailed": _mailed,
    "Product Viewed": _product("Looked at"),
    "Product Clicked": _product("Clicked on"),
    "Product Added": _product("Put into the basket"),
    "Product Removed": _product("Took out of the basket"),
    "Product Added to Wishlist": _product("Put on the wish list"),
    "Product Removed from Wishlist": _product("Took off the wish list"),
    "Product List Viewed": _product("Looked through"),
    "Products Searched": lambda _event, _definitions, _titles: "Searched",
    "Cart Viewed": lambda _event, _definitions, _titles: "Looked into the basket",
    "Checkout Started": _product("Went to check out with"),
    "Decision Made": _decision,
    "Segment Entered": _segment("Entered"),
    "Segment Exited": _segment("Left"),
    CUSTOMERS_MERGED: lambda _event, _definitions, _titles: "Was joined with another customer by staff",
    CUSTOMER_UNMERGED: lambda _event, _definitions, _titles: "Was taken apart by staff",
    GROUP_JOINED: _group("Joined"),
    GROUP_LEFT: _group("Left"),
    "Definitions Applied": _applied,
    "Model Put In Force": _model,
}


def _goods(event: Event) -> list[str]:
    """Return the ids of the goods that an event names, in order, each once."""
    found = [line.product_id for line in event.lines] or [
        event.texts[name] for name in ("product_id", "sku") if name in event.texts
    ]
    return list(dict.fromkeys([*found, *_picks(event)]))


def _picks(event: Event) -> list[str]:
    """Return what a decision answered with, as `deciding.decide` writes it: `[place, item, score, probability]`."""
    picks = event.extra.get("picks", ())
    return [pick[1] for pick in picks if len(pick) > 1] if event.name == "Decision Made" else []


def _lines(event: Event, titles: Titles) -> list[str]:
    """Name an order's goods, the dearest first."""
    dearest = sorted(event.lines, key=lambda line: -line.amount)
    return list(dict.fromkeys(titles.items.get(line.product_id) or line.product_id for line in dearest))


def _listed(names: Sequence[str], *, named: int = NAMED) -> str:
    """List names: `A`, `A and B`, `A, B and 3 more`."""
    said, rest = list(names[:named]), len(names) - named
    if rest > 0:
        return f"{', '.join(said)} and {rest} more"
    return " and ".join([", ".join(said[:-1]), said[-1]]) if len(said) > 1 else "".join(said)


def _for(event: Event, definitions: Definitions) -> str:
    total = event.money.get("total", event.money.get("revenue"))
    return "" if total is None else f" for {format_money(total, definitions.shop.currency)}"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _quoted(name: str) -> str:
    return f"“{name}”" if name else ""
