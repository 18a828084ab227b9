"""Joining: what the identifiers of a batch of events make of parts and customers, before it is written.

An event's first identifier says which part holds it; each other one that it proves joins its part to that. Where the
customer would get more identifiers of a kind than shop.yaml allows, or somebody of the shop had cut the two apart, the
identifier is dropped from that event and the next is tried, the strongest first: below the limits the order of events
does not matter, and no value that many share (`undefined`, a kiosk's cookie) can swallow them.

A cookie that is one customer's, and that another proves to use, is let go: what it brought stays the first one's, and
from then on it names a part of its own that no event joins to anybody. So nobody is answered, or written about, as the
one who sat at the same browser before.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from shopkeeper.core.identifier import Identifier
from shopkeeper.core.identity import CROWD, Link, LinkKind
from shopkeeper.core.instant import from_micros
from shopkeeper.core.intake import Arrival
from shopkeeper.identify.limits import beyond
from shopkeeper.identify.names import ANONYMOUS
from shopkeeper.store import directory, identity
from shopkeeper.store.dialect import Row
from shopkeeper.store.hearing import LetGo

Pair = tuple[str, str]
Made = tuple[LinkKind, int]
"""A link's kind, and the place in the batch of the arrival that makes it."""


class Joining:
    """The identities of one batch. Parts and members are written before the events, links and shapes after."""

    def __init__(self, conn: Connection, arrivals: Sequence[Arrival], new_part: Callable[[], str]) -> None:
        self._conn = conn
        self._new_part = new_part
        named = {name for one in arrivals for name in (*one.names, *one.claims)}
        self._known = directory.find_parts(conn, list(named))
        self._part = {name: known.part for name, known in self._known.items()}
        self._whose = {known.part: known.customer for known in self._known.values()}
        self._only_claimed = {known.part for known in self._known.values() if known.claimed}
        self._proven: dict[Identifier, str] = {}
        self._claimed: dict[Identifier, str] = {}
        self._promoted: dict[Identifier, str] = {}
        self._held: dict[Pair, LinkKind | None] = {}
        self._made: dict[Pair, Made] = {}
        self._proved: list[Pair] = []
        self._theirs: dict[str, set[str]] = {}
        self._kind: dict[str, str] = {}
        self._cut: dict[str, set[str]] = {}
        self._moved: set[str] = set()
        self._reshaped: list[tuple[str, int]] = []
        self._refused: set[Pair] = set()
        self._crowds: set[str] = set()
        self._shared: set[str] = set()
        self._let_go: dict[Identifier, tuple[str, str, int]] = {}
        self._load([one for one in arrivals if len(one.names) + len(one.claims) > 1])

    def _load(self, joining: Sequence[Arrival]) -> None:
        """Read, for everybody whom this batch may join, the links, the parts and what was cut."""
        if not joining:
            return
        pairs = set(self._pairs(joining, claimed=True))
        known = sorted({_pair(a, b) for a, b in pairs if a is not None and b is not None and a != b})
        between = identity.links_between(self._conn, known)
        for link in sorted(between, key=lambda link: link.kind != "claimed"):  # beside another a claim says nothing
            self._held[link.a, link.b] = None if link.cut_seq is not None else link.kind
        strangers = {
            self._whose[part]
            for a, b in set(self._pairs(joining, claimed=False))
            if a is None or b is None or self._whose[a] != self._whose[b]
            for part in (a, b)
            if part is not None
        }
        theirs = identity.parts_of_many(self._conn, sorted(strangers)) if strangers else {}
        self._theirs = {customer: set(parts) for customer, parts in theirs.items()}
        every = sorted(part for parts in theirs.values() for part in parts)
        self._kind = identity.kinds_of(self._conn, every) if every else {}
        for link in identity.joints_of(self._conn, every) if every else ():
            if link.cut_seq is not None:
                self._keep_apart(link.a, link.b)
            if link.kind == "shared":
                self._shared.update({link.a, link.b} & self._kind.keys())
        refusals = identity.refusals(self._conn, every) if every else {}
        self._crowds = {part for part, refused in refusals.items() if refused >= CROWD}

    def _pairs(self, joining: Iterable[Arrival], *, claimed: bool) -> Iterator[tuple[str | None, str | None]]:
        """Name the parts, None where there is none yet, that each arrival says are one person's."""
        for one in joining:
            for name in (*one.names[1:], *(one.claims if claimed else ())) if one.names else ():
                yield self._part.get(one.names[0]), self._part.get(name)

    def known_part(self, arrival: Arrival) -> str | None:
        """Return the part of the strongest identifier of an arrival that is known, without making one."""
        return next(iter(self.parts_of(arrival)), None)

    def parts_of(self, arrival: Arrival) -> list[str]:
        """Return the parts that an arrival's identifiers have brought so far, of the strongest first."""
        if not arrival.names:
            return [arrival.event.part or arrival.event.customer]
        parts = (self._part.get(name) for name in arrival.names)
        return [part for part in parts if part is not None and part not in self._only_claimed]

    def grown(self, customer: str) -> frozenset[str]:
        """Return the parts of a customer whom the batch has made of several; of any other none."""
        theirs = self._theirs.get(customer, set())
        return frozenset() if self._moved.isdisjoint(theirs) else frozenset(theirs)

    def tells_nothing(self, arrival: Arrival) -> bool:
        """Say whether an arrival tells nothing of its customer beside its event: all its names are theirs already."""
        if arrival.personal or arrival.claims or arrival.words or arrival.group is not None:
            return False
        parts = [self._part.get(name) for name in arrival.names]
        return None not in parts and len({self.customer_of(part) for part in parts if part is not None}) == 1

    def place(self, arrival: Arrival, index: int, limits: Mapping[str, int]) -> str:
        """Return the part that holds an arrival, made if need be, and join what it proves."""
        if not arrival.names:
            return arrival.event.part or arrival.event.customer
        first = self._prove(arrival.names[0])
        for name in arrival.names[1:]:
            self._join(first, name, index, limits)
        for name in arrival.claims:
            self._claim(first, self._named(name), index)
        return first

    def customer_of(self, part: str) -> str:
        """Return whose a part is, with all that the batch has joined."""
        return self._whose.get(part, part)

    def _named(self, name: Identifier) -> str:
        part = self._part.get(name)
        if part is None:
            part = self._part[name] = self._claimed[name] = self._new_part()
            self._only_claimed.add(part)
            self._begin(part, name)
        return part

    def _prove(self, name: Identifier) -> str:
        part = self._part.get(name)
        if part is None:
            part = self._part[name] = self._proven[name] = self._new_part()
            self._begin(part, name)
        elif part in self._only_claimed:
            self._only_claimed.discard(part)
            if self._claimed.pop(name, None) is None:
                self._promoted[name] = part
            else:
                self._proven[name] = part
        return part

    def _begin(self, part: str, name: Identifier) -> None:
        self._whose[part] = part
        self._theirs[part] = {part}
        self._kind[part] = name.kind

    def _join(self, first: str, name: Identifier, index: int, limits: Mapping[str, int]) -> None:
        other = self._prove(name)
        pair = _pair(first, other)
        if first == other or self._held.get(pair, "claimed") != "claimed":
            return
        a, b = self._whose[first], self._whose[other]
        if a != b:
            if not {first, other}.isdisjoint(self._shared) or not self._may_join(a, b, limits):
                if name.kind == ANONYMOUS and self._is_a_persons(first) and self._is_somebody(b):
                    other = self._let(name, other, index)
                self._refused.add(_pair(first, other))
                return
            self._unite(a, b, index)
        if pair in self._held:
            self._proved.append(pair)
        self._held[pair] = "proven"
        self._made[pair] = ("proven", index)

    def _may_join(self, a: str, b: str, limits: Mapping[str, int]) -> bool:
        ours, theirs = self._theirs[a], self._theirs[b]
        if any(not self._cut.get(part, set()).isdisjoint(theirs) for part in ours):
            return False
        return not beyond(limits, *([self._kind[part] for part in of if part in self._kind] for of in (ours, theirs)))

    def _is_a_persons(self, part: str) -> bool:
        """Say whether who is proven by a part may be somebody: no cookie, and nothing that many give, as `guest`."""
        return self._kind.get(part) != ANONYMOUS and part not in self._crowds

    def _is_somebody(self, customer: str) -> bool:
        """Say whether a customer has more than cookies: of cookies alone none is known to be another's."""
        return any(self._kind.get(part, ANONYMOUS) != ANONYMOUS for part in self._theirs[customer])

    def _let(self, name: Identifier, part: str, index: int) -> str:
        """Let a cookie name a new part, since a second person uses it; return that."""
        new = self._new_part()
        self._begin(new, name)
        self._kind.pop(part, None)
        self._part[name] = new
        self._shared.add(new)
        self._keep_apart(part, new)
        self._let_go[name] = part, new, index
        self._reshaped.append((self._whose[part], index))
        return new

    def let_go(self, rows: Mapping[int, Row]) -> list[LetGo]:
        """Return the cookies that were let go, with the rows of the events that say so."""
        return [LetGo(old, new, rows[index]) for old, new, index in self._let_go.values()]

    def _keep_apart(self, a: str, b: str) -> None:
        self._cut.setdefault(a, set()).add(b)
        self._cut.setdefault(b, set()).add(a)

    def _unite(self, a: str, b: str, index: int) -> None:
        low, high = sorted((a, b))
        moving = self._theirs.pop(high)
        self._theirs[low] |= moving
        self._whose |= dict.fromkeys(moving, low)
        self._moved |= moving
        self._reshaped += [(low, index), (high, index)]

    def _claim(self, first: str, other: str, index: int) -> None:
        pair = _pair(first, other)
        if first != other and pair not in self._held:
            self._held[pair] = "claimed"
            self._made[pair] = ("claimed", index)

    def write_parts(self, created_at: int) -> None:
        """Write new parts, and whose each is."""
        if self._proven or self._claimed:
            directory.make_parts(self._conn, self._proven, self._claimed, created_at)
        if self._promoted:
            directory.prove_parts(self._conn, self._promoted, created_at)
        if self._let_go:
            directory.name_anew(self._conn, {name: new for name, (_, new, _) in self._let_go.items()}, created_at)
        if self._moved:
            identity.write_members(self._conn, {part: self._whose[part] for part in sorted(self._moved)})

    def write_links(self, rows: Mapping[int, Row], at: int) -> None:
        """Write links and what they changed.

        Args:
            rows: The numbered rows of the events, by place in the batch.
        """
        made = [_link(pair, kind, rows[index]) for pair, (kind, index) in sorted(self._made.items())]
        made += [_parting(_pair(one.was, one.part), one.row) for one in self.let_go(rows)]
        if made:
            identity.write_links(self._conn, made, proved=self._proved)
        if self._reshaped:
            identity.write_shapes(self._conn, _numbered(self._reshaped, rows))
        if self._refused:
            identity.count_crowds(self._conn, self._refused, at)


def _pair(first: str, second: str) -> Pair:
    return (first, second) if first < second else (second, first)


def _numbered(changed: Iterable[tuple[str, int]], rows: Mapping[int, Row]) -> set[tuple[str, int]]:
    return {(customer, rows[index]["seq"]) for customer, index in changed}


def _parting(pair: Pair, row: Row) -> Link:
    link = _link(pair, "shared", row)
    return msgspec.structs.replace(link, cut_seq=link.seq, cut_at=link.at)


def _link(pair: Pair, kind: LinkKind, row: Row) -> Link:
    a, b = pair
    at = from_micros(row["received_at"])
    return Link(a=a, b=b, kind=kind, seq=row["seq"], at=at, source=row["source"], message_id=row["message_id"])
