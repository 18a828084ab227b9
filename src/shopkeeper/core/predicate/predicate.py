"""A checked predicate, ready to be evaluated, explained and indexed."""

from collections.abc import Mapping
from dataclasses import dataclass

from shopkeeper.core.predicate.tree import And, Between, Compare, Expression, Not, Now, Or, TraitValue, walk
from shopkeeper.core.trait import TraitType


@dataclass(frozen=True, slots=True, eq=False)
class Predicate:
    """A condition over traits.

    text: As it was written. tree: What it means. reads: The traits that it reads.
    clocks: Its comparisons with now(), the only reason for which it can change while no trait does.
    """

    text: str
    tree: Expression
    reads: frozenset[str]
    clocks: tuple[Compare, ...]

    @property
    def mentions_now(self) -> bool:
        """Whether it can change by time passing alone."""
        return bool(self.clocks)


def parse_predicate(text: str, schema: Mapping[str, TraitType], *, place: str, digits: int = 2) -> Predicate:
    """Read a predicate and check it against the traits that there are.

    Args:
        text: An SQL condition, `orders_365d >= 6 and last_order < now() - interval 45 day`.
        schema: The type of each trait that it may read, by name.
        place: Where it was written, for messages: `segments.yaml: lapsing.where`.
        digits: Decimal places of the shop's currency; a literal beside money is in major units.

    Raises: BadInput: not in the language, an unknown trait, or types that do not go together.
    """
    from shopkeeper.core.predicate.check import Checker  # sqlglot takes 0.1 s to load, which evaluating never needs
    from shopkeeper.core.predicate.source import Source

    source = Source(text, place)
    return _made(text, Checker(source, schema, digits).condition(source.parse()))


def _made(text: str, tree: Expression) -> Predicate:
    nodes = list(walk(tree))
    compared = [part for node in nodes if isinstance(node, Between) for part in walk(node.bounds)] + nodes
    clocks = [node for node in compared if isinstance(node, Compare) and (Now in (type(node.left), type(node.right)))]
    reads = frozenset(node.name for node in nodes if isinstance(node, TraitValue))
    return Predicate(text, tree, reads, tuple(clocks))


def conditions(predicate: Predicate) -> tuple[Predicate, ...]:
    """Take a predicate apart into the conditions that must all hold for it to hold, in the order of its text."""
    return tuple(_made(predicate.text, part) for part in _joined(predicate.tree))


def _joined(tree: Expression) -> list[Expression]:
    match tree:
        case And():
            return [part for term in tree.of for part in _joined(term)]
        case Not(of=Or() as either):
            return [part for term in either.of for part in _joined(Not(term))]
        case _:
            return [tree]
