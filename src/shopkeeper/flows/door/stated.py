"""Traits that somebody states: typed as declared for the log, or kept apart as personal data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from shopkeeper.core.errors import BadInput
from shopkeeper.core.event import SCALE
from shopkeeper.core.instant import micros, parse_instant
from shopkeeper.core.trait import Trait, TraitType
from shopkeeper.flows.door.reading import (
    MAX_NAME,
    MAX_TEXT,
    Refusal,
    read_minor,
    read_money,
    read_number,
    read_text,
    refuse_nul,
    require_plain,
)

_TRUE = frozenset({"true", "yes", "1", "t", "y"})
_FALSE = frozenset({"false", "no", "0", "f", "n"})
_MAX_NUMBER = 9 * 10**12


class Stated(NamedTuple):
    """Traits sorted by where they go: four kinds of log field and `extra`, or `personal`."""

    texts: dict[str, str]
    numbers: dict[str, int]
    money: dict[str, int]
    flags: dict[str, bool]
    extra: dict[str, Any]
    personal: dict[str, str]


class _Rules(NamedTuple):
    currency: str
    minor: bool
    naive: ZoneInfo | None


def sort_traits(
    traits: Mapping[str, Any],
    declared: Mapping[str, Trait],
    *,
    currency: str,
    minor: bool = False,
    naive: ZoneInfo | None = None,
) -> Stated:
    """Type stated traits as declared; what is personal or declared nowhere never reaches the log.

    Args:
        minor: Whether money traits came in minor units.
        naive: The zone of instants that name none.

    Raises: Refusal: a value of another type, or a trait that is computed or predicted and so cannot be stated.
    """
    stated = Stated({}, {}, {}, {}, {}, {})
    rules = _Rules(currency, minor, naive)
    for name, value in traits.items():
        if value is None:
            continue
        if len(name) > MAX_NAME:
            raise Refusal("bad_trait", f"a trait's name: must be at most {MAX_NAME} characters")
        trait = declared.get(name)
        if trait is None or trait.personal:
            stated.personal[name] = _personal(name, value)
        elif trait.source in {"computed", "predicted"}:
            raise Refusal("bad_trait", f"{name}: is {trait.source} here, and so cannot be stated")
        else:
            _write(stated, trait, value, rules)
    return stated


def _personal(name: str, value: Any) -> str:
    require_plain(value, name)
    return refuse_nul(value.strip(), name) if isinstance(value, str) else msgspec.json.encode(value).decode()


def _write(stated: Stated, trait: Trait, value: Any, rules: _Rules) -> None:
    name = trait.name
    match trait.type:
        case TraitType.BOOLEAN:
            stated.flags[name] = _boolean(name, value)
        case TraitType.INTEGER:
            stated.numbers[name] = _number(name, value, whole=True)
        case TraitType.NUMBER:
            stated.numbers[name] = _number(name, value)
        case TraitType.MONEY:
            stated.money[name] = read_minor(value, name) if rules.minor else read_money(value, name, rules.currency)
        case TraitType.TEXT:
            stated.texts[name] = read_text(value, name, limit=MAX_TEXT) or ""
        case TraitType.TEXTS:
            stated.extra[name] = _texts(name, value)
        case TraitType.INSTANT:
            stated.numbers[name] = _instant(name, value, rules.naive)


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise Refusal("bad_trait", f"{name}: must be true or false")
    return word in _TRUE


def _number(name: str, value: Any, *, whole: bool = False) -> int:
    number = read_number(value, name, code="bad_trait")
    if abs(number) > _MAX_NUMBER or (whole and number != number.to_integral_value()):
        raise Refusal("bad_trait", f"{name}: must be a {'whole ' if whole else ''}number within ±{_MAX_NUMBER}")
    return round(number * SCALE)


def _texts(name: str, value: Any) -> list[str]:
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise Refusal("bad_trait", f"{name}: must be a list of texts")
    return sorted({text for part in parts if (text := read_text(part, name)) is not None})


def _instant(name: str, value: Any, naive: ZoneInfo | None) -> int:
    """Read an instant as millionths of a second since 1970, which are microseconds."""
    text = value.isoformat() if isinstance(value, datetime) else value
    try:
        at = parse_instant(text, naive=naive) if isinstance(text, str) else None
    except (BadInput, OverflowError):
        at = None
    if at is None:
        raise Refusal("bad_trait", f"{name}: must be an ISO 8601 instant with a zone")
    return micros(at)
