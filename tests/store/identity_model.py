"""Who is who, said once more in a few lines of Python: what the stores' answers are compared with."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import product

from shopkeeper.core.identifier import Identifier

LIMITS = {"user_id": 1, "email": 2, "anonymous_id": 3}
Pair = frozenset[Identifier]


class Model:
    """Identifiers that were proven, in sets of one customer each; which pairs are linked, and which were cut."""

    def __init__(self) -> None:
        self.customers: list[set[Identifier]] = []
        self.linked: set[Pair] = set()
        self.cut: set[Pair] = set()
        self.refused: set[Pair] = set()

    def of(self, name: Identifier) -> set[Identifier]:
        for customer in self.customers:
            if name in customer:
                return customer
        self.customers.append({name})
        return self.customers[-1]

    def arrive(self, names: Sequence[Identifier]) -> None:
        ours = self.of(names[0])
        for name in names[1:]:
            theirs, pair = self.of(name), frozenset({names[0], name})
            if pair in self.cut or name == names[0]:
                continue
            if theirs is not ours and not self._may_join(ours, theirs):
                self.refused.add(pair)
                continue
            self.linked.add(pair)
            ours = self._join(ours, theirs)

    def merge(self, ours: set[Identifier], theirs: set[Identifier], by: Pair) -> bool:
        """Say whether staff may join two customers, and do it by a link between two of their parts."""
        if not within_limits([*ours, *theirs]):
            return False
        self._join(ours, theirs)
        self.linked.add(by)
        self.cut.discard(by)
        return True

    def unmerge(self, customer: set[Identifier], leaving: Collection[Identifier]) -> None:
        apart = {pair for pair in self.linked if pair <= customer and len(pair.intersection(leaving)) == 1}
        self.linked -= apart
        staying = customer - set(leaving)
        self.cut |= {frozenset(pair) for pair in product(leaving, staying)}
        self.customers.remove(customer)
        rest = set(customer)
        while rest:
            found = {rest.pop()}
            while reached := {name for pair in self.linked if pair & found for name in pair} & rest:
                found |= reached
                rest -= reached
            self.customers.append(found)

    def _may_join(self, ours: set[Identifier], theirs: set[Identifier]) -> bool:
        apart = any(frozenset(pair) in self.cut for pair in product(ours, theirs))
        return not apart and within_limits([*ours, *theirs])

    def _join(self, ours: set[Identifier], theirs: set[Identifier]) -> set[Identifier]:
        if ours is not theirs:
            self.customers.remove(theirs)
            ours |= theirs
        return ours


def within_limits(names: Iterable[Identifier]) -> bool:
    """Say whether one customer may have all these identifiers."""
    return all(n <= LIMITS[kind] for kind, n in Counter(name.kind for name in names).items())
