"""Who is who, said once more in a few lines of Python: what the stores' answers are compared with."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import product

from shopkeeper.core.identifier import Identifier
from shopkeeper.core.identity import CROWD

LIMITS = {"user_id": 1, "email": 2, "anonymous_id": 3}
Pair = frozenset[Identifier]


class Model:
    """Identifiers that were proven, in sets of one customer each; which pairs are linked, and which were cut.

    What a cookie brought before it was let go stays under a name that nobody gives, of the kind `gone`. `held` are the
    names under which events are held, `orders` those of the events that completed an order, by number.
    """

    def __init__(self) -> None:
        self.held: dict[int, Identifier] = {}
        self.orders: dict[int, Identifier] = {}
        self.shared: set[Identifier] = set()
        self.crowds: set[Identifier] = set()
        self.gone = 0
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

    def begin(self) -> None:
        """Begin a batch: who was refused by many before it is no person's."""
        counts = Counter(name for pair in self.refused for name in pair)
        self.crowds = {name for name, n in counts.items() if n >= CROWD}

    def arrive(self, names: Sequence[Identifier], n: int, *, corrects: int | None = None) -> bool:
        """Let an event in that completes an order, or corrects one; say whether it went in or waits."""
        if corrects is None:
            self.orders[n] = self.held[n] = names[0]
            self._join_all(names)
            return True
        buyer = self.orders.get(corrects)
        having = next((name for name in names if any({name, buyer} <= customer for customer in self.customers)), None)
        if having is None:
            return False
        self.held[n] = having
        self._join_all(names)
        if self.orders[corrects] in self.of(names[0]):
            self.held[n] = names[0]
        return True

    def _join_all(self, names: Sequence[Identifier]) -> None:
        ours = self.of(names[0])
        for name in names[1:]:
            theirs, pair = self.of(name), frozenset({names[0], name})
            if pair in self.cut or name == names[0]:
                continue
            if theirs is not ours and (pair & self.shared or not self._may_join(ours, theirs)):
                person = names[0].kind != "anonymous_id" and names[0] not in self.crowds
                somebody = any(one.kind not in {"anonymous_id", "gone"} for one in theirs)
                if name.kind == "anonymous_id" and person and somebody:
                    self._let_go(name, theirs)
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

    def _let_go(self, cookie: Identifier, customer: set[Identifier]) -> None:
        self.gone += 1
        was = Identifier("gone", f"{cookie.value}-{self.gone}")
        customer.remove(cookie)
        customer.add(was)
        self.customers.append({cookie})
        self.shared.add(cookie)
        self.held = {n: was if name == cookie else name for n, name in self.held.items()}
        self.orders = {n: was if name == cookie else name for n, name in self.orders.items()}
        self.linked, self.cut, self.refused = (
            {frozenset(was if name == cookie else name for name in pair) for pair in pairs}
            for pairs in (self.linked, self.cut, self.refused)
        )

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
    return all(n <= LIMITS.get(kind, n) for kind, n in Counter(name.kind for name in names).items())
