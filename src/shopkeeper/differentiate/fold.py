"""The fold: one customer's traits, event by event, as the batch evaluator computes them for everybody at once.

A state is changed in place. Events come in the order of their numbers; what they say is ordered by (at, seq), so that
late arrivals give the same values. docs/reference/traits.md writes down what every kind, window and correction means.
"""

from bisect import insort
from collections.abc import Generator, Iterable, Mapping
from datetime import datetime
from struct import Struct
from typing import Any, Final, Literal

import msgspec

from shopkeeper.core.consent import CONSENT, Said
from shopkeeper.core.definitions import Purpose
from shopkeeper.core.event import ARM_OF, CORRECTIONS, DECISION_MADE, IDENTIFY, ORDER_COMPLETED, Event
from shopkeeper.core.predicate import Moment
from shopkeeper.core.trait import Value
from shopkeeper.differentiate.cells import ALL, Buckets, Views
from shopkeeper.differentiate.facts import (
    OFFER,
    OfferFacts,
    Purchase,
    note_consent,
    note_offer,
)
from shopkeeper.differentiate.orders import Occurrence, Order, amend, net, occurrence, placed
from shopkeeper.differentiate.plan import TraitPlan, plan_traits
from shopkeeper.protect.consent import Join, Stand, Standing, standings

__all__ = [
    "State",
    "TraitPlan",
    "consents",
    "decode_state",
    "empty_state",
    "encode_in_steps",
    "encode_state",
    "fold",
    "offer_facts",
    "plan_traits",
    "purchase_history",
    "readings",
    "stated_at",
    "values",
    "words_that_stand",
]

_NOTHING: frozenset[str] = frozenset()

Reading = tuple[str, Value, int | None]
"""A trait, its value, and when time alone may change it, in microseconds; None: never."""


class State:
    """What is kept of one customer; it belongs to the plan that folded it.

    decided: The parts whose arms the answers of decisions followed. words: What the parts said to each purpose, as far
    as it may still count. joins: The standing links between the parts, which are no event's and so are given by who
    reads the state; without them no word covers another part. edition: Another object whenever an order
    came or was corrected, in no two states the same: what was worked out of the orders holds as long as it is the one.
    corrections: How many there were.
    """

    __slots__ = (
        "bought",
        "cells",
        "corrections",
        "decided",
        "edition",
        "joins",
        "loose",
        "offers",
        "orders",
        "plan",
        "views",
        "words",
    )

    def __init__(self) -> None:
        self.cells: list[Buckets] = []
        self.views: Views = []
        self.orders: dict[str, Order] = {}
        self.loose: list[Order] = []
        self.decided: set[str] = set()
        self.words: dict[str, list[Said]] = {}
        self.joins: tuple[Join, ...] = ()
        self.offers: dict[str, OfferFacts] = {}
        self.plan: TraitPlan | None = None
        self.edition = object()
        self.corrections = 0
        self.bought: list[Purchase] | None = None

    @property
    def size(self) -> int:
        """How many orders it holds."""
        return len(self.orders) + len(self.loose)

    def parts_of(self, customer: str) -> set[str]:
        """Return the parts of the customer whose state it is."""
        return {customer, *(part for join in self.joins for part in (join.a, join.b))}

    def attach(self, plan: TraitPlan) -> None:
        """Make room for what a plan keeps, and forget the views of another."""
        self.cells.extend({} for _ in range(len(plan.cells) - len(self.cells)))
        self.views = [None] * len(plan.cells)
        self.plan = plan


class _Stored(msgspec.Struct, array_like=True):
    """A state as it is written.

    form: Which words it keeps apart. One of an earlier form cannot be read, and is folded again: it may have forgotten
    a withdrawal for what was merely carried after it.
    """

    cells: list[dict[int, Any]]
    orders: list[Order]
    words: dict[str, list[Said]]
    offers: dict[str, OfferFacts]
    decided: set[str]
    form: Literal[2]


STEP: Final = 1_000
"""How many orders `encode_in_steps` writes in one."""
LONG: Final = 1_000
"""Of how many orders the history is kept once it was asked for: to work it out again at each takes too long."""
_ARRAY_OF_SIX, _LONG_ARRAY = b"\x96", Struct(">BI")
"""How MessagePack begins a `_Stored`, and a list of any length."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Stored)


def empty_state() -> State:
    """Return the state of a customer without events."""
    return State()


def encode_state(state: State) -> bytes:
    """Write a state as MessagePack; it is read again under the same version of the definitions only."""
    orders = [*state.orders.values(), *state.loose]
    return _encoder.encode(_Stored(state.cells, orders, state.words, state.offers, state.decided, 2))


def encode_in_steps(state: State) -> Generator[None, None, bytes]:
    """Write a state as `encode_state` does, some orders at a time.

    Events may be folded in between two steps and are not in what is written, but for corrections: after one, what is
    written is of no use.
    """
    orders = [*state.orders.values(), *state.loose]
    before = _encoder.encode(state.cells)
    after = b"".join(map(_encoder.encode, (state.words, state.offers, state.decided, 2)))
    written = bytearray(_ARRAY_OF_SIX + before + _LONG_ARRAY.pack(0xDD, len(orders)))
    for start in range(0, len(orders), STEP):
        for order in orders[start : start + STEP]:
            _encoder.encode_into(order, written, -1)
        yield
    written += after
    return bytes(written)


def decode_state(data: bytes) -> State:
    """Read a state. Raises: msgspec.DecodeError: not written by `encode_state`."""
    stored = _decoder.decode(data)
    state = State()
    state.cells, state.words, state.offers = stored.cells, stored.words, stored.offers
    state.decided = stored.decided
    for order in stored.orders:
        if order.order_id is None:
            state.loose.append(order)
        else:
            state.orders[order.order_id] = order
    return state


def fold(plan: TraitPlan, state: State, event: Event) -> frozenset[str]:
    """Take one event into a state, in place, and return the names of the traits that it may have changed.

    Args:
        event: Of this customer, with a higher number than every event before.
    """
    if state.plan is not plan:
        state.attach(plan)
    name = event.name
    seen = occurrence(event)
    if name == ORDER_COMPLETED:
        return _complete(plan, state, seen)
    changed = plan.changed.get(name, _NOTHING)
    if changed:
        _add(plan, state, name, seen)
    if name in CORRECTIONS:
        changed |= _correct(plan, state, name, seen)
    elif name in CONSENT:
        note_consent(state.words, event)
    elif name in OFFER:
        note_offer(state.offers, event)
    elif name == DECISION_MADE:
        state.decided.add(event.texts.get(ARM_OF) or event.part or event.customer)
    return changed


def values(plan: TraitPlan, state: State, moment: Moment, names: Iterable[str] | None = None) -> dict[str, Value]:
    """Return the values of traits at a moment.

    Args:
        names: Which traits; those that no event feeds (predicted, personal, unknown) are left out. None: all.
    """
    if state.plan is not plan:
        state.attach(plan)
    cells, views, now, readers = state.cells, state.views, plan.now(moment.micros), plan.readers
    found: dict[str, Value] = {}
    for name in readers if names is None else names:
        if name in readers:
            cell, place, which, unit, value, empty = readers[name]
            if not cells[place]:
                found[name] = empty
                continue
            built = views[place]
            view = None if built is None else built[which]
            if view is None or view.hi != now[unit]:
                view = cell.view(cells, views, now, which)
            found[name] = value(view)
    return found


def readings(plan: TraitPlan, state: State, moment: Moment, names: Iterable[str]) -> list[Reading]:
    """Return the values of traits at a moment, and when time alone may change each.

    That is the first instant (microseconds) after `moment` at which the oldest bucket leaves the trait's window, or a
    bucket that lies ahead enters it; None: never.

    Args:
        names: Which traits; those that no event feeds (predicted, personal, unknown) are left out.
    """
    if state.plan is not plan:
        state.attach(plan)
    cells, views, now, readers = state.cells, state.views, plan.now(moment.micros), plan.readers
    starts: dict[tuple[int, int], int] = {}
    found: list[Reading] = []
    for name in names:
        reader = readers.get(name)
        if reader is None:
            continue
        cell, place, which, unit, value, empty = reader
        if not cells[place]:
            found.append((name, empty, None))
            continue
        built = views[place]
        view = None if built is None else built[which]
        if view is None or view.hi != now[unit]:
            view = cell.view(cells, views, now, which)
        at: int | None = None
        if unit != ALL:
            bucket = view.coming
            if view.oldest is not None and (bucket is None or view.oldest + cell.spans[which] < bucket):
                bucket = view.oldest + cell.spans[which]
            if bucket is not None:
                key = (unit, bucket)
                at = starts.get(key)
                if at is None:
                    at = starts[key] = plan.bucket_start(unit, bucket)
        found.append((name, value(view), at))
    return found


def purchase_history(state: State) -> list[Purchase]:
    """Return the orders, net of corrections and without those taken back, in order of (at, seq)."""
    if state.bought is None:
        left = map(net, (*state.orders.values(), *state.loose))
        found = sorted([_purchase(one) for one in left if one is not None], key=_time_of)
        if len(found) < LONG:
            return found
        state.bought = found
    return state.bought.copy()


def consents(state: State, purposes: Mapping[str, Purpose], now: datetime) -> dict[str, Standing]:
    """Return where the customer stands towards each declared purpose."""
    return {name: found.standing for name, found in words_that_stand(state, purposes, now).items()}


def words_that_stand(state: State, purposes: Mapping[str, Purpose], now: datetime) -> dict[str, Stand]:
    """Return where the customer stands towards each declared purpose, with the word that decides it."""
    return standings(state.words, state.joins, purposes, now=now)


def stated_at(plan: TraitPlan, state: State, moment: Moment) -> dict[str, int]:
    """Return the instant (microseconds) of the statement that each known stated or imported trait rests on."""
    if state.plan is not plan:
        state.attach(plan)
    now = plan.now(moment.micros)
    found: dict[str, int] = {}
    for name, recipe in plan.recipes.items():
        if recipe.computed.of == IDENTIFY and recipe.computed.kind == "last":
            cell, _, which, _, _, _ = plan.readers[name]
            last = cell.view(state.cells, state.views, now, which).last
            if last is not None:
                found[name] = last[0]
    return found


def offer_facts(state: State) -> Mapping[str, OfferFacts]:
    """Return what became of each offer that the customer met."""
    return state.offers


def _purchase(order: Occurrence) -> Purchase:
    return Purchase(
        order.at,
        tuple([line.product_id for line in order.lines]),
        order.seq,
        order.place,
        order.order_id,
        order.lines,
        order.money["total"] if "total" in order.money else sum(line.amount for line in order.lines),
    )


def _time_of(purchase: Purchase) -> tuple[int, int]:
    return purchase.at, purchase.seq


def _complete(plan: TraitPlan, state: State, seen: Occurrence) -> frozenset[str]:
    if seen.order_id is not None and seen.order_id in state.orders:
        return _NOTHING
    order = placed(seen, plan.kept)
    if seen.order_id is None:
        state.loose.append(order)
    else:
        state.orders[seen.order_id] = order
    state.edition = object()
    left = None if state.bought is None else net(order)
    if state.bought is not None and left is not None:
        insort(state.bought, _purchase(left), key=_time_of)
    _add(plan, state, ORDER_COMPLETED, seen)
    return plan.changed.get(ORDER_COMPLETED, _NOTHING)


def _correct(plan: TraitPlan, state: State, name: str, seen: Occurrence) -> frozenset[str]:
    order = None if seen.order_id is None else state.orders.get(seen.order_id)
    if order is None:
        return _NOTHING
    before = net(order)
    amend(order, name, seen, plan.kept)
    state.edition, state.bought = object(), None
    state.corrections += 1
    after = net(order)
    if before is not None:
        _remove(plan, state, ORDER_COMPLETED, before)
    if after is not None:
        _add(plan, state, ORDER_COMPLETED, after)
    return plan.changed.get(ORDER_COMPLETED, _NOTHING)


def _add(plan: TraitPlan, state: State, name: str, seen: Occurrence) -> None:
    cells, views, now, at, seq = state.cells, state.views, plan.now(seen.at), seen.at, seen.seq
    for rows_of, columns in plan.feeds.get(name, ()):
        rows = rows_of(seen)
        if rows:
            for values_of, feeds in columns:
                given = values_of(seen, rows)
                if given:
                    for part, fed in feeds:
                        brought = part(at, seq, given)
                        for cell in fed:
                            cell.add(cells, views, now, brought)


def _remove(plan: TraitPlan, state: State, name: str, seen: Occurrence) -> None:
    now = plan.now(seen.at)
    for rows_of, columns in plan.feeds.get(name, ()):
        rows = rows_of(seen)
        for values_of, feeds in columns:
            given = values_of(seen, rows) if rows else ()
            if given:
                for part, fed in feeds:
                    brought = part(seen.at, seen.seq, given)
                    for cell in fed:
                        cell.remove(state.cells, state.views, now, brought)
