"""Segments in batch: who is in a segment, over a table of everybody's traits."""

from ibis.expr.types import Table

from shopkeeper.core.predicate import Moment, Predicate
from shopkeeper.engines.predicates import ibis_predicate


def segment_members(predicate: Predicate, traits: Table, *, moment: Moment) -> Table:
    """Return the `customer` of every row for which the predicate is TRUE.

    Args:
        traits: One row a customer, with a column for each trait that the predicate reads; see `traits.trait_table`.
        moment: What `now()` means.
    """
    return traits.filter(ibis_predicate(predicate, traits, moment)).select("customer")


def count_segment(predicate: Predicate, traits: Table, *, moment: Moment) -> int:
    """Count the customers for whom the predicate is TRUE; the table's backend does the work."""
    return int(segment_members(predicate, traits, moment=moment).count().to_pyarrow().as_py())
