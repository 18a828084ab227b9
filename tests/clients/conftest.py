"""Fixtures of the tests with other people's clients: a small shop that is being served, and a relay before it.

The server's clock is three hours behind the machine's, by which the clients' go: every event comes from a clock that
is wrong, and nothing is put right by chance.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest

from shopkeeper.core.clock import SystemClock
from shopkeeper.flows.definitions import apply
from shopkeeper.flows.sources.registry import SourceKeys, add_source
from shopkeeper.store import open_store
from shopkeeper.testing.shop import seeded
from tests.clients.relay import Relay, relaying
from tests.console.browser import installed
from tests.forked import Forked
from tests.process import served
from tests.senders import BROWSER, SERVER

BEHIND = timedelta(hours=3)
OWNER = {"authorization": "Bearer the-key-of-the-shop-itself"}
MODULES = Path(__file__).parent / "node_modules"
DEFINITIONS = {
    "shop.yaml": """
name: Corner shop
currency: EUR
time_zone: Europe/Vienna
identifiers:
  user_id: {limit: 1}
  email: {limit: 5}
  anonymous_id: {limit: 5}
purposes:
  personalization: {basis: legitimate_interest}
groups:
  household: {description: People who live together, traits: [seats]}
holdout: {share: 0, salt: clients}
""",
    "traits.yaml": "looks: {count: Product Viewed}\nplan: {stated: text}\nemail: {stated: text, personal: true}\n",
    "segments.yaml": "lookers: {where: looks >= 1}\n",
    "offers.yaml": "offers: {}\nrules: {}\n",
    "slots.yaml": "recommendations: {kind: product, n: 3}\n",
}


class Served(NamedTuple):
    """A shop that is being served. `web` and `backend` are its sources: a browser's and a server's."""

    folder: Path
    process: Forked
    url: str
    web: SourceKeys
    backend: SourceKeys


async def _make(folder: Path) -> tuple[SourceKeys, SourceKeys]:
    now, rng = SystemClock().now(), seeded(11)
    store = await open_store(f"sqlite:///{folder}/.shopkeeper/store.db", rng=seeded(12))
    await apply(store, DEFINITIONS, who="tests", now=now - BEHIND, expected=None)
    web = await add_source(store, BROWSER, now=now, rng=rng)
    backend = await add_source(store, SERVER, now=now, rng=rng)
    await store.close()
    return web, backend


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The shop, which every test of this folder sends to: each tells of visitors of its own."""
    folder = tmp_path_factory.mktemp("clients") / "shop"
    folder.mkdir()
    for name, text in DEFINITIONS.items():
        (folder / name).write_text(text, "utf-8")
    web, backend = asyncio.run(_make(folder))
    now = SystemClock().now() - BEHIND
    with served(folder, SHOPKEEPER_NOW=now.isoformat(), SHOPKEEPER_API_KEY=OWNER["authorization"][7:]) as (
        process,
        url,
    ):
        yield Served(folder, process, url, web, backend)
        process.terminate()
        _, said = process.communicate(timeout=60)
        assert "Traceback" not in said, said
        assert "unforeseen" not in said, said


@pytest.fixture
def relay(shop: Served) -> Iterator[Relay]:
    """A relay of the test's own before the server."""
    with relaying(shop.url) as opened:
        yield opened


@pytest.fixture
def somebody() -> str:
    """An id that nobody has."""
    return f"u-{uuid4()}"


@pytest.fixture(scope="session")
def modules() -> Path:
    """The folder in which npm has put other people's clients."""
    assert MODULES.is_dir(), "other people's clients are not installed: run 'make clients'"
    assert installed(), "no chromium on this machine: run 'make system'"
    return MODULES
