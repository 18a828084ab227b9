"""Who may sign in: what an owner sees and changes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Annotated, Final, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from shopkeeper.core.account import Account, account_name
from shopkeeper.core.errors import BadInput, NotFound, nearest
from shopkeeper.core.ids import new_id
from shopkeeper.core.store import Store
from shopkeeper.flows.entrance import Entrance
from shopkeeper.protect.password import check_password
from shopkeeper.protect.rights import ROLES, Right, Role

LOCAL_OWNER: Final = "owner"
"""The name of the account that `local_owner_link` makes."""
_DISPLAY: Final = 100


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may sign in, as an owner sees them.

    ways: How they can sign in now: `password`, `identity`; empty: only by a link.
    role_words: What the role is for, in a sentence.
    """

    name: str
    display: str
    role: Role
    role_words: str
    ways: tuple[str, ...]
    email: str | None
    created_at: datetime
    changed_at: datetime
    disabled: bool


class RoleWords(msgspec.Struct, frozen=True, kw_only=True):
    """A role that may be given: its name, what it is for, and its rights."""

    name: Role
    words: str
    rights: tuple[Right, ...]


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who may sign in, by name, and the roles that there are."""

    people: tuple[Person, ...]
    roles: tuple[RoleWords, ...]


class NewPerson(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account to be added.

    name: What is typed to sign in. display: What others read; the name where it is not given.
    password: At least 12 characters; without one, make a link for the first time.
    email: Under which a provider of identities knows them, where they sign in through one.
    """

    name: str
    role: Role
    display: str = ""
    password: str | None = None
    email: str | None = None


class PersonChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of an account; what is not named stays.

    Another role, password, e-mail or `disabled` signs the person out everywhere. password, email: null takes it away.
    """

    display: str | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    password: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET


class LinkRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a link is to last, in minutes, at most a week."""

    minutes: Annotated[int, Meta(ge=1, le=10080)] = 60


class PersonLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that signs a person in once; whoever has it is that person, so hand it over in private."""

    url: str
    expires_at: datetime


WORDS: Final[dict[Role, str]] = {
    "owner": "Everything, and who else may sign in.",
    "marketer": "Defines segments, offers and slots, imports data and puts it in force.",
    "analyst": "Reads every figure, trains models; sees customers by pseudonym, without names.",
    "staff": "Serves customers: looks them up, takes notes, records what they bought.",
    "privacy_officer": "Looks customers up by name, sees what is kept about them and why.",
    "read_only": "Reads figures and definitions; sees no single customer.",
}
"""What each role is for."""


async def list_people(store: Store) -> People:
    """List everybody who may sign in, and the roles."""
    return People(people=tuple(map(person, await store.accounts())), roles=tuple(map(_role, get_args(Role))))


def person(account: Account) -> Person:
    """Show an account without its secrets."""
    role = role_of(account.role)
    ways = [("password", account.password), ("identity", account.email or account.subject)]
    return Person(
        name=account.name,
        display=account.display,
        role=role,
        role_words=WORDS[role],
        ways=tuple(way for way, kept in ways if kept),
        email=account.email,
        created_at=account.created_at,
        changed_at=account.changed_at,
        disabled=account.disabled,
    )


def role_of(text: str) -> Role:
    """Return a role. Raises: BadInput: there is none of this name."""
    for role in ROLES:
        if role == text:
            return role
    raise BadInput(f"role == {text!r}{nearest(text, ROLES)}, must be one of {', '.join(ROLES)}")


def _role(role: Role) -> RoleWords:
    return RoleWords(name=role, words=WORDS[role], rights=tuple(sorted(ROLES[role])))


async def named(store: Store, name: str) -> Account:
    """Return the account of a name. Raises: NotFound: there is none; the name is not repeated."""
    account = await store.find_account(name.strip().lower())
    if account is None:
        raise NotFound("name: nobody of this name may sign in; look at the list of people")
    return account


async def add_person(store: Store, entrance: Entrance, asked: NewPerson, *, now: datetime, rng: Random) -> Person:
    """Add an account. Raises: BadInput: name, e-mail or password. Conflict: the name or e-mail is taken."""
    name, email = account_name(asked.name), _email(asked.email)
    display = _display(asked.display) or name
    if asked.password is not None:
        check_password(asked.password, names=(name, display, email or ""))
    account = Account(
        id=new_id("usr", now, rng),
        name=name,
        display=display,
        role=asked.role,
        created_at=now,
        changed_at=now,
        password=None if asked.password is None else await entrance.hash(asked.password),
        email=email,
    )
    await store.add_account(account)
    return person(account)


async def change_person(store: Store, entrance: Entrance, name: str, change: PersonChange, *, now: datetime) -> Person:
    """Change an account; what touches who they are signs them out.

    Raises: NotFound: nobody of this name. BadInput: a weak password. Conflict: the last owner, or an e-mail taken.
    """
    account = await named(store, name)
    given = {field: value for field, value in msgspec.structs.asdict(change).items() if value is not UNSET}
    if "email" in given:
        given |= {"email": _email(given["email"]), "subject": None}
    if "display" in given:
        given["display"] = _display(given["display"]) or account.name
    if given.get("password") is not None:
        shown = given.get("display", account.display), given.get("email", account.email) or ""
        check_password(given["password"], names=(account.name, *shown))
        given["password"] = await entrance.hash(given["password"])
    changed = replace(account, **given, changed_at=now)
    await store.change_account(changed)
    return person(changed)


async def remove_person(store: Store, name: str) -> Person:
    """Remove an account and return what it was. Raises: NotFound: nobody of this name. Conflict: the last owner."""
    account = await named(store, name)
    await store.remove_account(account.id)
    return person(account)


async def make_link(
    store: Store, entrance: Entrance, name: str, *, minutes: int, base: str, now: datetime
) -> PersonLink:
    """Make a link that signs a person in once.

    Args:
        base: Where the console answers, such as `http://127.0.0.1:8765`. The secret stands behind `#`, which browsers
            send to nobody.

    Raises: NotFound: nobody of this name. BadInput: they are disabled.
    """
    account = await named(store, name)
    if account.disabled:
        raise BadInput("name: this account is disabled; enable it first")
    lasts = timedelta(minutes=minutes)
    secret = await entrance.make_link(account, lasts=lasts, now=now)
    return PersonLink(url=f"{base.rstrip('/')}/enter#{secret}", expires_at=now + lasts)


async def local_owner_link(store: Store, entrance: Entrance, *, base: str, now: datetime, rng: Random) -> PersonLink:
    """Make a link for an owner without a password, and that owner where there is none: for a shop on one's own machine.

    Args:
        base: Where the console answers, such as `http://127.0.0.1:8765`.
    """
    if await store.find_account(LOCAL_OWNER) is None:
        asked = NewPerson(name=LOCAL_OWNER, display="Local owner", role="owner")
        await add_person(store, entrance, asked, now=now, rng=rng)
    return await make_link(store, entrance, LOCAL_OWNER, minutes=60, base=base, now=now)


def can_sign_in(accounts: Sequence[Account], *, identities: bool) -> bool:
    """Say whether anybody could sign in from elsewhere, by password or, where there is a provider, by identity."""
    return any(
        not one.disabled and (one.password is not None or (identities and one.email is not None)) for one in accounts
    )


def _email(text: str | None) -> str | None:
    if text is None:
        return None
    email = text.strip().lower()
    before, at, after = email.partition("@")
    if not at or not before or "." not in after or len(email) > 254 or any(letter.isspace() for letter in email):
        raise BadInput("email: must be an e-mail address, such as ann@example.org")
    return email


def _display(text: str) -> str:
    display = " ".join(text.split())
    if len(display) > _DISPLAY or not display.isprintable():
        raise BadInput(f"display: must be at most {_DISPLAY} printable characters")
    return display
