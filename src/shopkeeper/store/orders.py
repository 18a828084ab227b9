"""Orders that came before, in the log or earlier in a batch: a correction goes in after the order that it corrects."""

from collections.abc import Sequence

from sqlalchemy import Connection

from shopkeeper.core.event import CORRECTIONS, ORDER_COMPLETED
from shopkeeper.core.intake import Arrival
from shopkeeper.store import log
from shopkeeper.store.joining import Joining


class Orders:
    """The orders that the corrections of one batch speak of, and whose they are as the batch joins customers."""

    def __init__(self, conn: Connection, arrivals: Sequence[Arrival], joining: Joining) -> None:
        self._conn = conn
        self._joining = joining
        corrections = [one for one in arrivals if one.event.name in CORRECTIONS]
        self._parts: dict[str, set[str]] = {_order(one): set() for one in corrections}
        self._ask({(joining.customer_of(part), _order(one)) for one in corrections for part in joining.parts_of(one)})

    def _ask(self, keys: set[tuple[str, str]]) -> None:
        for part, order in log.orders_known(self._conn, sorted(keys)):
            self._parts[order].add(part)

    def complete(self, arrival: Arrival, part: str) -> None:
        """Note an order that goes in under a part."""
        if arrival.event.name == ORDER_COMPLETED and _order(arrival) in self._parts:
            self._parts[_order(arrival)].add(part)

    def part_with(self, correction: Arrival) -> str | None:
        """Return the part of the strongest identifier of a correction whose customer has its order, None if none has.

        Not of the strongest one alone: which identifiers are one customer's the correction itself may be first to say.
        """
        return next((part for part in self._joining.parts_of(correction) if self.has(part, correction)), None)

    def has(self, part: str, correction: Arrival) -> bool:
        """Say whether the customer whose part this is has the order of a correction."""
        customer, order = self._joining.customer_of(part), _order(correction)
        if self._is_of(customer, order):
            return True
        grown = self._joining.grown(customer)
        if grown:
            self._ask({(each, order) for each in grown})
        return bool(grown) and self._is_of(customer, order)

    def _is_of(self, customer: str, order: str) -> bool:
        return any(self._joining.customer_of(part) == customer for part in self._parts[order])


def _order(arrival: Arrival) -> str:
    return arrival.event.order_id or ""
