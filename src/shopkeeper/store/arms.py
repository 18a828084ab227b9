"""Whose arms of the holdout the answers of decisions followed, in SQL."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, case, func, literal, select

from shopkeeper.core.event import ARM_OF, DECISION_MADE
from shopkeeper.store.dialect import among, listed
from shopkeeper.store.schema import events, links

ID: Final = 40
"""How long a part's id is."""
_MARK: Final = msgspec.msgpack.encode(ARM_OF) + msgspec.msgpack.encode("x" * ID)[:-ID]
"""What stands before the id in a body; in no text may its last two bytes follow one another."""


def decided(conn: Connection, of: Sequence[str]) -> dict[str, set[str]]:
    """Return by part whose arms the answers of its decisions followed; a part without decisions is absent."""
    found: dict[str, set[str]] = {}
    for part, followed in conn.execute(_select_decided(conn.dialect.name), listed(conn, of)):
        found.setdefault(part, set()).add(part if followed is None else bytes(followed).decode())
    return found


@cache
def _select_decided(dialect: str) -> Select[Any]:
    """Select in the database: a shop's decisions of some thousands of customers are too many to read their bodies."""
    body, mark = events.c.body, literal(_MARK)
    at: ColumnElement[int] = (func.instr if dialect == "sqlite" else func.pg_catalog.position)(body, mark)
    followed = case((at > 0, func.substr(body, at + len(_MARK), ID)))
    theirs = among(dialect, events.c.part), events.c.name == DECISION_MADE
    return select(events.c.part, followed).where(*theirs).distinct()


def parted_parts(conn: Connection) -> set[str]:
    """Return the parts that a cut keeps apart from others."""
    cut = select(links.c.a, links.c.b).where(links.c.cut_seq.is_not(None))
    return {part for pair in conn.execute(cut) for part in pair}
