"""What every endpoint shares: reading a body within bounds, JSON answers, errors as `{"code", "message"}`, the key."""

import hmac
import logging
import re
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shopkeeper.core.errors import BadInput, Conflict, NotFound, NotPermitted, ShopkeeperError, StoreError

MAX_BODY = 512 * 1024
MAX_DEPTH = 32

_log = logging.getLogger(__name__)
_STATUS: dict[type[ShopkeeperError], int] = {
    BadInput: 400,
    NotPermitted: 403,
    NotFound: 404,
    Conflict: 409,
    StoreError: 503,
}
_BRACKETS = re.compile(rb'"(?s:\\.|[^"\\])*+(?:"|\\?\Z)|[\[{\]}]')
"""Texts, and brackets outside of them. A text without an end is taken to the end of the body, never read twice: else
a body of quotes would be read once for each of them."""
_encoder = msgspec.json.Encoder()
T = TypeVar("T")


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
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise BadInput(f"body: more than {MAX_BODY} bytes; send fewer events in one request")
        parts.append(chunk)
    body = b"".join(parts)
    _refuse_depth(body)
    return body


def _refuse_depth(body: bytes) -> None:
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


def check_key(request: Request, key: str | None) -> None:
    """Ask for the API key where one is set. Raises: NotPermitted: it is missing or wrong."""
    if key is None:
        return
    sent = request.headers.get("authorization", "")
    if not hmac.compare_digest(sent.encode(), f"Bearer {key}".encode()):
        raise NotPermitted("send the shop's key: 'Authorization: Bearer <api_key>'")


async def on_error(_request: Request, error: Exception) -> Response:
    """Answer an error with its status and `{"code", "message"}`; what was not foreseen is logged by type only."""
    for kind, status in _STATUS.items():
        if isinstance(error, kind):
            headers = {"Retry-After": "1"} if status == 503 else None
            return Answer({"code": error.code, "message": str(error)}, status_code=status, headers=headers)
    _log.error("unforeseen %s in an endpoint", type(error).__name__)
    return Answer({"code": "internal", "message": "an error that was not foreseen; it was logged"}, status_code=500)
