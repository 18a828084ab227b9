"""What the console is told about who uses it: who is signed in, what they may do, in which shop, and how to sign in."""

from datetime import datetime
from typing import Final, Literal

import msgspec

from shopkeeper.core.account import SignedIn
from shopkeeper.core.definitions import Shop
from shopkeeper.flows.accounts import role_of
from shopkeeper.protect.rights import Caller, Right, Role

Refusal = Literal["declined", "expired", "unreachable", "untrusted", "unknown"]


class SessionUser(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in.

    password: `set`; `none` yet, after a link; `elsewhere`: another system says who they are.
    """

    name: str
    display: str
    role: Role
    password: Literal["set", "none", "elsewhere"]


class ShopCard(msgspec.Struct, frozen=True, kw_only=True):
    """The shop. now: Its clock's time, which stands in the past where `pinned`."""

    name: str
    currency: str
    time_zone: str
    now: datetime
    pinned: bool


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider of identities: sign in at `/v1/session/oidc/{name}`; `title` is what people know it as."""

    name: str
    title: str


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """How one can sign in."""

    password: bool
    oidc: tuple[Provider, ...]


class SessionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls, and where they are.

    user: None where nobody is signed in. rights: What the caller may do. csrf: To be sent as `X-CSRF-Token` with
    whatever changes something. refusal: Why the last try to sign in through a provider ended, within a minute of it.
    """

    user: SessionUser | None
    rights: tuple[Right, ...]
    csrf: str | None
    shop: ShopCard
    ways: Ways
    refusal: str | None = None


class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name and password."""

    name: str
    password: str

    def __repr__(self) -> str:
        """Show nothing of it."""
        return "SignIn(…)"


class EnterByLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands behind the `#` of a link."""

    token: str

    def __repr__(self) -> str:
        """Show nothing of it."""
        return "EnterByLink(…)"


class NewPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another password for oneself; old: the one so far, left out where there is none yet."""

    new: str
    old: str | None = None

    def __repr__(self) -> str:
        """Show nothing of it."""
        return "NewPassword(…)"


REFUSALS: Final[dict[Refusal, str]] = {
    "declined": "The other system did not sign you in. Try again, or sign in with name and password.",
    "expired": "Signing in took too long, or began in another browser. Try again.",
    "unreachable": "The other system does not answer. Try again later, or sign in with name and password.",
    "untrusted": "What the other system answered cannot be trusted. Nobody was signed in; tell an owner of the shop.",
    "unknown": "Your identity is known, but no account here is meant for it. Ask an owner of the shop to add you.",
}
"""Why nobody was signed in through a provider, in words."""


def describe(
    caller: Caller,
    found: SignedIn | None,
    *,
    shop: Shop,
    ways: Ways,
    now: datetime,
    pinned: bool,
    refusal: str | None = None,
) -> SessionAnswer:
    """Tell the console who uses it.

    Args:
        now: The shop's time. refusal: A key of `REFUSALS`; anything else says nothing.
    """
    card = ShopCard(name=shop.name, currency=shop.currency, time_zone=shop.time_zone, now=now, pinned=pinned)
    said = next((words for code, words in REFUSALS.items() if code == refusal), None)
    user = None if found is None else _user(found)
    csrf = None if found is None else found.session.csrf
    rights = tuple(sorted(caller.rights))
    return SessionAnswer(user=user, rights=rights, csrf=csrf, shop=card, ways=ways, refusal=said)


def _user(found: SignedIn) -> SessionUser:
    account = found.account
    elsewhere: Literal["none", "elsewhere"] = "none" if account.email is None else "elsewhere"
    return SessionUser(
        name=account.name,
        display=account.display,
        role=role_of(account.role),
        password="set" if account.password is not None else elsewhere,
    )
