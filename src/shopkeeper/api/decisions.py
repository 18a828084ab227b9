"""Decisions taken apart: what would be decided, what was decided, and where something is shown."""

from shopkeeper.api.customers import desk
from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.deciding.recorded import DecisionList, DecisionRecord, recorded_decision, recorded_decisions
from shopkeeper.flows.deciding.simulate import simulate as simulated
from shopkeeper.flows.deciding.simulation import SimulateRequest, Simulation
from shopkeeper.flows.slots import PlaceLine, SlotLine, list_places, list_slots


@operation("POST", "/v1/simulate", needs="decide", twin="simulate")
async def simulate(call: Call, *, body: SimulateRequest) -> Simulation:
    """Tell what would be decided, now or at another instant, and what became of every candidate.

    It is the code of `POST /v1/decide` that answers, but nothing is written and no outcome can be credited.
    """
    service = call.app.service
    shelf = service.decider.assortment
    return await simulated(service.store, service.definitions, shelf, service.profiles, body, now=call.now)


@operation("GET", "/v1/decisions", needs="customers", twin="decision list")
async def decisions(
    call: Call, customer: str = "", slot: str = "", before: int | None = None, limit: int = 20
) -> DecisionList:
    """List what was decided, the latest first, for one customer by id or for all."""
    return await recorded_decisions(desk(call), customer=customer, slot=slot, before=before, limit=limit)


@operation("GET", "/v1/decisions/{decision}", needs="customers", twin="decision show")
async def decision(call: Call, decision: str) -> DecisionRecord:
    """Show one decision: what was asked and answered then, under which versions, and what came of it."""
    return await recorded_decision(desk(call), decision)


@operation("GET", "/v1/slots", needs="see", twin="slot list")
async def slots(call: Call) -> list[SlotLine]:
    """List every slot with its rules in words and the facts of the moment that it declares."""
    return list_slots(call.app.service.definitions)


@operation("GET", "/v1/places", needs="see", twin="place list")
async def places(call: Call) -> list[PlaceLine]:
    """List the places where the shop sells."""
    return await list_places(call.app.store)


OPERATIONS = (simulate, decisions, decision, slots, places)
