"""Customers' histories in SQL: read page by page, since one of them may be as long as the whole log."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, bindparam, func, select, true

from shopkeeper.core.event import Event
from shopkeeper.store.dialect import Row, among, fetch, listed
from shopkeeper.store.log import LAST, columns
from shopkeeper.store.row import event_of
from shopkeeper.store.schema import events
from shopkeeper.store.whose import parts_of

FEW: Final = 32
"""How many events are read without a thought of how long that takes."""
PAGE: Final = 5_000
"""How many events are read together: more than most customers ever have, so that many of them take one query."""
PAGE_BYTES: Final = 4_000_000
"""How many bytes their bodies have together, but for the last: SQLite makes one text of all that a query returns."""


def history_page(
    conn: Connection,
    customers: Sequence[str],
    *,
    after: int,
    upto: int,
    names: Sequence[str] | None = None,
) -> tuple[list[Event], int]:
    """Return the first events of some customers in a range of numbers, in order, and up to where they go.

    Args:
        names: Only events of these names.
    """
    asked = _asked(conn, customers, after=after, upto=upto) | {"n": PAGE, "bytes": PAGE_BYTES}
    if names is not None:
        asked["names"] = listed(conn, names)["listed"]
    found = fetch(conn, _select_page(conn.dialect.name, named=names is not None), asked)
    whole = len(found) < PAGE and sum(len(row[-1]) for row in found) < PAGE_BYTES
    return [event_of(row) for row in found], upto if whole else found[-1][0]


def few_of_history(
    conn: Connection, customers: Sequence[str], *, after: int, upto: int | None = None
) -> list[Event] | None:
    """Return the events of some customers in a range of numbers, in order; None if they are many."""
    asked = _asked(conn, customers, after=after, upto=LAST if upto is None else upto) | {"n": FEW + 1}
    found = fetch(conn, _select_few(conn.dialect.name), asked)
    return sorted(map(event_of, found), key=lambda event: event.seq) if len(found) <= FEW else None


def _asked(conn: Connection, customers: Sequence[str], *, after: int, upto: int) -> Row:
    return listed(conn, customers) | {"after": after, "upto": upto}


@cache
def _select_few(dialect: str) -> Select[Any]:
    """Select in no order, so that reading ends where there are too many."""
    return _of_parts(dialect, _within(bindparam("upto"))).limit(bindparam("n"))


@cache
def _select_page(dialect: str, *, named: bool) -> Select[Any]:
    wanted = among(dialect, events.c.name, "names") if named else true()
    page = _of_parts(dialect, _within(_reach(dialect, wanted)) & wanted)
    return page.order_by(page.selected_columns.seq)


def _within(last: ColumnElement[int] | ScalarSelect[int]) -> ColumnElement[bool]:
    return (events.c.seq > bindparam("after")) & (events.c.seq <= last)


def _of_parts(dialect: str, which: ColumnElement[bool]) -> Select[Any]:
    """Select events of the parts of some customers, as whole rows."""
    whose = parts_of(dialect)
    theirs = (events.c.part == whose.c.part) & which
    if dialect == "sqlite":
        return select(*columns[:5], whose.c.customer, *columns[6:]).join_from(whose, events, theirs)
    # Part by part: a plan that is kept for all ranges takes this one for narrow, and reads the log from end to end.
    each = select(*columns[:5], *columns[6:]).where(theirs).offset(0).lateral()
    rest = list(each.c)
    return select(*rest[:5], whose.c.customer, *rest[5:]).join_from(whose, each, true())


def _reach(dialect: str, wanted: ColumnElement[bool]) -> ScalarSelect[int]:
    """Say which number is the last of a page: looked up in the index, before any body is read."""
    size = func.length(events.c.body).label("size")
    whose = parts_of(dialect)
    if dialect == "sqlite":
        theirs = (events.c.part == whose.c.part) & _within(_first_full(dialect, wanted)) & wanted
        first = select(events.c.seq, size).join_from(whose, events, theirs).order_by(events.c.seq)
    else:
        theirs = (events.c.part == whose.c.part) & _within(bindparam("upto")) & wanted
        each = select(events.c.seq, size).where(theirs).order_by(events.c.seq).limit(bindparam("n")).offset(0).lateral()
        first = select(each.c.seq, each.c.size).join_from(whose, each, true()).order_by(each.c.seq)
    page = first.limit(bindparam("n")).subquery()
    before = (func.sum(page.c.size).over(order_by=page.c.seq) - page.c.size).label("before")
    sized = select(page.c.seq, before).subquery()
    return select(func.max(sized.c.seq)).where(sized.c.before < bindparam("bytes")).scalar_subquery()


def _first_full(dialect: str, wanted: ColumnElement[bool]) -> ScalarSelect[int]:
    """Say where the first of some parts has a page full by itself; what lies behind need not be sorted."""
    whose = parts_of(dialect)
    theirs = (events.c.part == whose.c.part) & _within(bindparam("upto")) & wanted
    nth = select(events.c.seq).where(theirs).order_by(events.c.seq).limit(1).offset(bindparam("n") - 1)
    end = func.coalesce(nth.correlate(whose).scalar_subquery(), bindparam("upto"))
    return select(func.min(end)).select_from(whose).scalar_subquery()
