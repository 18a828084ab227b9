"""Registered sources for the tests of collecting, and a client that sends to a shop in this process."""

from base64 import b64encode

import httpx

from shopkeeper.api import server
from shopkeeper.flows.sources.registry import NewSource, add_source

BROWSER = NewSource(name="web", kind="browser", basis="legitimate_interest")
SERVER = NewSource(name="backend", kind="server", basis="contract")


async def registered(app, *asked: NewSource) -> list[str]:
    """Register sources with a shop that is being served; return their write keys."""
    made = [await add_source(app.store, one, now=app.wall_clock.now(), rng=app.rng) for one in asked]
    await app.service.registry.look()
    return [one.write_key for one in made]


def basic(key: str) -> dict[str, str]:
    """The header that Segment's clients send."""
    return {"authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"}


def reach(app, *, client: str = "203.0.113.7") -> httpx.AsyncClient:
    """A client somewhere else in the world."""
    transport = httpx.ASGITransport(app=server.create_api(app), client=(client, 5), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://shop.example.org")
