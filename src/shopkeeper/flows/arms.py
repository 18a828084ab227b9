"""The arms of those whose parts were joined or taken apart; whoever is one part for good has the arm of that."""

from collections.abc import Collection, Mapping

from shopkeeper.core.definitions import Holdout
from shopkeeper.core.store import Store
from shopkeeper.protect.assignment import Treatment, treatment

Parts = Mapping[str, Collection[str]]


async def count_crossed(store: Store, merged: Mapping[str, str], holdout: Holdout) -> int:
    """Count the customers for whom answers followed both arms.

    Args:
        merged: The customer of each part that is not a customer of its own.
    """
    parts = _parts(merged)
    cut = {merged.get(part, part) for part in await store.parted_parts()}
    asked = {one: theirs for one, theirs in parts.items() if one in cut or _if_decided(one, theirs, holdout).crossed}
    asked |= {one: {one} for one in cut - parts.keys()}
    return sum(arms.crossed for arms in (await _arms(store, asked, holdout)).values())


async def left_alone(store: Store, merged: Mapping[str, str], holdout: Holdout) -> frozenset[str]:
    """Return who is left alone because answers for a part that was joined to them followed the holdout."""
    parts = _parts(merged)
    may = {one: _if_decided(one, theirs, holdout) for one, theirs in parts.items()}
    asked = {one: parts[one] for one, arms in may.items() if arms.arm == "treated" and not arms.treated}
    found = await _arms(store, asked, holdout)
    return frozenset(one for one, theirs in found.items() if not theirs.treated)


def _parts(merged: Mapping[str, str]) -> dict[str, set[str]]:
    parts: dict[str, set[str]] = {}
    for part, customer in merged.items():
        parts.setdefault(customer, {customer}).add(part)
    return parts


def _if_decided(customer: str, parts: Collection[str], holdout: Holdout) -> Treatment:
    """Say how it would be if every part had been answered by its own arm: of most customers that spares the log."""
    return treatment(customer, parts, holdout, parts=parts)


async def _arms(store: Store, asked: Parts, holdout: Holdout) -> dict[str, Treatment]:
    decided = await store.decided(sorted(part for parts in asked.values() for part in parts))
    return {
        one: treatment(one, set().union(*(decided.get(part, ()) for part in parts)), holdout, parts=parts)
        for one, parts in asked.items()
    }
