"""Decisions taken apart: what would be decided, and where something is shown."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.deciding.simulate import simulate as simulated
from shopkeeper.flows.deciding.simulation import SimulateRequest, Simulation


@operation("POST", "/v1/simulate", needs="decide", twin="simulate")
async def simulate(call: Call, *, body: SimulateRequest) -> Simulation:
    """Tell what would be decided, now or at another instant, and what became of every candidate.

    It is the code of `POST /v1/decide` that answers, but nothing is written and no outcome can be credited.
    """
    service = call.app.service
    shelf = service.decider.assortment
    return await simulated(service.store, service.definitions, shelf, service.profiles, body, now=call.now)


OPERATIONS = (simulate,)
