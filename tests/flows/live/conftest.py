"""Who is in which arm of the test kit's shop, and short ways to ask and to tell."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from shopkeeper.app import App
from shopkeeper.core.decision import DecideRequest, Decision
from shopkeeper.core.identifier import Identifier
from shopkeeper.flows.outcomes import OutcomeAnswer
from shopkeeper.flows.service import Service
from shopkeeper.protect.assignment import arm_of
from shopkeeper.testing.shop import CUSTOMERS, user

Decide = Callable[..., Awaitable[Decision]]
Take = Callable[[Mapping[str, Any]], Awaitable[OutcomeAnswer]]


@pytest.fixture
async def ids(app: App) -> dict[int, str]:
    """The customer id of each customer's number."""
    names = {number: Identifier("user_id", user(number)) for number in range(CUSTOMERS)}
    found = await app.store.find_customers(list(names.values()))
    return {number: found[name] for number, name in names.items()}


@pytest.fixture
def arms(app: App, ids: dict[int, str]) -> dict[str, list[int]]:
    """The numbers of the customers in each arm."""
    arms: dict[str, list[int]] = {"treated": [], "holdout": []}
    for number, customer in ids.items():
        arms[arm_of(customer, app.definitions.shop.holdout)].append(number)
    return arms


@pytest.fixture
def treated(arms: dict[str, list[int]]) -> int:
    """A treated customer who still comes, and was shown coupons."""
    return next(number for number in arms["treated"] if number % 10 > 1 and number % 4 == 1)


@pytest.fixture
def decide(app: App, service: Service) -> Decide:
    """Ask for a slot: `decide("coupons", 7, n=3)`; without a number it is a stranger who asks."""

    async def ask(slot: str, number: int | None = None, **rest: Any) -> Decision:
        named = {} if number is None else {"user_id": user(number)}
        request = DecideRequest(**{"slot": slot, "customer": named, **rest})
        return await service.decider.decide(request, now=app.clock.now())

    return ask


@pytest.fixture
def take(app: App, service: Service) -> Take:
    """Tell of an event of the wire."""

    async def tell(wire: Mapping[str, Any]) -> OutcomeAnswer:
        return await service.outcomes.take(wire, source="api", now=app.clock.now())

    return tell
