"""Who calls: a person with a session, a program with the shop's key, a source with its write key, or somebody local."""

import hmac
from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from shopkeeper.api.keys import ForKeys, key_in_headers, key_within
from shopkeeper.app import App
from shopkeeper.core.account import SignedIn
from shopkeeper.core.errors import NotPermitted
from shopkeeper.core.source import why_elsewhere
from shopkeeper.flows.accounts import role_of
from shopkeeper.protect.rights import LOCAL, LOCAL_BESIDE_SOURCES, LOCAL_NAME, NOBODY, PROGRAM, ROLES, WRITE_KEY, Caller

COOKIE: Final = "__Host-shopkeeper"
"""Chromium and Firefox keep it from http://127.0.0.1 too, which they trust as they trust TLS; tested in a browser."""
CSRF_HEADER: Final = "x-csrf-token"
ENTRIES: Final = frozenset({("POST", "/v1/session"), ("POST", "/v1/session/link")})
"""Where one signs in: no token yet, so only the page that asks is looked at."""
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORWARDED: Final = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}
)


async def caller_of(app: App, request: Request, keys: ForKeys | None = None) -> Caller:
    """Find out who calls; whoever cannot be told is nobody, who may do what needs no right.

    What the headers show is looked at first, and the body only where they show nothing.

    Args:
        keys: How the operation is open to write keys, None where it is not.

    Raises: NotPermitted: a session is shown by a page that is not ours, or without the token that goes with it.
        BadInput: the body that should show a key cannot be read. StoreError: whose key it is cannot be looked up.
    """
    own, shown = app.settings.api_key, key_in_headers(request)
    if shown is not None and (own is not None or not app.service.registry.is_empty):
        if own is not None and _shows(request, own):
            return Caller("api key", PROGRAM)
        return await _keyed(app, shown)
    may_carry = keys is not None and keys.within is not None and (own is not None or not app.service.registry.is_empty)
    if keys is not None and may_carry and not (COOKIE in request.cookies and CSRF_HEADER in request.headers):
        key = await key_within(request, keys)
        if key is not None:
            return await _keyed(app, key)
    if COOKIE in request.cookies:
        found = await signed_in(app, request)
        return NOBODY if found is None else _person(app, request, found)
    if own is None and is_local(request) and not is_foreign(app, request):
        return Caller(LOCAL_NAME, LOCAL if app.service.registry.is_empty else LOCAL_BESIDE_SOURCES)
    return NOBODY


def _shows(request: Request, key: str) -> bool:
    """Say whether a request shows the shop's own key."""
    return hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {key}".encode())


async def _keyed(app: App, key: str) -> Caller:
    """Return the source of a write key, or nobody; one of another environment than the shop's may do nothing."""
    source = await app.service.registry.find_source_of(key, now=app.wall_clock.now())
    if source is None:
        return NOBODY
    rights = NOBODY.rights if why_elsewhere(source, app.settings.environment) else WRITE_KEY
    return Caller(source.name, rights, source=source)


async def signed_in(app: App, request: Request) -> SignedIn | None:
    """Return the session that a request shows, None if it shows none that goes on."""
    secret = request.cookies.get(COOKIE)
    return None if not secret else await app.entrance.current(secret, now=app.wall_clock.now())


def _person(app: App, request: Request, found: SignedIn) -> Caller:
    if request.method not in _READS and (request.method, request.url.path) not in ENTRIES:
        refuse_foreign(app, request)
        sent = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(sent.encode(), found.session.csrf.encode()):
            raise NotPermitted("X-CSRF-Token: missing, or another session's; GET /v1/session says which")
    role = role_of(found.account.role)
    return Caller(found.account.name, ROLES[role], role, found.session.digest)


def refuse_foreign(app: App, request: Request) -> None:
    """Refuse what another web site's page sends. Raises: NotPermitted: it does."""
    if is_foreign(app, request):
        raise NotPermitted("this was sent by a page of another web site; open the console itself")


def is_foreign(app: App, request: Request) -> bool:
    """Say whether a browser sent a request from a page that is not the console's; a program says nothing of pages."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is None:
        return False
    ours = {request.headers.get("host", ""), urlsplit(app.settings.public_url or "").netloc}
    return urlsplit(origin).netloc not in ours - {""}


def is_local(request: Request) -> bool:
    """Say whether a request comes from this machine, was meant for it, and passed no proxy.

    A name of the Host header that is not this machine's is what a page sends whose name was led here (DNS rebinding).
    """
    client = request.client
    if client is None or not _FORWARDED.isdisjoint(name for name, _ in request.headers.raw):
        return False
    said = request.headers.get("host")
    return is_loopback(client.host) and is_loopback(request.url.hostname or "" if said is None else _name_in(said))


@lru_cache(maxsize=1024)
def _name_in(host: str) -> str:
    """Return the name of a Host header without its port; nobody's where it names none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def may_enter_by_link(app: App, request: Request) -> bool:
    """Say whether a link works here: on this machine, or where `public_url` says that the console is."""
    public = urlsplit(app.settings.public_url or "").netloc
    return is_local(request) or (public != "" and request.headers.get("host", "") == public)


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Say whether a host's name or address is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
