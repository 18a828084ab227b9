"""Offers, and what their rules cost."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.rule_cost import RuleCost, RuleCostRequest, rule_cost


@operation("POST", "/v1/offer-rules/cost", needs="see", twin="offer cost")
async def offer_rule_cost(call: Call, *, body: RuleCostRequest) -> RuleCost:
    """Expect what a rule of offers would cost if it were edited; nothing is written."""
    app, service = call.app, call.app.service
    shelf, profiles = service.decider.assortment, service.profiles
    return await rule_cost(app.store, app.crowd, shelf, profiles, body, now=call.now)


OPERATIONS = (offer_rule_cost,)
