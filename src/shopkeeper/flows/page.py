"""A customer's page: everything that staff should know of one customer, in one answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from shopkeeper.core.definitions import Holdout
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.money import format_money
from shopkeeper.core.predicate import Moment
from shopkeeper.core.trait import Value
from shopkeeper.differentiate.facts import Purchase
from shopkeeper.differentiate.fold import purchase_history
from shopkeeper.flows.customers.beliefs import TraitLine, trait_lines
from shopkeeper.flows.customers.consents import ConsentLine, consent_lines
from shopkeeper.flows.customers.desk import Desk, title_of
from shopkeeper.flows.customers.worth import ValueSoFar, value_so_far
from shopkeeper.protect.assignment import Treatment, treatment

ORDERS = 5


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One order, net of what was taken back; `amount` in minor units, shipping included."""

    at: datetime
    place: str | None
    items: tuple[str, ...]
    amount: int
    text: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A segment that holds for the customer now.

    since: When they were recorded in it: their entry, or for history that was imported the first look at it
    afterwards; None where time alone let them in and nobody has looked since.
    """

    name: str
    sentence: str
    description: str
    since: datetime | None


class CustomerPage(msgspec.Struct, frozen=True, kw_only=True):
    """What staff see of one customer.

    title: A few characters that say who is meant. personal: Values that name the person, by trait; they appear here
    and nowhere else. masked: The caller may not see identifiers and personal values; `•••` stands for each.
    arm: In which they are counted. arm_words: What that means for the customer. crossed: Answers for them
    followed both arms. seq: The last event of the log that is in here.
    """

    customer: str
    title: str
    identifiers: dict[str, list[str]]
    masked: bool
    arm: str
    arm_words: str
    crossed: bool
    worth: ValueSoFar
    consents: tuple[ConsentLine, ...]
    traits: tuple[TraitLine, ...]
    segments: tuple[Standing, ...]
    orders: int
    latest_orders: tuple[OrderLine, ...]
    personal: dict[str, str]
    seq: int


async def customer_page(desk: Desk, customer: str, *, now: datetime) -> CustomerPage:
    """Gather one customer's page. Raises: NotFound: there is no such customer, or no longer."""
    customer = await desk.known(customer)
    profile = (await desk.profiles.catch_up([customer]))[customer]
    shop = desk.definitions.shop
    moment = Moment(micros(now), shop.zone)
    values = desk.profiles.values(profile, moment)
    purchases = purchase_history(profile.state)
    names = await desk.store.identifiers_of(customer)
    known: dict[str, list[str]] = {}
    for one in names:
        known.setdefault(one.kind, []).append(desk.shown(one.value))
    arms = treatment(customer, profile.state.decided, shop.holdout, parts=profile.state.parts_of(customer))
    return CustomerPage(
        customer=customer,
        title=title_of(desk, customer, names),
        identifiers=known,
        masked=not desk.personal,
        arm=arms.arm,
        arm_words=arm_in_words(arms, shop.holdout),
        crossed=arms.crossed,
        worth=value_so_far(purchases, currency=shop.currency, now=now, zone=shop.zone),
        consents=await consent_lines(desk, profile, now=now),
        traits=trait_lines(
            desk.profiles,
            profile,
            moment,
            values=values,
            counts=await desk.store.count_events_of(customer),
            models=await desk.store.models_in_force(),
        ),
        segments=await _segments(desk, customer, values, moment),
        orders=len(purchases),
        latest_orders=await _orders(desk, purchases[-ORDERS:]),
        personal={name: desk.shown(value) for name, value in (await desk.store.personal(customer)).items()},
        seq=profile.seq,
    )


def arm_in_words(arms: Treatment, holdout: Holdout) -> str:
    """Say what an arm of the universal holdout means for a customer."""
    if arms.crossed:
        return (
            f"Answers for them followed both arms, for identifiers in different arms are or were joined: counted as "
            f"{'treated' if arms.arm == 'treated' else 'held out'}, and "
            f"{'gets personal answers' if arms.treated else 'sees what a stranger sees'}."
        )
    if not arms.treated:
        return (
            f"Sees what a stranger sees, as {holdout.share:.0%} of all customers do, so that the effect of personal "
            "answers can be measured."
        )
    return "Gets personal answers." if holdout.share else "Gets personal answers; the shop keeps no holdout."


async def _segments(desk: Desk, customer: str, values: Mapping[str, Value], moment: Moment) -> tuple[Standing, ...]:
    found = []
    stands = {one.segment: one for one in (await desk.store.memberships([customer])).get(customer, ())}
    for line in desk.watch.standing(values, moment):
        recorded = stands.get(line.name)
        since = None if recorded is None or recorded.since is None else from_micros(recorded.since)
        description = desk.definitions.segments[line.name].description
        found.append(Standing(name=line.name, sentence=line.sentence, description=description, since=since))
    return tuple(found)


async def _orders(desk: Desk, latest: Sequence[Purchase]) -> tuple[OrderLine, ...]:
    items = await desk.store.find_items(sorted({product for one in latest for product in one.products}))
    titles = {item.id: item.title for item in items.values()}
    return tuple(
        OrderLine(
            at=from_micros(purchase.at),
            place=purchase.place,
            items=tuple(titles.get(product) or product for product in purchase.products),
            amount=purchase.total,
            text=format_money(purchase.total, desk.definitions.shop.currency),
        )
        for purchase in reversed(latest)
    )
