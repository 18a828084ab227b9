"""Single customers, for staff."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.core.identifier import identifier
from shopkeeper.flows.customers.consents import ConsentLine, ConsentWord, take_consent
from shopkeeper.flows.customers.desk import Desk, desk_of
from shopkeeper.flows.customers.find import CustomerHits, find_customers
from shopkeeper.flows.customers.identity import CustomerIdentity, customer_identity
from shopkeeper.flows.customers.ledger import LedgerLine, consent_ledger
from shopkeeper.flows.customers.merging import IdentityChange, Merge, Unmerge, merge_customers, unmerge_customer
from shopkeeper.flows.customers.timeline import Timeline, customer_timeline
from shopkeeper.flows.page import CustomerPage, customer_page


def desk(call: Call) -> Desk:
    """Return the desk at which this caller asks: who lacks the right `personal` sees no names."""
    return desk_of(call.app.service, personal=call.caller.may("personal"))


@operation("GET", "/v1/customers", needs="customers", twin="customer find")
async def customers(call: Call, q: str = "", segment: str = "", after: str = "", limit: int = 20) -> CustomerHits:
    """Find customers by any identifier, by the beginning of one or of a name, or list those in a segment."""
    return await find_customers(desk(call), q, segment=segment, after=after, limit=limit, now=call.now)


@operation("GET", "/v1/customers/{customer:cus}", needs="customers", twin="customer show")
async def customer_by_id(call: Call, customer: str) -> CustomerPage:
    """Give the whole page of one customer, by id."""
    return await customer_page(desk(call), customer, now=call.now)


@operation("GET", "/v1/customers/{customer:cus}/timeline", needs="customers", twin="customer timeline")
async def timeline(
    call: Call,
    customer: str,
    *,
    before: int | None = None,
    name: str | None = None,
    source: str | None = None,
    limit: int = 50,
) -> Timeline:
    """Tell what happened to one customer, the latest first, in words."""
    return await customer_timeline(desk(call), customer, before=before, name=name, source=source, limit=limit)


@operation("GET", "/v1/customers/{customer:cus}/consents/ledger", needs="customers", twin="customer consents")
async def consent_words(call: Call, customer: str) -> list[LedgerLine]:
    """Give every word of consent that a customer ever said, the latest first, with the wording that was shown."""
    return list(await consent_ledger(desk(call), customer))


@operation("POST", "/v1/customers/{customer:cus}/consents", needs="notes", twin="customer consent")
async def consent(call: Call, customer: str, *, body: ConsentWord) -> list[ConsentLine]:
    """Take down a customer's consent or objection; the next decision goes by it."""
    who, rng = call.caller.name, call.app.rng
    outcomes = call.app.service.outcomes
    return list(await take_consent(desk(call), outcomes, customer, body, author=who, now=call.now, rng=rng))


@operation("GET", "/v1/customers/{customer:cus}/identity", needs="customers", twin="customer show")
async def identity(call: Call, customer: str) -> CustomerIdentity:
    """Tell who a customer is: their parts, and what joins them and why."""
    return await customer_identity(desk(call), customer)


@operation("POST", "/v1/customers/{customer:cus}/merge", needs="notes", twin="customer merge")
async def merge(call: Call, customer: str, *, body: Merge) -> IdentityChange:
    """Join two customers, or say what that would come to; the next decision goes by it."""
    reach = call.app.service.outcomes.reach
    return await merge_customers(desk(call), reach, customer, body, by=call.caller.name, now=call.now)


@operation("POST", "/v1/customers/{customer:cus}/unmerge", needs="notes", twin="customer unmerge")
async def unmerge(call: Call, customer: str, *, body: Unmerge) -> IdentityChange:
    """Cut parts off a customer, or say what that would come to; the next decision goes by it."""
    reach = call.app.service.outcomes.reach
    return await unmerge_customer(desk(call), reach, customer, body, by=call.caller.name, now=call.now)


@operation("GET", "/v1/customers/{kind}/{value:path}", needs="customers", twin="customer show")
async def customer(call: Call, kind: str, value: str) -> CustomerPage:
    """Give the whole page of one customer, by any identifier."""
    name = identifier(kind, value)
    at = desk(call)
    return await customer_page(at, await at.named(name.kind, name.value), now=call.now)


OPERATIONS = (
    customers,
    customer_by_id,
    timeline,
    consent_words,
    consent,
    identity,
    merge,
    unmerge,
    customer,
)
