"""Households, companies and other groups, for staff."""

from shopkeeper.api.customers import desk
from shopkeeper.api.operation import Call, operation
from shopkeeper.flows import groups as flow
from shopkeeper.flows.groups import CustomerGroup, GroupList, GroupPage


@operation("GET", "/v1/groups", needs="customers", twin="group list")
async def list_groups(call: Call, kind: str = "", after: str = "", limit: int = 100) -> GroupList:
    """List groups of one kind or of all, with how many customers belong to each."""
    return await flow.list_groups(desk(call), kind=kind, after=after, limit=limit)


@operation("GET", "/v1/groups/{kind}/{group:path}", needs="customers", twin="group show")
async def show_group(call: Call, kind: str, group: str, *, after: str = "", limit: int = 100) -> GroupPage:
    """Tell what is known of one group and who belongs to it, never what they did."""
    return await flow.group_page(desk(call), kind, group, after=after, limit=limit)


@operation("GET", "/v1/customers/{customer:cus}/groups", needs="customers", twin="customer groups")
async def customer_groups(call: Call, customer: str) -> list[CustomerGroup]:
    """List the groups that one customer belongs to."""
    return await flow.groups_of(desk(call), customer)


OPERATIONS = (list_groups, show_group, customer_groups)
