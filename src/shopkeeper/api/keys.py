"""Write keys: how a source shows its own, and which operations are open to which kind."""

import binascii
from base64 import b64decode
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from starlette.requests import Request

from shopkeeper.api.bodies import body_of
from shopkeeper.core.errors import BadInput, TooLarge
from shopkeeper.core.source import SourceKind

WRITE_KEY: Final = "x-write-key"


class ForKeys(NamedTuple):
    """How an operation is open to write keys.

    kinds: Of sources. within: Where the key may also stand than in the headers: as `writeKey` of the body or query, or
    as `write_key` of the path.
    """

    kinds: frozenset[SourceKind]
    within: Literal["body", "query", "path"] | None = None


BROWSER: Final[frozenset[SourceKind]] = frozenset({"browser"})
BOTH: Final[frozenset[SourceKind]] = frozenset({"browser", "server"})


def key_in_headers(request: Request) -> str | None:
    """Return the key that the headers show: `Basic base64(key:)`, `Bearer key` or `X-Write-Key`; None if they do not.

    A header that shows one in no way that can be read shows an empty one, which is nobody's.
    """
    sent = request.headers.get("authorization")
    if sent is None:
        return request.headers.get(WRITE_KEY)
    scheme, _, said = sent.strip().partition(" ")
    if scheme.lower() == "bearer":
        return said.strip()
    return _basic(said.strip()) if scheme.lower() == "basic" else ""


@lru_cache(maxsize=1024)
def _basic(said: str) -> str:
    """Return the user's name of Basic credentials; a client that leaves out the colon is understood too."""
    try:
        return b64decode(said + "=" * (-len(said) % 4), validate=True).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return ""


async def key_within(request: Request, keys: ForKeys) -> str | None:
    """Return the key that stands where an operation lets it stand, None where there is none.

    Raises: BadInput, TooLarge: the body is larger than any may be.
    """
    if keys.within == "path":
        return str(request.path_params.get("write_key", ""))
    asked = request.query_params.get("writeKey")
    if keys.within == "query" or asked is not None:
        return asked
    body = await body_of(request)
    try:
        said = body.read().value
    except TooLarge:
        raise
    except BadInput:
        return None  # the operation says what is wrong, to whom it knows
    key = said.get("writeKey") if isinstance(said, dict) else None
    return key if isinstance(key, str) else None
