"""What can go wrong, in one tree.

A message says where, what came, what was expected and how to mend it, and never carries personal data:
`segments.yaml: lapsing.where: unknown trait 'order_90d', did you mean 'orders_90d'?`
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final


class ShopkeeperError(Exception):
    """The root of every error that Shopkeeper raises on purpose; `code` is stable for programs."""

    code = "error"


class BadInput(ShopkeeperError, ValueError):
    """Something that came from outside cannot be used as it is."""

    code = "bad_input"


class TooLarge(BadInput):
    """Something is larger than what is taken this way."""

    code = "too_large"


class NotPermitted(ShopkeeperError):
    """No legal basis or consent covers the use that was asked for."""

    code = "not_permitted"


class NotSignedIn(NotPermitted):
    """The caller did not say who they are, or their session has ended."""

    code = "not_signed_in"


class NotFound(ShopkeeperError, LookupError):
    """What was named does not exist."""

    code = "not_found"


class Conflict(ShopkeeperError):
    """Two writers disagree, or one id came with two bodies."""

    code = "conflict"


class TooManyAttempts(ShopkeeperError):
    """Somebody tries too often; `seconds` is how long to wait."""

    code = "too_many_attempts"

    def __init__(self, *, seconds: int) -> None:
        super().__init__(f"too many attempts; try again in {seconds} seconds")
        self.seconds = seconds


class Overloaded(ShopkeeperError):
    """More comes in than can be taken just now; `seconds` is how long to wait."""

    code = "overloaded"

    def __init__(self, *, seconds: int) -> None:
        super().__init__(f"more comes in than can be taken; nothing of this was kept: send it again in {seconds} s")
        self.seconds = seconds


class StoreError(ShopkeeperError):
    """The store cannot take or give what was asked: a full disk, a stopped database."""

    code = "store_error"


class Contradiction(ShopkeeperError):
    """The store can never take or give what was asked: a mistake in the program, which trying again does not mend."""

    code = "contradiction"


class LostLease(StoreError):
    """Another process follows these customers by now, and so nothing was written."""

    code = "lost_lease"


class StoreInUse(StoreError):
    """Another process writes to a store that serves one."""


PASSING: Final = (StoreError, Conflict, Overloaded)
"""What concerns everybody, and may go well when it is tried again; whatever else goes wrong concerns one."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Suggest the known name nearest to `name`, as a clause to append to a message, or an empty text."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f", did you mean {found[0]!r}?" if found else ""


def why_unread(error: OSError | UnicodeDecodeError) -> str:
    """Say why a file cannot be read, as people say it."""
    if isinstance(error, UnicodeDecodeError):
        return "it is no text in UTF-8"
    return (error.strerror or "the system does not say why").lower()
