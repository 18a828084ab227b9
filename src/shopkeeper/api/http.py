"""What every endpoint shares: reading a body within bounds, JSON answers, errors as `{"code", "message"}`."""

import logging
import re
from typing import TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from shopkeeper.core.errors import (
    BadInput,
    Conflict,
    NotFound,
    NotPermitted,
    NotSignedIn,
    Overloaded,
    ShopkeeperError,
    StoreError,
    TooLarge,
    TooManyAttempts,
)
from shopkeeper.flows.definitions import DefinitionErrors, Mistake
from shopkeeper.flows.definitions.edit import EditConflict, Version

MAX_BODY = 512 * 1024
MAX_DEPTH = 32

_log = logging.getLogger(__name__)
_STATUS: dict[type[ShopkeeperError], int] = {
    TooLarge: 413,
    BadInput: 400,
    NotSignedIn: 401,
    NotPermitted: 403,
    NotFound: 404,
    Conflict: 409,
    TooManyAttempts: 429,
    Overloaded: 429,
    StoreError: 503,
}
_BRACKETS = re.compile(rb'"(?s:\\.|[^"\\])*+(?:"|\\?\Z)|[\[{\]}]')
"""Texts, and brackets outside of them. A text without an end is taken to the end of the body, never read twice: else
a body of quotes would be read once for each of them."""
_encoder = msgspec.json.Encoder()
T = TypeVar("T")


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error: `code` is for programs, `message` for people, `mistakes` names each place where there are several.

    since: With a conflict over definitions, the versions that others put in force meanwhile, newest first.
    """

    code: str
    message: str
    mistakes: tuple[Mistake, ...] = ()
    since: tuple[Version, ...] = ()


class Answer(Response):
    """A JSON answer, encoded by msgspec."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """Encode the answer."""
        return _encoder.encode(content)


async def read_body(request: Request) -> bytes:
    """Read a body of at most 512 KiB. Raises: BadInput: it is larger, or nests deeper than 32."""
    parts: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_BODY:
                raise BadInput(f"body: more than {MAX_BODY} bytes")
            parts.append(chunk)
    except ClientDisconnect:
        raise BadInput("body: the connection ended before it did") from None
    body = b"".join(parts)
    _refuse_depth(body)
    return body


def _refuse_depth(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _BRACKETS.finditer(body):
        byte = body[token.start()]
        if byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise BadInput(f"body: nested deeper than {MAX_DEPTH}")
        elif byte in b"]}":
            depth -= 1


def decode(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode a JSON body into its Struct. Raises: BadInput: not JSON, or not of the shape; names the path."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise BadInput(f"body: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"body: not JSON: {error}") from None


async def on_error(_request: Request, error: Exception) -> Response:
    """Answer an error with its status and a `Failure`; what was not foreseen is logged by type only."""
    for kind, status in _STATUS.items():
        if isinstance(error, kind):
            mistakes = error.mistakes if isinstance(error, DefinitionErrors) else ()
            wait = str(error.seconds if isinstance(error, TooManyAttempts | Overloaded) else 1)
            headers = {"Retry-After": wait} if status in {429, 503} else {}
            if status == 429:
                headers["X-RateLimit-Reset"] = wait
            since = error.since if isinstance(error, EditConflict) else ()
            failure = Failure(code=error.code, message=str(error), mistakes=mistakes, since=since)
            return Answer(failure, status_code=status, headers=headers)
    _log.error("unforeseen %s in an endpoint", type(error).__name__)
    failure = Failure(code="internal", message="an error that was not foreseen; it was logged")
    return Answer(failure, status_code=500)
