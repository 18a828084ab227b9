"""Group commit: units of work that share one transaction, each within a savepoint of its own."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from shopkeeper.store import log
from shopkeeper.store.dialect import Row

LINGER = 0.002
"""Seconds that a busy writer waits for company before it commits."""
FULL = 4000
"""Rows after which a group is committed without waiting for more."""


class Unit:
    """One caller's work: a function over the connection, or rows to append; and where its outcome goes."""

    def __init__(self, work: Callable[[Connection], Any] | None, rows: Sequence[Row] = ()) -> None:
        self.work = work
        self.rows = rows
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


def run(conn: Connection, units: Sequence[Unit]) -> None:
    """Run units inside the open transaction; a failing unit is rolled back alone.

    All appends of the group become one, in order; should that fail, each is tried by itself.

    Raises: OperationalError: the database itself failed, so nothing of the group may be committed.
    """
    appends = [unit for unit in units if unit.work is None]
    if len(appends) > 1 and _appended_together(conn, appends):
        appends = []
    for unit in [*appends, *(unit for unit in units if unit.work is not None)]:
        _run_alone(conn, unit)


def _appended_together(conn: Connection, appends: Sequence[Unit]) -> bool:
    try:
        with conn.begin_nested():
            receipts = log.append(conn, [row for unit in appends for row in unit.rows])
    except OperationalError:
        raise
    except Exception:
        return False
    start = 0
    for unit in appends:
        unit.result = receipts[start : start + len(unit.rows)]
        start += len(unit.rows)
    return True


def _run_alone(conn: Connection, unit: Unit) -> None:
    try:
        with conn.begin_nested():
            unit.result = log.append(conn, unit.rows) if unit.work is None else unit.work(conn)
    except OperationalError:
        raise
    except Exception as error:
        unit.error = error
