"""Finding customers: by an identifier, by the beginning of one, by a name, in a segment, or one after another."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

import msgspec

from shopkeeper.core.errors import BadInput, NotFound, nearest
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.predicate import Moment
from shopkeeper.differentiate.fold import purchase_history
from shopkeeper.flows.customers.dates import since_in_words
from shopkeeper.flows.customers.desk import Desk, title_of
from shopkeeper.flows.customers.typed import typed_text
from shopkeeper.flows.profiles import Profile
from shopkeeper.identify.names import kept_name

MOST: Final = 100
MOST_CHARACTERS: Final = 320


class IdentifierLine(msgspec.Struct, frozen=True, kw_only=True):
    """One identifier; its value is `•••` for who may not see it."""

    kind: str
    value: str


class CustomerHit(msgspec.Struct, frozen=True, kw_only=True):
    """One customer who was found.

    description: Their last order and their segments, in words. why: What of them fits what was asked, in words; empty
    where nothing was asked.
    """

    customer: str
    title: str
    identifiers: tuple[IdentifierLine, ...]
    description: str
    why: str


class CustomerHits(msgspec.Struct, frozen=True, kw_only=True):
    """Who was found. next: Ask again with this as `after` for the rest; None: that was all, or it was a search."""

    customers: tuple[CustomerHit, ...]
    next: str | None
    masked: bool


async def find_customers(
    desk: Desk, query: str = "", *, segment: str = "", after: str = "", limit: int = 20, now: datetime
) -> CustomerHits:
    """Find customers.

    An exact identifier of any kind comes first, then who has an identifier that begins so, then who has a name, e-mail
    address or other personal value that begins so. Who may not see personal values finds by exact identifier or id
    alone, and is never told of another.

    Args:
        query: An identifier, `kind:value`, an id `cus_…`, or the beginning of an identifier or a name. Empty:
            everybody, in the order in which they were first seen.
        segment: Only who is recorded in it; instead of `query`.
        after: The id after which a list goes on.
        limit: From 1 to 100.

    Raises: BadInput: `limit` out of bounds, a query that is too long or no text, or both query and segment.
        NotFound: no such segment.
    """
    text = query.strip()
    _require(text, segment, limit)
    if text:
        found = await _search(desk, text, limit)
        return CustomerHits(customers=await _described(desk, found, now), next=None, masked=not desk.personal)
    return await hits_of(desk, await _listed(desk, segment, after, limit), limit=limit, now=now)


async def hits_of(desk: Desk, customers: Sequence[str], *, limit: int, now: datetime) -> CustomerHits:
    """Describe customers who are known by id, `limit` of them; one more than that says that there is a next page."""
    shown = dict.fromkeys(customers[:limit], "")
    more = customers[limit - 1] if len(customers) > limit else None
    return CustomerHits(customers=await _described(desk, shown, now), next=more, masked=not desk.personal)


def _require(text: str, segment: str, limit: int) -> None:
    if not 1 <= limit <= MOST:
        raise BadInput(f"limit == {limit}, must be from 1 to {MOST}")
    typed_text(text, "q", limit=MOST_CHARACTERS)
    if text and segment:
        raise BadInput("q and segment: give one of them")


async def _listed(desk: Desk, segment: str, after: str, limit: int) -> list[str]:
    if not segment:
        return await desk.store.list_customers(after=after, limit=limit + 1)
    if segment not in desk.definitions.segments:
        raise NotFound(f"segment: there is no {segment!r}{nearest(segment, desk.definitions.segments)}")
    return [member.customer for member in await desk.store.members(segment, after=after, limit=limit + 1)]


async def _search(desk: Desk, text: str, limit: int) -> Mapping[str, str]:
    """Return who was found, best first, and why."""
    found = await _exactly(desk, text)
    if desk.personal and len(found) < limit:
        for name, customer in await desk.store.search_identifiers(_spellings(text), limit=limit):
            found.setdefault(customer, f"{name.kind} begins so")
    if desk.personal and len(found) < limit:
        for customer, trait in await desk.store.search_personal(text, limit=limit):
            found.setdefault(customer, f"{trait.replace('_', ' ')} begins so")
    return dict(list(found.items())[:limit])


async def _exactly(desk: Desk, text: str) -> dict[str, str]:
    kinds = desk.definitions.shop.identifiers
    kind, colon, value = text.partition(":")
    asked = [(kind, value.strip())] if colon and kind in kinds else []
    names: list[Identifier] = []
    for one, said in [*asked, *((kind, text) for kind in kinds)]:
        with suppress(BadInput):
            names.append(kept_name(one, said, desk.definitions.shop))
    known = await desk.store.find_customers(names)
    found = {known[name]: f"{name.kind}, exactly" for name in names if name in known}
    for customer in (await desk.store.current([text])).values():
        found[customer] = "id, exactly"
    return found


def _spellings(text: str) -> Sequence[str]:
    """Return a text as it was typed, in small letters, and in capitals: identifiers are as their senders spell them."""
    return list(dict.fromkeys((text, text.lower(), text.upper())))


async def _described(desk: Desk, found: Mapping[str, str], now: datetime) -> tuple[CustomerHit, ...]:
    customers = list(found)
    names = await desk.store.identifiers_of_many(customers)
    profiles = await desk.profiles.get_many(customers)
    moment = Moment(micros(now), desk.definitions.shop.zone)
    return tuple(
        CustomerHit(
            customer=customer,
            title=title_of(desk, customer, names.get(customer, [])),
            identifiers=tuple(
                IdentifierLine(kind=name.kind, value=desk.shown(name.value)) for name in names.get(customer, [])
            ),
            description=_description(desk, profiles[customer], moment, now),
            why=why,
        )
        for customer, why in found.items()
    )


def _description(desk: Desk, profile: Profile, moment: Moment, now: datetime) -> str:
    segments = len(desk.watch.segments_of(desk.profiles.values(profile, moment), moment))
    told = f"in {segments} segment{'' if segments == 1 else 's'}" if segments else "in no segment"
    purchases = purchase_history(profile.state)
    if not purchases:
        return f"No orders yet, {told}"
    last = since_in_words(from_micros(purchases[-1].at), now=now, zone=desk.definitions.shop.zone)
    count = f"{len(purchases):,} order{'' if len(purchases) == 1 else 's'}"
    return f"{count}, the last {last}; {told}"
