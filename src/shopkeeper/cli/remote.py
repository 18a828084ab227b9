"""Doing at a running server what the command line cannot do beside it: a store in SQLite serves one server."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from shopkeeper.cli.output import shop_folder
from shopkeeper.core.errors import (
    BadInput,
    Conflict,
    NotFound,
    NotPermitted,
    NotSignedIn,
    Overloaded,
    ShopkeeperError,
    StoreError,
    StoreInUse,
)

if TYPE_CHECKING:
    from httpx2 import Response

    from shopkeeper.app import App

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
_PATIENCE = 60.0
TRIES = 10
LONGEST_WAIT = 10.0
"""Seconds that a server may ask to wait before it is asked again."""
_ERRORS: dict[int, type[ShopkeeperError]] = {401: NotSignedIn, 403: NotPermitted, 404: NotFound, 409: Conflict}


class Server(NamedTuple):
    """A running server: its address without a path, and the key to show, None for none."""

    url: str
    key: str | None


def server_options(command: F) -> F:
    """Let a command name a server."""
    by_url = click.option("--url", help="Ask this server, such as http://127.0.0.1:8765, instead of opening the store.")
    by_key = click.option("--key", envvar="SHOPKEEPER_API_KEY", help="The shop's api_key, for a server.")
    return by_url(by_key(command))


def at_the_shop(
    here: "Callable[[App], Awaitable[T]]",
    there: Callable[[Server], Awaitable[T]],
    *,
    url: str | None = None,
    key: str | None = None,
) -> T:
    """Work on the store itself, or through the server that has it.

    Args:
        here, there: The same work, either way.
        url, key: A server that was named; without one, the store is opened, and if a server of this shop has it,
            that server is asked.

    Raises: ShopkeeperError: whatever the work or the server says.
    """
    if url is not None:
        return asyncio.run(_there(there, Server(url.rstrip("/"), key)))
    return asyncio.run(_either(here, there, key))


async def _there(there: Callable[[Server], Awaitable[T]], server: Server) -> T:
    return await there(server)


async def _either(here: "Callable[[App], Awaitable[T]]", there: Callable[[Server], Awaitable[T]], key: str | None) -> T:
    from shopkeeper.app import load_settings, open_app

    folder = shop_folder()
    try:
        async with open_app(folder, create=False) as app:
            return await here(app)
    except StoreInUse as error:
        settings = load_settings(folder)
        server = Server(_address(settings.host, settings.port), key or settings.api_key)
        try:
            return await there(server)
        except Unreachable:
            raise StoreError(f"{error}; no server answers at {server.url}: name it with --url") from None


def _address(host: str, port: int) -> str:
    """Return where a server of this machine answers; one that listens everywhere listens here too."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (nothing is bound here)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Unreachable(StoreError):
    """No server answers."""


async def ask(server: Server, method: str, path: str, body: object = None) -> Any:
    """Ask an endpoint and return its decoded answer; one that has too much to do is asked again when it says.

    Raises: ShopkeeperError: what the server says.
    """
    import msgspec

    content = None if body is None else msgspec.json.encode(body)
    for _ in range(TRIES):
        answer = await _request(server, method, path, content)
        try:
            found = msgspec.json.decode(answer.content)
        except msgspec.DecodeError:
            raise StoreError(f"{server.url}: something answers that is not Shopkeeper") from None
        if answer.status_code < 400:
            return found
        said = found if isinstance(found, dict) else {}
        if said.get("code") != Overloaded.code:
            break
        await asyncio.sleep(_wait(answer.headers.get("retry-after", "")))
    kind = _ERRORS.get(answer.status_code, StoreError if answer.status_code >= 500 else BadInput)
    raise kind(str(said.get("message", f"the server answers {answer.status_code}")))


def _wait(text: str) -> float:
    return min(float(text), LONGEST_WAIT) if text.isdecimal() else 1.0


async def _request(server: Server, method: str, path: str, content: bytes | None) -> "Response":
    import httpx2

    headers = {"Content-Type": "application/json"}
    if server.key is not None:
        headers["Authorization"] = f"Bearer {server.key}"
    try:
        async with httpx2.AsyncClient(timeout=_PATIENCE) as client:
            return await client.request(method, server.url + path, content=content, headers=headers)
    except (httpx2.TransportError, httpx2.InvalidURL, httpx2.UnsupportedProtocol):
        raise Unreachable(f"{server.url}: no server answers; is it running, and is this its address?") from None
