"""Single customers, for staff."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.core.identifier import identifier
from shopkeeper.flows.page import CustomerPage, customer_page


@operation("GET", "/v1/customers/{kind}/{value:path}", needs="customers", twin="customer show")
async def customer(call: Call, kind: str, value: str) -> CustomerPage:
    """Give the whole page of one customer, by any identifier."""
    service = call.app.service
    name = identifier(kind, value)
    return await customer_page(call.app.store, service.definitions, name, now=call.now, profiles=service.profiles)


OPERATIONS = (customer,)
