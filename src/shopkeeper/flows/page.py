"""A customer's page: everything that staff should know of one customer, in one answer."""

from datetime import datetime
from typing import Any

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import NotFound
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.money import format_money
from shopkeeper.core.predicate import Moment
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Trait, TraitType, Value
from shopkeeper.differentiate.fold import consents, purchase_history
from shopkeeper.flows.profiles import Profiles
from shopkeeper.flows.watch import Watch
from shopkeeper.identify.names import asked_name
from shopkeeper.protect.assignment import arm_of

ORDERS = 5


class TraitLine(msgspec.Struct, frozen=True, kw_only=True):
    """One trait: its value as the evaluators hold it, as people read it, and where it comes from."""

    name: str
    value: Any
    text: str
    type: str
    source: str
    purpose: str


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One order, net of what was taken back; `amount` in minor units."""

    at: datetime
    place: str | None
    items: tuple[str, ...]
    amount: int
    text: str


class CustomerPage(msgspec.Struct, frozen=True, kw_only=True):
    """What staff see. personal: values that name the person; they appear here and nowhere else."""

    customer: str
    identifiers: dict[str, list[str]]
    arm: str
    consents: dict[str, bool]
    traits: tuple[TraitLine, ...]
    segments: tuple[str, ...]
    orders: int
    latest_orders: tuple[OrderLine, ...]
    personal: dict[str, str]
    seq: int


async def customer_page(
    store: Store, definitions: Definitions, name: Identifier, *, now: datetime, profiles: Profiles | None = None
) -> CustomerPage:
    """Gather one customer's page.

    Args:
        profiles: Those of the running service; None folds the customer's history for this page alone.

    Raises: BadInput: an identifier of a kind that shop.yaml does not declare. NotFound: nobody has that identifier.
    """
    name = asked_name(name.kind, name.value, definitions.shop.identifiers)
    customer = (await store.find_customers([name])).get(name)
    if customer is None:
        raise NotFound(f"{name.kind}: no customer has this identifier")
    live = profiles or Profiles(store, definitions)
    profile = (await live.catch_up([customer]))[customer]
    shop = definitions.shop
    moment = Moment(micros(now), shop.zone)
    values = live.values(profile, moment)
    purchases = purchase_history(profile.state)
    latest = purchases[-ORDERS:]
    items = await store.find_items(sorted({product for one in latest for product in one.products}))
    titles = {item.id: item.title for item in items.values()}
    known: dict[str, list[str]] = {}
    for one in await store.identifiers_of(customer):
        known.setdefault(one.kind, []).append(one.value)
    return CustomerPage(
        customer=customer,
        identifiers=known,
        arm=arm_of(customer, shop.holdout),
        consents=consents(profile.state),
        traits=tuple(
            _trait_line(trait, values.get(trait.name), shop.currency)
            for trait in definitions.traits.values()
            if not trait.personal
        ),
        segments=tuple(Watch(store, definitions, live).segments_of(values, moment)),
        orders=len(purchases),
        latest_orders=tuple(
            OrderLine(
                at=from_micros(purchase.at),
                place=purchase.place,
                items=tuple(titles.get(product) or product for product in purchase.products),
                amount=sum(line.amount for line in purchase.lines),
                text=format_money(sum(line.amount for line in purchase.lines), shop.currency),
            )
            for purchase in reversed(latest)
        ),
        personal=await store.personal(customer),
        seq=profile.seq,
    )


def _trait_line(trait: Trait, value: Value, currency: str) -> TraitLine:
    return TraitLine(
        name=trait.name,
        value=value,
        text=value_text(trait.type, value, currency),
        type=trait.type.value,
        source=trait.source,
        purpose=trait.purpose,
    )


def value_text(kind: TraitType, value: Value, currency: str) -> str:
    """Write a trait's value for people: money with its sign, an instant to the minute, nothing known as a dash."""
    if value is None:
        return "–"
    if kind == TraitType.MONEY and isinstance(value, int):
        return format_money(value, currency)
    if kind == TraitType.INSTANT and isinstance(value, int):
        return from_micros(value).strftime("%Y-%m-%d %H:%M UTC")
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
