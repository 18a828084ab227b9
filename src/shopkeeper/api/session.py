"""Signing in and out."""

from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse

from shopkeeper.api.caller import COOKIE, may_enter_by_link, refuse_foreign, signed_in
from shopkeeper.api.operation import Call, operation
from shopkeeper.core.account import SignedIn
from shopkeeper.core.errors import NotFound, NotPermitted, NotSignedIn
from shopkeeper.flows.accounts import role_of
from shopkeeper.flows.entrance import WHOLE, Opened
from shopkeeper.flows.session import (
    EnterByLink,
    NewPassword,
    Refusal,
    SessionAnswer,
    SignIn,
    Ways,
    describe,
)
from shopkeeper.protect.rights import NOBODY, ROLES, Caller

if TYPE_CHECKING:
    from shopkeeper.api.oidc import Oidc

FLOW_COOKIE: Final = "__Host-shopkeeper-oidc"
"""What a browser holds while the other system signs its person in. Lax: it comes back by a link from there."""
REFUSAL_COOKIE: Final = "__Host-shopkeeper-refusal"


@operation("GET", "/v1/session", needs=None, twin=None)
async def session(call: Call) -> SessionAnswer:
    """Say who is signed in, what they may do, in which shop, and how to sign in; answered to anybody."""
    found = await signed_in(call.app, call.request)
    return _answer(call, call.caller, found, refusal=call.request.cookies.get(REFUSAL_COOKIE))


@operation("POST", "/v1/session", needs=None, twin=None)
async def sign_in(call: Call, *, body: SignIn) -> SessionAnswer:
    """Sign in by name and password; the session's cookie comes with the answer."""
    refuse_foreign(call.app, call.request)
    opened = await call.app.entrance.by_password(
        body.name,
        body.password,
        address=_address(call),
        replacing=call.request.cookies.get(COOKIE),
        now=call.app.wall_clock.now(),
    )
    return _begun(call, opened)


@operation("DELETE", "/v1/session", needs=None, twin=None)
async def sign_out(call: Call) -> SessionAnswer:
    """Sign out."""
    if call.caller.session:
        await call.app.entrance.leave(call.request.cookies[COOKIE])
    _set_cookie(call, COOKIE, "", seconds=0)
    return _answer(call, NOBODY, None)


@operation("POST", "/v1/session/link", needs=None, twin=None)
async def enter_by_link(call: Call, *, body: EnterByLink) -> SessionAnswer:
    """Sign in by a link, once: on this machine, or where `public_url` says that the console is."""
    refuse_foreign(call.app, call.request)
    if not may_enter_by_link(call.app, call.request):
        raise NotPermitted("a link opens on the machine where the shop runs, or at its public_url")
    opened = await call.app.entrance.by_link(
        body.token, replacing=call.request.cookies.get(COOKIE), now=call.app.wall_clock.now()
    )
    return _begun(call, opened)


@operation("POST", "/v1/session/password", needs=None, twin=None)
async def change_password(call: Call, *, body: NewPassword) -> SessionAnswer:
    """Change one's own password; every other session of the account ends, and this one begins anew."""
    found = await signed_in(call.app, call.request)
    if found is None:
        raise NotSignedIn("sign in first")
    opened = await call.app.entrance.change_password(
        found, old=body.old, new=body.new, address=_address(call), now=call.app.wall_clock.now()
    )
    return _begun(call, opened)


@operation("GET", "/v1/session/oidc/{provider}", needs=None, twin=None, media="text/html")
async def begin_oidc(call: Call, provider: str) -> RedirectResponse:
    """Send a browser to a provider of identities, to sign in there."""
    from shopkeeper.api.oidc import LASTS, Refused

    asked = _provider(call, provider)
    try:
        begun = await asked.begin(call.app.rng, key=await call.app.store.secret("oidc"), now=call.app.wall_clock.now())
    except Refused as error:
        return _refused(call, error.why)
    _set_cookie(call, FLOW_COOKIE, begun.cookie, seconds=int(LASTS.total_seconds()), same_site="Lax")
    return RedirectResponse(begun.url, status_code=302)


@operation("GET", "/v1/session/oidc/{provider}/callback", needs=None, twin=None, media="text/html", strict=False)
async def finish_oidc(
    call: Call, provider: str, *, code: str = "", state: str = "", error: str = "", iss: str = ""
) -> RedirectResponse:
    """Take what a provider of identities answered, and lead the browser into the console, signed in or not."""
    from shopkeeper.api.oidc import Refused, Returned

    asked, now = _provider(call, provider), call.app.wall_clock.now()
    cookie = call.request.cookies.get(FLOW_COOKIE, "")
    _set_cookie(call, FLOW_COOKIE, "", seconds=0, same_site="Lax")
    returned = Returned(cookie=cookie, code=code, state=state, error=error, issuer=iss)
    try:
        identity = await asked.finish(returned, key=await call.app.store.secret("oidc"), now=now)
        opened = await call.app.entrance.by_identity(identity, replacing=call.request.cookies.get(COOKIE), now=now)
    except Refused as refused:
        return _refused(call, refused.why)
    except NotPermitted:
        return _refused(call, "unknown")
    _begun(call, opened)
    return RedirectResponse("/", status_code=303)


def _provider(call: Call, name: str) -> "Oidc":
    """Return the provider of a name. Raises: NotFound: there is none."""
    from shopkeeper.api.oidc import provider_of

    found = provider_of(call.app.settings, name)
    if found is None:
        raise NotFound("provider: there is none of this name; settings oidc_issuer and oidc_client_id make one")
    return found


def _refused(call: Call, why: Refusal) -> RedirectResponse:
    """Lead back to the front door, which says why: by a cookie, so that a link cannot put words there."""
    _set_cookie(call, REFUSAL_COOKIE, why, seconds=60)
    return RedirectResponse("/sign-in", status_code=303)


def _begun(call: Call, opened: Opened) -> SessionAnswer:
    _set_cookie(call, COOKIE, opened.secret, seconds=int(WHOLE.total_seconds()))
    account = opened.signed_in.account
    return _answer(call, Caller(account.name, ROLES[role_of(account.role)]), opened.signed_in)


def _answer(call: Call, caller: Caller, found: SignedIn | None, *, refusal: str | None = None) -> SessionAnswer:
    from shopkeeper.api.oidc import providers

    app = call.app
    if caller.may("see"):
        # Both begin to be made, so that the pages which show them need not wait; a shop that nobody looks at is spared.
        app.crowd.ready()
        app.guide.begin()
    return describe(
        caller,
        found,
        shop=app.service.definitions.shop,
        ways=Ways(password=True, oidc=providers(app.settings)),
        now=call.now,
        pinned=app.settings.now is not None,
        refusal=refusal,
    )


def _set_cookie(call: Call, name: str, value: str, *, seconds: int, same_site: str = "Strict") -> None:
    said = f"{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite={same_site}"
    call.answer_headers.append("set-cookie", said)


def _address(call: Call) -> str:
    return call.request.client.host if call.request.client is not None else ""


OPERATIONS = (session, sign_in, sign_out, enter_by_link, change_password, begin_oidc, finish_oidc)
