"""How often somebody may try to sign in: an allowance that fills up again, and never an account that is locked.

It is held in memory, bounded: another process has its own, and a restart forgets. Whoever has more addresses than that
still meets Argon2 and passwords of twelve characters.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Final, NamedTuple

from shopkeeper.core.errors import TooManyAttempts

MOST_KEYS: Final = 20_000


class Allowance(NamedTuple):
    """`size` attempts at once, and one more each `every`."""

    size: int
    every: timedelta


PAIR: Final = Allowance(5, timedelta(seconds=30))
"""One name from one address."""
ADDRESS: Final = Allowance(30, timedelta(seconds=10))
"""Any names from one address: a shop's people may share theirs."""
NAME: Final = Allowance(30, timedelta(seconds=20))
"""One name from everywhere, except from where it came in before: strangers do not shut its owner out."""

_Key = tuple[str, ...]


class Attempts:
    """Counts attempts; each that is not `forgiven` uses an allowance up."""

    def __init__(self) -> None:
        self._until: OrderedDict[_Key, datetime] = OrderedDict()
        self._familiar: OrderedDict[_Key, None] = OrderedDict()

    def take(self, name: str, address: str, *, now: datetime) -> None:
        """Count an attempt. Raises: TooManyAttempts: an allowance is used up; says when to come again."""
        allowances = self._allowances(name, network(address))
        waits = [self._wait(key, allowance, now) for key, allowance in allowances]
        if (longest := max(waits)) > timedelta(0):
            raise TooManyAttempts(seconds=ceil(longest.total_seconds()))
        for key, allowance in allowances:
            self._until[key] = max(self._until.pop(key, now), now) + allowance.every
        _bound(self._until)

    def forgive(self, name: str, address: str) -> None:
        """Give an attempt back that came in by the right way, and remember where it came from."""
        place = network(address)
        for key, allowance in self._allowances(name, place):
            if key in self._until:
                self._until[key] -= allowance.every
        self._until.pop(("pair", name, place), None)
        self._familiar[(name, place)] = None
        self._familiar.move_to_end((name, place))
        _bound(self._familiar)

    def _allowances(self, name: str, place: str) -> list[tuple[_Key, Allowance]]:
        own = [(("pair", name, place), PAIR), (("address", place), ADDRESS)]
        return own if (name, place) in self._familiar else [*own, (("name", name), NAME)]

    def _wait(self, key: _Key, allowance: Allowance, now: datetime) -> timedelta:
        """Say how long a key must wait: what was used up lies at most `size` times `every` ahead of now."""
        used_up = self._until.get(key, now) - now
        return used_up - allowance.every * (allowance.size - 1) if used_up > timedelta(0) else timedelta(0)


def network(address: str) -> str:
    """Return what one person has of addresses: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ip_network((found, 64), strict=False))


def _bound(held: "OrderedDict[_Key, datetime] | OrderedDict[_Key, None]") -> None:
    while len(held) > MOST_KEYS:
        held.popitem(last=False)
