"""The tour."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.tour.plan import Asked, Tour, plan_tour


@operation("GET", "/v1/tour", needs="customers", twin="tour")
async def tour(call: Call, a: str = "", b: str = "", without: str = "") -> Tour:
    """Show two customers who differ as much as can be, or those of the ids `a` and `b`, and what to try with them.

    `without` takes items out of the baskets, by id, separated by commas.
    """
    asked = Asked(a, b, frozenset(filter(None, without.split(","))))
    service, named = call.app.service, call.caller.may("personal")
    return await plan_tour(service, call.app.guide, now=call.now, asked=asked, named=named)


OPERATIONS = (tour,)
