"""Group commit: units of work that share one transaction, each within a savepoint of its own."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from shopkeeper.store import log
from shopkeeper.store.admit import Offered, admit
from shopkeeper.store.dialect import Row, savepoint

LINGER = 0.002
"""Seconds that a busy writer waits for company before it commits."""
FULL = 4000
"""Rows after which a group is committed without waiting for more."""


class Unit:
    """One caller's work: a function over the connection, rows to append, or an offering; and where its outcome goes."""

    def __init__(
        self,
        work: Callable[[Connection], Any] | None = None,
        *,
        rows: Sequence[Row] = (),
        offered: Offered | None = None,
    ) -> None:
        self.work = work
        self.offered = offered
        self.rows = rows if offered is None else offered.rows
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Hand the outcome to the caller; to be called on the caller's event loop."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def run(conn: Connection, units: Sequence[Unit], rng: Random) -> None:
    """Run units inside the open transaction; a failing unit is rolled back alone.

    All appends of the group become one, in order, and all offerings; should that fail, each is tried by itself.

    Raises: DBAPIError: the database itself failed, so nothing of the group may be committed.
    """
    offered = [unit for unit in units if unit.offered is not None]
    appends = [unit for unit in units if unit.work is None and unit.offered is None]
    left = [unit for unit in units if unit.work is not None]
    for alike, together in ((offered, _admit), (appends, _append)):
        if alike and not _done_together(conn, alike, partial(together, conn, alike, rng)):
            left = [*alike, *left]
    for unit in left:
        _run_alone(conn, unit, rng)


def _admit(conn: Connection, units: Sequence[Unit], rng: Random) -> list[Any]:
    found: list[Any] = admit(conn, [unit.offered for unit in units if unit.offered is not None], rng=rng)
    return found


def _append(conn: Connection, units: Sequence[Unit], _rng: Random) -> list[Any]:
    receipts = log.append(conn, [row for unit in units for row in unit.rows])
    found, start = [], 0
    for unit in units:
        found.append(receipts[start : start + len(unit.rows)])
        start += len(unit.rows)
    return found


def _done_together(conn: Connection, units: Sequence[Unit], work: Callable[[], list[Any]]) -> bool:
    try:
        with savepoint(conn):
            results = work()
    except Exception as error:
        if _is_of_all(error):
            raise
        return False
    for unit, result in zip(units, results, strict=True):
        unit.result = result
    return True


def _run_alone(conn: Connection, unit: Unit, rng: Random) -> None:
    try:
        with savepoint(conn):
            if unit.work is not None:
                unit.result = unit.work(conn)
            else:
                unit.result = (_append if unit.offered is None else _admit)(conn, [unit], rng)[0]
    except Exception as error:
        if _is_of_all(error):
            raise
        unit.error = error


def _is_of_all(error: Exception) -> bool:
    """Say whether the database itself failed, or the connection to it, and not one unit."""
    return isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated)
