"""The tour."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.tour import Tour, plan_tour


@operation("GET", "/v1/tour", needs="customers", twin="tour")
async def tour(call: Call) -> Tour:
    """Choose two customers who differ as much as can be, and what to try with them."""
    service = call.app.service
    named = call.caller.may("personal")
    return await plan_tour(call.app.store, service.definitions, profiles=service.profiles, now=call.now, named=named)


OPERATIONS = (tour,)
