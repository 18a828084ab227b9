"""Origins: who brings an event, and what they are believed."""

from typing import NamedTuple

import msgspec

from shopkeeper.core.source import Basis, EventSource, SourceShelf


class Origin(NamedTuple):
    """Who brings events.

    source: Its name; `(source, messageId)` makes an event unique. trusted: Whether it proves the identifiers that it
    names; a browser proves no more than its visitor's own. history: Whether it may tell of long ago. basis, category:
    On what its events are collected. gpc: Whether the request asked by Global Privacy Control. secret: Signs identity
    tokens, None where it has none.
    """

    source: str
    trusted: bool = True
    history: bool = True
    basis: Basis = "contract"
    category: str | None = None
    gpc: bool = False
    secret: bytes | None = None


OWN = Origin("api")
"""The shop's own key, its people, and programs on this machine where no key is asked for."""


def origin_of(source: EventSource, *, gpc: bool = False) -> Origin:
    """Return what a registered source is believed.

    Args:
        gpc: Whether the request carried the signal; a server speaks for many visitors, so it counts from a browser.
    """
    server = source.kind == "server"
    secret = None if server else source.secret.encode()
    return Origin(source.name, server, server, source.basis, source.category, gpc and not server, secret)


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an origin was believed when something came, see `Origin`; `signed`: whether it had a secret."""

    trusted: bool = True
    history: bool = True
    basis: Basis = "contract"
    category: str | None = None
    gpc: bool = False
    signed: bool = False


def terms_of(origin: Origin) -> Terms:
    """Return what an origin is believed, to be written down; its secret is not."""
    told = origin._asdict()
    del told["source"], told["secret"]
    return Terms(**told, signed=origin.secret is not None)


async def origin_on(terms: Terms, source: str, sources: SourceShelf) -> Origin:
    """Return an origin as it was believed; tokens are checked by the secret that its source has now, if it has one."""
    found = await sources.find_source(source) if terms.signed else None
    secret = None if found is None else found.secret.encode()
    return Origin(source, terms.trusted, terms.history, terms.basis, terms.category, terms.gpc, secret)


async def origin_named(sources: SourceShelf, name: str) -> Origin:
    """Return what the source of a name is believed; one that was never registered is the shop's own."""
    found = await sources.find_source(name)
    return Origin(name) if found is None else origin_of(found)
