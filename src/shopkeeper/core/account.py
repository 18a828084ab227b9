"""Accounts: the people of the shop who may sign in, their sessions, and links that let somebody in once."""

import re
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import msgspec

from shopkeeper.core.errors import BadInput

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?")


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may sign in.

    id: Random, never shown to people; sessions and links refer to it.
    name: What is typed to sign in, lower-case. role: One of `protect.rights.ROLES`.
    password: An Argon2id hash, None where none is set.
    email, subject: How a provider of identities knows them; the subject is bound when they first come by their e-mail.
    changed_at: When anything here last changed.
    """

    id: str
    name: str
    display: str
    role: str
    created_at: datetime
    changed_at: datetime
    password: str | None = None
    email: str | None = None
    subject: str | None = None
    disabled: bool = False

    def __repr__(self) -> str:
        """Show the id alone: a name or a hash has no place in a log line."""
        return f"Account({self.id!r})"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody signed in with one browser.

    digest: SHA-256 of the secret that the browser holds, hexadecimal; the secret itself is kept nowhere.
    account: The account's id. csrf: What the browser must repeat in a header when it changes something.
    seen_at: When it was last used, to the minute. expires_at: When it ends, used or not.
    """

    digest: str
    account: str
    csrf: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime

    def __repr__(self) -> str:
        """Show the account's id alone."""
        return f"Session(account={self.account!r})"


class SignInLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that signs one account in, once; `digest` is the SHA-256 of its secret, hexadecimal."""

    digest: str
    account: str
    expires_at: datetime


class SignedIn(NamedTuple):
    """A session and whose it is."""

    session: Session
    account: Account


OWNER: Final = "owner"
"""The role of which at least one account that is not disabled must remain."""
ENDS_SESSIONS: Final = ("password", "role", "disabled", "email", "subject")
"""What of an account, when it changes, ends its sessions and takes back its links."""


def account_name(text: str) -> str:
    """Return a name as it is kept. Raises: BadInput: it is none; the text is not repeated."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise BadInput(
            "name: must be 1 to 64 letters a to z, digits, '.', '_', '@', '+' or '-', "
            "with a letter or digit at both ends"
        )
    return name


class Accounts(Protocol):
    """Keeps who may sign in, and who is."""

    async def accounts(self) -> list[Account]:
        """Return every account, by name."""
        ...

    async def find_account(self, name: str) -> Account | None:
        """Return the account of a name."""
        ...

    async def add_account(self, account: Account) -> None:
        """Keep an account. Raises: Conflict: its name, e-mail or subject is another's."""
        ...

    async def change_account(self, account: Account) -> None:
        """Replace an account; where one of `ENDS_SESSIONS` differs, its sessions and links end with it.

        Raises: NotFound: there is none of this id. Conflict: no owner who may sign in would remain, or its e-mail or
            subject is another's.
        """
        ...

    async def remove_account(self, account: str) -> None:
        """Forget an account by id, with its sessions and links. Raises: Conflict: it is the last owner's."""
        ...

    async def rehash(self, account: str, *, old: str, new: str) -> None:
        """Replace the hash of an unchanged password; nothing happens where `old` is no longer kept."""
        ...

    async def add_session(self, session: Session, *, idle_since: datetime) -> None:
        """Keep a session, and forget those that expired before it was made or were not seen since `idle_since`."""
        ...

    async def find_session(self, digest: str) -> SignedIn | None:
        """Return a session and its account, however old it is; None where the account is disabled."""
        ...

    async def touch_session(self, digest: str, seen_at: datetime) -> None:
        """Note that a session was used."""
        ...

    async def end_session(self, digest: str) -> None:
        """Forget a session."""
        ...

    async def add_link(self, link: SignInLink, *, now: datetime) -> None:
        """Keep a link, and forget those that have expired."""
        ...

    async def use_link(self, digest: str, *, now: datetime) -> Account | None:
        """Use a link up and return whose it was; None where it is unknown, used or expired, or they are disabled."""
        ...
