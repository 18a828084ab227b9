"""Everybody at one instant: one table of all traits, and the questions that staff ask of it while they type."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import or_
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, get_args

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr.types import BooleanValue, Table, Value

from shopkeeper.core.errors import StoreError
from shopkeeper.core.predicate import Moment, Predicate
from shopkeeper.core.predicate.tree import ValueType
from shopkeeper.core.trait import TraitType
from shopkeeper.core.trait import Value as TraitValue
from shopkeeper.differentiate.plan import TraitPlan
from shopkeeper.engines.batch import Batch, connect, disconnect
from shopkeeper.engines.consent import standings
from shopkeeper.engines.predicates import COLUMN_TYPES, ibis_predicate
from shopkeeper.engines.segments import segment_members
from shopkeeper.engines.traits import trait_table
from shopkeeper.protect.consent import Standing, Terms

REACHABLE, HELD_OUT = "sk__reachable", "sk__held_out"
"""Columns beside the traits: whether a permit would be given and the customer is not in the holdout; the holdout."""
_MEMORY = "1GB"


class Figures(NamedTuple):
    """How many people: for whom a predicate is TRUE, and how many of those may be reached."""

    matches: int
    reachable: int


class CrowdTable:
    """The table, in a DuckDB of its own that spills to disk beyond its memory. One thread at a time for each view.

    Args:
        spill: A folder for what does not fit into memory.

    Attributes:
        table: One row a customer: `customer`, the traits as `predicates.COLUMN_TYPES` says, and the columns above.
        beside: The same table for a second thread, so that a long question holds up no short one.
    """

    def __init__(self, spill: Path) -> None:
        self._spill = spill
        self._connection = connect(spill, memory=_MEMORY, threads=1)
        self.table: Table = ibis.memtable(pa.table({"customer": pa.array([], pa.string())}))
        self.beside = self.table
        self.customers = 0
        self._made: list[str] = []
        self._busy: list[Backend] = [self._connection]
        self._interrupted = False

    def put_everybody(self, page: pa.Table) -> None:
        """Add customers: `customer` and `sk__held_out`; to be called once at least."""
        self._pour("everybody", page)

    def put_predicted(self, page: pa.Table) -> None:
        """Add predicted traits of some customers: `customer` and a column a trait."""
        self._pour("predicted", page)

    def put_divided(self, page: pa.Table) -> None:
        """Add where customers stand of whom several parts have spoken: `customer` and `sk__divided`."""
        self._pour("divided", page)

    def compute(
        self,
        batch: Batch,
        plan: TraitPlan,
        *,
        merged: Mapping[str, str],
        moment: Moment,
        upto: int,
        purpose: str,
        terms: Terms,
        allowed: Callable[[Standing], bool],
        empty: Mapping[str, TraitValue],
    ) -> None:
        """Compute the traits of everybody up to a log position, and join it all.

        Args:
            merged: Whose the parts are, see `Batch`.
            purpose: For which people are reachable. terms: What it demands of a word.
            allowed: Whether a permit is given to who stands so towards that purpose.
            empty: The traits of a customer without events.
        """
        self._busy.append(batch.connection)
        events, lines = batch.events(merged, upto), batch.lines(merged, upto)
        traits = trait_table(plan, events, lines, moment=moment, upto=upto)
        self._take(batch, "traits", traits.filter(traits.customer != ""))
        self._take(batch, "consents", standings(events, purpose, terms))
        self._join(plan, allowed, empty)

    def _take(self, batch: Batch, name: str, found: Table) -> None:
        """Bring what one DuckDB finds into this one by way of a file, so that it never stands in memory as a whole."""
        if self._interrupted:
            raise StoreError("the crowd: counting was broken off")
        self._spill.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._spill) as folder:
            path = Path(folder) / f"{name}.parquet"
            batch.connection.to_parquet(found, path)
            self._connection.create_table(name, self._connection.read_parquet(path))
        self._made.append(name)

    def _pour(self, name: str, page: pa.Table) -> None:
        """Append rows to a table; the first make it."""
        if name in self._made:
            self._connection.insert(name, page)
        else:
            self._connection.create_table(name, page)
            self._made.append(name)

    def _join(self, plan: TraitPlan, allowed: Callable[[Standing], bool], empty: Mapping[str, TraitValue]) -> None:
        here = self._connection.table
        table = here("everybody").left_join(here("traits").rename(sk__1="customer"), [("customer", "sk__1")])
        table = table.left_join(here("consents").rename(sk__2="customer"), [("customer", "sk__2")])
        columns = {name: _or_empty(table[name], empty.get(name), plan.recipes[name].type) for name in plan.recipes}
        if "predicted" in self._made:
            table = table.left_join(here("predicted").rename(sk__3="customer"), [("customer", "sk__3")])
            columns |= {name: table[name] for name in here("predicted").columns if name != "customer"}
        stands = table.sk__stands.fill_null("unknown")
        if "divided" in self._made:
            table = table.left_join(here("divided").rename(sk__4="customer"), [("customer", "sk__4")])
            stands = ibis.coalesce(table.sk__divided, table.sk__stands, "unknown")
        permitted = stands.isin([standing for standing in get_args(Standing) if allowed(standing)])
        held = table[HELD_OUT]
        chosen = table.select("customer", **columns, **{HELD_OUT: held, REACHABLE: permitted & ~held})
        self.table = self._connection.create_table("crowd", chosen.order_by("customer"))
        for name in self._made:
            self._connection.drop_table(name)
        self.beside = ibis.duckdb.from_connection(self._connection.con.cursor()).table("crowd")
        self.customers = int(self.table.count().to_pyarrow().as_py())

    def interrupt(self) -> None:
        """Break off what another thread computes here."""
        self._interrupted = True
        for connection in self._busy:
            connection.con.interrupt()

    def close(self) -> None:
        """Let go of the table, whatever another thread still puts into it."""
        disconnect(self._connection)


def _or_empty(value: Value, empty: TraitValue, kind: TraitType) -> Value:
    """Give customers without events what a fold of nothing gives."""
    if empty is None:
        return value
    shown = list(empty) if isinstance(empty, tuple) else empty
    return ibis.coalesce(value, ibis.literal(shown, type=COLUMN_TYPES[ValueType(kind)]))


def figures(crowd: CrowdTable, predicate: Predicate, *, moment: Moment) -> Figures:
    """Count whom a predicate holds for, and how many of them may be reached."""
    found = _inside(crowd.table, predicate, moment)
    row = found.aggregate(n=found.count(), r=found[REACHABLE].sum()).to_pyarrow().to_pylist()[0]
    return Figures(int(row["n"]), int(row["r"] or 0))


def moves(crowd: CrowdTable, before: Predicate, after: Predicate, *, moment: Moment) -> tuple[int, int]:
    """Count who enters and who leaves where one predicate takes the place of another."""
    was, will = _holds(crowd.table, before, moment), _holds(crowd.table, after, moment)
    found = crowd.table.aggregate(entered=(will & ~was).sum(), left=(was & ~will).sum()).to_pyarrow().to_pylist()[0]
    return int(found["entered"] or 0), int(found["left"] or 0)


def members(crowd: CrowdTable, predicate: Predicate, *, moment: Moment) -> list[str]:
    """Return the customers for whom a predicate is TRUE, in order."""
    found = segment_members(predicate, crowd.table, moment=moment).order_by("customer")
    ids: list[str] = found.to_pyarrow()["customer"].to_pylist()
    return ids


def rows(
    crowd: CrowdTable,
    predicate: Predicate,
    names: Sequence[str],
    *,
    moment: Moment,
    after: str = "",
    n: int,
) -> list[dict[str, Any]]:
    """Return the first `n` customers after an id for whom a predicate is TRUE, with some traits."""
    found = _inside(crowd.table, predicate, moment)
    found = found.filter(found.customer > after).order_by("customer").limit(n)
    listed: list[dict[str, Any]] = found.select("customer", *names).to_pyarrow().to_pylist()
    return listed


def rows_of(crowd: CrowdTable, customers: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return some traits of some customers; one who came after the table was made is absent."""
    found = crowd.table.filter(crowd.table.customer.isin(list(customers))) if customers else crowd.table.limit(0)
    listed: list[dict[str, Any]] = found.select("customer", *names).to_pyarrow().to_pylist()
    return listed


class Drawn(NamedTuple):
    """Some customers drawn from those concerned, and how many of these there are."""

    customers: list[str]
    of: int


def drawn(crowd: CrowdTable, either: Sequence[Predicate] | None, *, n: int, moment: Moment) -> Drawn:
    """Draw up to `n` of the reachable customers for whom any of some predicates is TRUE; None: of all reachable.

    The order is that of a hash of the id: as good as random, and the same each time.
    """
    table = crowd.table.filter(crowd.table[REACHABLE])
    if either is not None:
        table = table.filter(reduce(or_, (_holds(table, predicate, moment) for predicate in either)))
    count = int(table.count().to_pyarrow().as_py())
    found = table.select("customer").order_by([table.customer.hash(), "customer"]).limit(n).to_pyarrow()
    return Drawn(found["customer"].to_pylist(), count)


def _inside(table: Table, predicate: Predicate, moment: Moment) -> Table:
    return table.filter(ibis_predicate(predicate, table, moment))


def _holds(table: Table, predicate: Predicate, moment: Moment) -> BooleanValue:
    return ibis_predicate(predicate, table, moment).fill_null(False)
