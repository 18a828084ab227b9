"""Merging and unmerging by hand: what it would come to, and doing it; nothing is fused, and so either undoes the other.

A preview folds the events of the parts as they would belong together; it writes nothing.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from shopkeeper.core.errors import BadInput, Conflict, NotFound
from shopkeeper.core.identity import View
from shopkeeper.core.money import format_money
from shopkeeper.differentiate.fold import State, consents, empty_state, fold, purchase_history
from shopkeeper.flows.customers.consents import standing_in_words
from shopkeeper.flows.customers.desk import Desk
from shopkeeper.flows.customers.identity import label_of
from shopkeeper.flows.turns import in_turns
from shopkeeper.identify.components import components
from shopkeeper.identify.limits import beyond
from shopkeeper.protect.assignment import treatment
from shopkeeper.protect.consent import Join, joins_of

Reach = Callable[[int], Awaitable[object]]
"""Waits until whatever follows the log has come to an event."""


class Merge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"other": "with"}):
    """With whom: `with` is an id `cus_…` or `KIND:VALUE`. dry: Say what it would come to, and write nothing."""

    other: str
    dry: bool = False


class Unmerge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which parts leave, by id `cus_…` or by `KIND:VALUE`. dry: Say what it would come to, and write nothing."""

    parts: tuple[str, ...]
    dry: bool = False


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody stands towards one purpose."""

    purpose: str
    words: str


class Sketch(msgspec.Struct, frozen=True, kw_only=True):
    """One customer in a few lines. parts: Labels of their parts. arm: By which they are counted, see `treatment`."""

    customer: str
    parts: tuple[str, ...]
    orders: int
    spend: int
    spend_text: str
    consents: tuple[Stand, ...]
    arm: str
    crossed: bool


class IdentityChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a merge or an unmerge comes to.

    before, after: The customers that it touches. words: The same in a sentence. seq: Of the event that says so in the
    log, None where it was only a preview.
    """

    before: tuple[Sketch, ...]
    after: tuple[Sketch, ...]
    words: str
    seq: int | None = None


async def merge_customers(
    desk: Desk, reach: Reach, customer: str, wish: Merge, *, by: str, now: datetime
) -> IdentityChange:
    """Join two customers; when this returns, the next decision goes by it.

    Raises: NotFound: there is no such customer. BadInput: they are one already. Conflict: together they would have
        more identifiers of a kind than shop.yaml allows.
    """
    first, second = await desk.known(customer), await desk.asked(wish.other)
    if first == second:
        raise BadInput("with: names the same customer; these are one already")
    views = await desk.store.views([first, second])
    _require_limits(desk, views[first], views[second])
    parts = sorted(part.id for view in views.values() for part in view.parts)
    change = await _change(desk, views, dict.fromkeys(parts, parts[0]), now=now)
    if wish.dry:
        return change
    seq = await desk.store.merge(first, second, limits=desk.definitions.shop.limits, by=by, now=now)
    await reach(seq)
    return msgspec.structs.replace(change, seq=seq)


async def unmerge_customer(
    desk: Desk, reach: Reach, customer: str, wish: Unmerge, *, by: str, now: datetime
) -> IdentityChange:
    """Cut some parts off a customer; when this returns, the next decision goes by it.

    Raises: NotFound: there is no such customer, or a part that is not theirs. BadInput: no part, or all of them.
    """
    customer = await desk.known(customer)
    views = await desk.store.views([customer])
    leaving = _leaving(desk, views[customer], wish.parts)
    standing = [link for link in views[customer].links if (link.a in leaving) == (link.b in leaving) and link.joins]
    whose = components([part.id for part in views[customer].parts], standing)
    change = await _change(desk, views, whose, now=now)
    if wish.dry:
        return change
    seq = await desk.store.unmerge(customer, leaving, by=by, now=now)
    await reach(seq)
    return msgspec.structs.replace(change, seq=seq)


def _require_limits(desk: Desk, *views: View) -> None:
    """Refuse before anything is shown what the store would refuse."""
    kinds = ([part.identifier.kind for part in view.parts if part.identifier is not None] for view in views)
    over = beyond(desk.definitions.shop.limits, *kinds)
    if over:
        raise Conflict(
            f"with: together they would have more than shop.yaml allows of: {', '.join(over)}; they stay two"
        )


def _leaving(desk: Desk, view: View, asked: Iterable[str]) -> set[str]:
    """Return the parts that are meant, by id or by `KIND:VALUE`."""
    theirs = {part.id for part in view.parts}
    named = {part.identifier: part.id for part in view.parts if part.identifier is not None}
    leaving = {text if text.startswith("cus_") else named.get(desk.name_of(text), "") for text in asked}
    if not leaving <= theirs:
        raise NotFound("parts: this customer does not have all of them; look at the customer's identity again")
    if not leaving or leaving == theirs:
        raise BadInput("parts: name some of the customer's parts, and not all of them")
    return leaving


class _Draft(NamedTuple):
    """The customer that some parts are, or would be; `state` is folded from their events alone."""

    customer: str
    parts: Collection[str]
    state: State

    @classmethod
    def of(cls, customer: str, parts: Collection[str], joins: tuple[Join, ...]) -> "_Draft":
        """Begin with nothing but who it is."""
        state = empty_state()
        state.joins = joins
        return cls(customer, parts, state)

    def sketch(self, desk: Desk, labels: Mapping[str, str], now: datetime) -> Sketch:
        """Sketch the customer once everything is folded in."""
        shop = desk.definitions.shop
        purchases = purchase_history(self.state)
        spend = sum(one.total for one in purchases)
        arms = treatment(self.customer, self.state.decided, shop.holdout, parts=self.parts)
        stands = consents(self.state, shop.purposes, now)
        return Sketch(
            customer=self.customer,
            parts=tuple(labels[part] for part in sorted(self.parts)),
            orders=len(purchases),
            spend=spend,
            spend_text=format_money(spend, shop.currency),
            consents=tuple(
                Stand(purpose=name, words=standing_in_words(purpose, stands[name]))
                for name, purpose in shop.purposes.items()
            ),
            arm=arms.arm,
            crossed=arms.crossed,
        )


async def _change(desk: Desk, views: Mapping[str, View], whose: Mapping[str, str], *, now: datetime) -> IdentityChange:
    """Say what customers become of whom.

    Args:
        whose: The customer that each of their parts would belong to.
    """
    before = [_Draft.of(one, {part.id for part in view.parts}, joins_of(view.links)) for one, view in views.items()]
    # A link that is yet to be made covers no word that was said before it.
    links = [link for view in views.values() for link in view.links]
    after = []
    for customer in sorted(set(whose.values())):
        theirs = {part for part, of in whose.items() if of == customer}
        after.append(_Draft.of(customer, theirs, joins_of(one for one in links if {one.a, one.b} <= theirs)))
    await _fold(desk, sorted(views), [*before, *after])
    records = await desk.store.part_records(sorted(whose))
    labels = {part: label_of(desk, record) for part, record in records.items()}
    was, becomes = ([draft.sketch(desk, labels, now) for draft in drafts] for drafts in (before, after))
    return IdentityChange(before=tuple(was), after=tuple(becomes), words=_words(was, becomes))


async def _fold(desk: Desk, customers: Sequence[str], drafts: Sequence[_Draft]) -> None:
    """Fold each event of some customers into all drafts of its part."""
    states: dict[str, list[State]] = {}
    for draft in drafts:
        for part in draft.parts:
            states.setdefault(part, []).append(draft.state)
    async for event in in_turns(desk.store.history_pages(customers)):
        for state in states.get(event.part, ()):
            fold(desk.profiles.plan, state, event)


def _words(before: Sequence[Sketch], after: Sequence[Sketch]) -> str:
    orders = [f"{one.orders:,}" for one in after]
    if len(after) == 1:
        noun = "order" if after[0].orders == 1 else "orders"
        return f"{len(before)} customers become one, with {orders[0]} {noun}. Nothing is fused: it can be undone."
    told = f"{', '.join(orders[:-1])} and {orders[-1]}"
    apart = " What no other link holds together stands apart." if len(after) > 2 else ""
    return f"One customer becomes {len(after)}, with {told} orders.{apart} No event joins them again by itself."
