"""Rights: what a person or a program may do, by role."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, get_args

from shopkeeper.core.source import EventSource

Right = Literal["collect", "decide", "see", "customers", "personal", "notes", "edit", "models", "accounts"]
"""What an operation needs.

collect: send events. decide: ask what a customer should see. see: figures, definitions, sources, models. customers:
single customers, by pseudonym. personal: identifiers, values that name a person, rows in quarantine. notes: notes,
tasks and words of consent taken for a customer, and whether two customers are one. edit: definitions, imports,
replays. models: train and put in force. accounts: who may sign in.
"""
Role = Literal["owner", "marketer", "analyst", "staff", "privacy_officer", "read_only"]

RIGHTS: Final[frozenset[Right]] = frozenset(get_args(Right))
ROLES: Final[Mapping[Role, frozenset[Right]]] = {
    "owner": RIGHTS,
    "marketer": frozenset({"decide", "see", "customers", "personal", "notes", "edit"}),
    "analyst": frozenset({"decide", "see", "customers", "models"}),
    "staff": frozenset({"collect", "decide", "see", "customers", "personal", "notes"}),
    "privacy_officer": frozenset({"see", "customers", "personal", "notes"}),
    "read_only": frozenset({"see"}),
}
PROGRAM: Final[frozenset[Right]] = RIGHTS - {"accounts"}
"""A program with the shop's key."""
LOCAL: Final[frozenset[Right]] = frozenset({"collect", "decide", "see", "customers", "personal"})
"""A program on this machine where no key is set: it may use the shop, and change nothing about it."""
LOCAL_BESIDE_SOURCES: Final[frozenset[Right]] = LOCAL - {"collect"}
"""The same where sources are registered: who sends says by a write key which of them it is."""
LOCAL_NAME: Final = "local"

WRITE_KEY: Final[frozenset[Right]] = frozenset({"collect", "decide"})
"""A source with its write key, in those operations that are open to its kind of key, and no other."""


class Caller(NamedTuple):
    """Who calls.

    name: The account's, the source's, `api key` or `local`. session: Digest of the session, empty without one.
    source: The source whose write key was shown.
    """

    name: str
    rights: frozenset[Right]
    role: Role | None = None
    session: str = ""
    source: EventSource | None = None

    def may(self, right: Right | None) -> bool:
        """Say whether the caller may do what needs `right`; None needs none."""
        return right is None or right in self.rights


NOBODY: Final = Caller("", frozenset())
"""Somebody who is not signed in."""
