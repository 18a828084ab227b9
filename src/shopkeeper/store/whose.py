"""Whose a part is, in SQL: the few expressions by which every reader finds a customer's parts."""

from sqlalchemy import ColumnElement, Subquery, Text, bindparam, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from shopkeeper.store.dialect import among
from shopkeeper.store.schema import events, members


def customer_of(part: ColumnElement[str]) -> ColumnElement[str]:
    """Return the customer of a part, where `members` was joined to it by an outer join."""
    return func.coalesce(members.c.customer, part).label("customer")


def parts_of(dialect: str) -> Subquery:
    """Make a table of `part` and `customer`: every part of the customers of `dialect.listed`."""
    if dialect == "sqlite":
        each = func.json_each(bindparam("listed")).table_valued("value")
    else:
        each = func.unnest(bindparam("listed", type_=ARRAY(Text))).table_valued("value").render_derived()
    own = select(each.c.value.label("part"), each.c.value.label("customer"))
    joined = select(members.c.part, members.c.customer).where(among(dialect, members.c.customer))
    return union_all(own, joined).subquery()


def is_of(customer: str) -> ColumnElement[bool]:
    """Say that an event is one of a customer's."""
    own = select(literal(customer).label("part"))
    return events.c.part.in_(union_all(own, select(members.c.part).where(members.c.customer == customer)))
