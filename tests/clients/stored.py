"""What a server has stored, read from beside it."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from shopkeeper.core.event import Event
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.identity import Link
from shopkeeper.core.store import Store
from shopkeeper.store import open_store
from tests.senders import BROWSER, SERVER

SOURCES: Final = frozenset({BROWSER.name, SERVER.name})
T = TypeVar("T")


class Whole(NamedTuple):
    """A customer as of now: what they are called, the links and claims of their parts, personal values."""

    names: frozenset[Identifier]
    links: tuple[Link, ...]
    personal: dict[str, str]

    @property
    def kinds(self) -> list[str]:
        """The kinds of the links."""
        return [link.kind for link in self.links]


def asked(shop: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    """Ask a shop's store, in a thread of its own: Playwright keeps a loop running in that of the test."""

    async def ask() -> T:
        store = await open_store(f"sqlite:///{shop}/.shopkeeper/store.db", readonly=True)
        try:
            return await work(store)
        finally:
            await store.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, ask()).result()


def events_of(shop: Path, name: Identifier) -> list[Event]:
    """Return the events of whoever has an identifier that clients sent, in order; none if nobody has it."""

    async def work(store: Store) -> list[Event]:
        found = await store.find_customers([name])
        theirs = await store.history(list(found.values()))
        return [event for event in theirs if event.source in SOURCES]

    return asked(shop, work)


def whole(shop: Path, name: Identifier) -> Whole:
    """Return the customer who has an identifier."""

    async def work(store: Store) -> Whole:
        customer = (await store.find_customers([name]))[name]
        view = (await store.views([customer]))[customer]
        names = frozenset(await store.identifiers_of(customer))
        return Whole(names, (*view.links, *await store.claims(customer)), await store.personal(customer))

    return asked(shop, work)


def waiting(shop: Path, source: str) -> dict[str, int]:
    """Count what waits in quarantine from a source, by code."""

    async def work(store: Store) -> dict[str, int]:
        return {code: n for (origin, code), n in (await store.count_quarantined()).items() if origin == source}

    return asked(shop, work)


def counted(shop: Path, source: str) -> tuple[int, int, int]:
    """Count what a source offered: accepted, duplicates, conflicts."""

    async def work(store: Store) -> tuple[int, int, int]:
        for count in await store.intake_counts():
            if count.source == source:
                return count.accepted, count.duplicates, count.conflicts
        return 0, 0, 0

    return asked(shop, work)
