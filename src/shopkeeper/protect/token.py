"""Outcome tokens: what was decided, signed, so that an outcome can be credited even if the decision's row is lost."""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

import msgspec

from shopkeeper.core.errors import BadInput

_KEY_VERSION = b"\x01"
_MAC = 16


class OutcomeToken(msgspec.Struct, frozen=True, array_like=True):
    """One pick of one decision.

    probability: Of this item at this place, given the places before. arm: The kind of customer that its outcome teaches
    about, such as a coupon's role in their hands.
    """

    decision: str
    slot: str
    item: str
    place: int
    probability: float
    version: str
    arm: str = ""


def _mac(key: bytes, body: bytes) -> bytes:
    return blake2b(body, digest_size=_MAC, key=key, person=b"outcome").digest()


def sign(token: OutcomeToken, key: bytes) -> str:
    """Write a token as URL-safe text: a key version, the pick, a keyed BLAKE2b tag of 16 bytes."""
    body = _KEY_VERSION + msgspec.msgpack.encode(token)
    return urlsafe_b64encode(body + _mac(key, body)).rstrip(b"=").decode()


def read_token(text: str, key: bytes) -> OutcomeToken:
    """Read a token that `sign` wrote. Raises: BadInput: changed, cut, or signed under another key."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        body, tag = raw[:-_MAC], raw[-_MAC:]
        if body[:1] != _KEY_VERSION or not hmac.compare_digest(tag, _mac(key, body)):
            raise BadInput("token: not signed by this shop, or changed on the way")
        return msgspec.msgpack.decode(body[1:], type=OutcomeToken)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise BadInput("token: not signed by this shop, or changed on the way") from None
