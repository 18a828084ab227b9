"""Who calls: a program with the shop's key, or one on this machine where no key is set."""

import hmac
from ipaddress import ip_address

from starlette.requests import Request

from shopkeeper.app import App
from shopkeeper.protect.rights import LOCAL, NOBODY, PROGRAM, Caller


async def caller_of(app: App, request: Request) -> Caller:
    """Find out who calls; whoever cannot be told is nobody, who may do what needs no right."""
    key = app.settings.api_key
    if key is None:
        return Caller("local", LOCAL) if _is_local(request) else NOBODY
    sent = request.headers.get("authorization", "")
    return Caller("api key", PROGRAM) if hmac.compare_digest(sent.encode(), f"Bearer {key}".encode()) else NOBODY


def _is_local(request: Request) -> bool:
    """Say whether a request comes from this machine and was meant for it: a name that leads here is not enough."""
    return request.client is not None and is_loopback(request.client.host) and is_loopback(request.url.hostname or "")


def is_loopback(host: str) -> bool:
    """Say whether a host's name or address is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
