"""JSON as strangers send it: what no honest encoder writes is found, and told apart by event.

A body is read by the fast decoder first, which accepts two things that are not wanted: keys that come twice, and any
depth. Where one may be there, or the decoder refuses, the patient one decides; it can say which event of a batch is
wrong, so that the others are taken.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from math import isfinite
from typing import Any, Final, NamedTuple, Self

import msgspec

from shopkeeper.core.errors import BadInput
from shopkeeper.core.quarantine import write_body
from shopkeeper.flows.collecting.limits import DEPTH, EVENT
from shopkeeper.flows.door.reading import Refusal

_DEEPEST: Final = 200
"""Where the patient decoder stops reading; it would recurse on."""
_TEXT_OR_BRACKET = re.compile(r'"(?s:\\.|[^"\\])*+(?:"|\\?\Z)|[\[{\]}]')
FAULTS: Final = frozenset({"bad_json", "bad_number", "bad_text", "double_key", "too_deep", "too_large"})
"""The codes of what an event cannot be taken for, whatever the shop's definitions say."""
UNSEEN: Final = frozenset({"double_key", "bad_number"})
"""Codes of faults that the copy in quarantine does not show: of two keys the last was kept, of NaN its text."""
_UNUSUAL: Final = (rb"\u00", b" :", b"\t:", b"\r:", b"\n:")
"""What makes the comparison of `_keys_once` uncertain: an escaped quote or colon, and blanks before a colon."""
_DIGITS: Final = 1_000
"""Of a whole number, beyond which it is not read; float64 ends before."""
_MOST: Final = int(sys.float_info.max)
_decoder: Final = msgspec.json.Decoder()
_encoder: Final = msgspec.json.Encoder()


class Doubled(dict[str, Any]):
    """An object in which a key came twice; `said`: all that came, in order."""

    def __init__(self, said: list[tuple[str, Any]]) -> None:
        super().__init__(said)
        self.said = said


class _Beyond(float):
    """A number that no computer holds, infinite to whoever calculates with it; it is written as it came."""

    def __new__(cls, text: str) -> Self:
        """Make it of its digits."""
        beyond = super().__new__(cls, "-inf" if text.startswith("-") else "inf")
        beyond._text = text
        return beyond

    _text: str

    def __repr__(self) -> str:
        return self._text


class Shared(NamedTuple):
    """What is said of several events beside them, looked through and measured once; see `shared_by`.

    size: Its bytes, as compact JSON; they count as each event's own. fault: Why no event can be taken of which it is
    said, None if that is fine. unseen: See `unseen_in`.
    """

    size: int = 0
    fault: Refusal | None = None
    unseen: str = ""


ALONE: Final = Shared()
"""Nothing is said beside an event."""


class Sent(NamedTuple):
    """A decoded body; `doubtful`: the patient decoder read it, so that each event must be looked through."""

    value: Any
    doubtful: bool


def read_json(body: bytes) -> Sent:
    """Decode a body.

    What single events are refused for, `fault_of` finds: keys that come twice, NaN, half characters, depth.

    Raises: BadInput: not JSON in UTF-8, or too deep to be read at all; the body's content is not repeated.
    """
    try:
        found = _decoder.decode(body)
        if _keys_once(body, found):
            return Sent(found, doubtful=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, UnicodeEncodeError, RecursionError, OverflowError):
        pass  # the patient decoder says what is wrong, and where
    return Sent(_read_patiently(body), doubtful=True)


def _keys_once(body: bytes, found: Any) -> bool:
    """Say whether no key came twice: each is one `":` of the body, and again one of what was understood.

    Where a text holds `":`, its quote is escaped in both.
    """
    if any(sign in body for sign in _UNUSUAL):
        return False
    return _encoder.encode(found).count(b'":') == body.count(b'":')


def _read_patiently(body: bytes) -> Any:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"body: not JSON: no UTF-8 at byte {error.start}") from None
    if _depth(text) > _DEEPEST:
        raise BadInput(f"body: nested deeper than {DEPTH}")
    try:
        return json.loads(text, object_pairs_hook=_object, parse_float=_float, parse_int=_int)
    except json.JSONDecodeError as error:
        raise BadInput(f"body: not JSON: {error.msg} at character {error.pos}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Doubled(pairs)


def _float(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _Beyond(text)


def _int(text: str) -> int | float:
    """Read a whole number; of thousands of digits Python reads none."""
    return int(text) if len(text) <= _DIGITS else _Beyond(text)


def _depth(text: str) -> int:
    """Return how deep a text's brackets nest, whether they match or not."""
    depth = deepest = 0
    for token in _TEXT_OR_BRACKET.finditer(text):
        sign = text[token.start()]
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def shared_by(said: Mapping[str, Any]) -> Shared:
    """Look through what is said beside several events; what is too large for any event is only measured."""
    if not said:
        return ALONE
    try:
        size = len(_encoder.encode(said))
    except (ValueError, OverflowError, TypeError, RecursionError):
        size = len(write_body(said))
    if size > EVENT:
        return Shared(size, _too_large(size))
    wrong = _wrong_part(said)
    return Shared(size, wrong, unseen_in(said) if wrong else "")


def fault_of(event: Any, *, doubtful: bool, shared: Shared = ALONE) -> Refusal | None:
    """Say why an event cannot be taken whatever the shop's definitions say; None if it can.

    Args:
        event, doubtful: As `read_json` gave them.
        shared: What is said of it beside it.
    """
    if doubtful and (wrong := _wrong_part(event)) is not None:
        return wrong
    try:
        written = _encoder.encode(event)
    except (ValueError, OverflowError, TypeError, RecursionError):
        return Refusal("bad_json", "event: holds what JSON cannot")
    size = len(written) + shared.size
    if size > EVENT:
        return _too_large(size)
    may_be_deep = written.count(b"{") + written.count(b"[") > DEPTH
    wrong = _wrong_part(event) if may_be_deep and not doubtful else None
    return wrong or shared.fault


def _too_large(size: int) -> Refusal:
    return Refusal("too_large", f"event: {size} bytes, must be at most {EVENT} (32 KB)")


def unseen_in(event: Any, shared: Shared = ALONE) -> str:
    """Return a digest of what of an event its copy in quarantine does not show; an empty text if that shows all.

    That is all that was said under a key that came twice, and how a number was written that no computer holds.
    """
    told: list[str] = [shared.unseen] if shared.unseen else []
    ahead: list[tuple[Any, Any, bool]] = [("", event, False)]
    while ahead:
        name, part, whole = ahead.pop()
        inner = _members(part)
        if whole or (isinstance(part, float) and not isfinite(part)):
            told.append(repr((name, part if inner is None else (type(part).__name__, len(inner)))))
        seen = Counter(key for key, _ in inner) if isinstance(part, Doubled) and inner else {}
        ahead.extend((key, value, whole or seen.get(key, 1) > 1) for key, value in inner or ())
    return blake2b("\n".join(told).encode(), digest_size=16).hexdigest() if told else ""


def _members(part: Any) -> list[tuple[Any, Any]] | None:
    if isinstance(part, dict):
        return list(all_said(part))
    return list(enumerate(part)) if isinstance(part, list) else None


def has_double_key(value: Any) -> bool:
    """Say whether a key came twice in this object itself."""
    return isinstance(value, Doubled)


def all_said(value: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Return every key and value of an object as it came, of those too that came again."""
    return value.said if isinstance(value, Doubled) else value.items()


def _wrong_part(event: Any) -> Refusal | None:
    """Walk through an event without recursion."""
    level: list[Any] = [event]
    for _ in range(DEPTH):
        for part in level:
            if (found := _wrong(part)) is not None:
                return found
        level = [inner for part in level for inner in _inner(part)]
        if not level:
            return None
    return Refusal("too_deep", f"event: nested deeper than {DEPTH}")


def _inner(part: Any) -> Iterable[Any]:
    if isinstance(part, dict):
        return part.values()
    return part if isinstance(part, list) else ()


def _wrong(part: Any) -> Refusal | None:
    if has_double_key(part):
        return Refusal("double_key", "event: a key comes twice in one object; send each once")
    if (isinstance(part, float) and not isfinite(part)) or (isinstance(part, int) and abs(part) > _MOST):
        return Refusal("bad_number", "event: NaN, or a number that no computer holds; send null instead")
    if isinstance(part, str) and not _whole(part):
        return Refusal("bad_text", "event: a text with half a character (a lone surrogate)")
    if isinstance(part, dict) and not all(map(_whole, part)):
        return Refusal("bad_text", "event: a key with half a character (a lone surrogate)")
    return None


def _whole(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
