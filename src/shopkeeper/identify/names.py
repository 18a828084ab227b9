"""Names: which identifiers an event carries, each in its one form, strongest first."""

import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

from shopkeeper.core.definitions import Shop
from shopkeeper.core.errors import BadInput, nearest
from shopkeeper.core.identifier import Identifier, identifier
from shopkeeper.identify import address, telephone

USER, ANONYMOUS, EMAIL, PHONE = "user_id", "anonymous_id", "email", "phone"
_RANK = {USER: 0, EMAIL: 1, ANONYMOUS: 3}
"""Who decides when several are given: what the shop itself calls somebody, then an address, then the kinds that
shop.yaml declares besides, and a browser's cookie last."""
_NO_GROUP = ("guest",)
"""What is sent for a group where there is none, beside what names nobody: no limit holds who joins a group."""


def usable_names(claims: Iterable[tuple[str, str | None]], shop: Shop) -> tuple[Identifier, ...]:
    """Keep the identifiers that can name a customer, strongest first, each once.

    Args:
        claims: (kind, value) pairs as they came; a value of None is absent. Kinds that shop.yaml does not declare, and
            blocked values such as `undefined`, are passed over.
    """
    names: dict[Identifier, None] = {}
    for kind, value in claims:
        if value is None or kind not in shop.identifiers:
            continue
        try:
            names[_naming(kind, value, shop)] = None
        except BadInput:
            continue
    return tuple(names if len(names) < 2 else by_strength(names))  # most events name one


def by_strength(names: Iterable[Identifier]) -> list[Identifier]:
    """Return identifiers, the strongest first; of one kind in the order in which they came."""
    return sorted(names, key=_rank)


def asked_name(kind: str, value: str, shop: Shop) -> Identifier:
    """Read the identifier that somebody is named by.

    Raises: BadInput: of a kind that shop.yaml does not declare, or a value that many strangers share.
    """
    _require_kind(kind, shop)
    return _naming(kind, value, shop)


def kept_name(kind: str, value: str, shop: Shop) -> Identifier:
    """Read the identifier under which somebody may be kept; what a value brought before it was blocked is still there.

    Raises: BadInput: of a kind that shop.yaml does not declare, or a value that never named anybody.
    """
    _require_kind(kind, shop)
    return _in_form(kind, value, _form(kind, shop), shop.region)


def is_blocked(name: Identifier, shop: Shop) -> bool:
    """Say whether a value that is kept names nobody from now on: shop.yaml blocks it, or it is a placeholder."""
    if name.kind not in shop.identifiers:
        return False
    try:
        _naming(name.kind, name.value, shop)
    except BadInput:
        return True
    return False


def group_id(value: str, blocked: tuple[str, ...]) -> str:
    """Read the id of a group as an identifier's value is read.

    Args:
        blocked: Values that shop.yaml blocks for its kind of groups.

    Raises: BadInput: a value that many strangers share.
    """
    return _unblocked("group", value, "text/exact", "", _NO_GROUP + blocked).value


def in_unicode_form(value: str) -> str:
    """Return a text as all its spellings in Unicode are kept, without blanks around it."""
    return value.strip() if value.isascii() else unicodedata.normalize("NFC", value).strip()


def _require_kind(kind: str, shop: Shop) -> None:
    kinds = shop.identifiers
    if kind not in kinds:
        raise BadInput(
            f"customer: {kind!r} is no kind of identifier of this shop{nearest(kind, kinds)}; "
            f"shop.yaml declares {', '.join(sorted(kinds))}"
        )


def _form(kind: str, shop: Shop) -> str:
    rule = shop.identifiers[kind]
    return f"{rule.type or (kind if kind in {EMAIL, PHONE} else 'text')}/{rule.case}"


def _naming(kind: str, value: str, shop: Shop) -> Identifier:
    """Read an identifier of a kind that there is. Raises: BadInput: it names nobody."""
    return _unblocked(kind, value, _form(kind, shop), shop.region, shop.identifiers[kind].blocked)


@lru_cache(maxsize=1 << 16)
def _unblocked(kind: str, value: str, form: str, region: str, blocked: tuple[str, ...]) -> Identifier:
    """Read an identifier, and look at it as it came too: in its form `000000` is a number like any other."""
    raw, name = identifier(kind, value), _in_form(kind, value, form, region)
    if form.startswith("phone") and not telephone.is_somebodys(raw.value, region):
        raise BadInput(f"{kind}: must be one telephone number that its country's plan has, and no placeholder")
    if not _blocked(kind, form, region, blocked).isdisjoint({raw.value.lower(), name.value.lower()}):
        raise BadInput(f"{kind}: a value that shop.yaml blocks")
    return name


@lru_cache(maxsize=1 << 8)
def _blocked(kind: str, form: str, region: str, blocked: tuple[str, ...]) -> frozenset[str]:
    """Return the values that shop.yaml blocks, as they stand there and in their form; capitals make no difference."""
    found = {value.strip().lower() for value in blocked}
    for value in blocked:
        with suppress(BadInput):
            found.add(_in_form(kind, value, form, region).value.lower())
    return frozenset(found)


@lru_cache(maxsize=1 << 16)
def _in_form(kind: str, value: str, form: str, region: str) -> Identifier:
    """Bring a value into its one form. Raises: BadInput: blocked, or no address or number of its type."""
    text = in_unicode_form(value)
    if form.startswith("email"):
        found = address.written(text)
        if found is None:
            raise BadInput(f"{kind}: must be an e-mail address")
        text = found
    elif form.startswith("phone"):
        found = telephone.written(text, region)
        if found is None:
            raise BadInput(f"{kind}: must be a telephone number, with its country's code or in shop.yaml's region")
        text = found
    elif form.endswith("fold"):
        text = text.lower()  # no more: `ß` and `ss` are two spellings, and may be two people
    return identifier(kind, text)


def _rank(name: Identifier) -> int:
    return _RANK.get(name.kind, 2)
