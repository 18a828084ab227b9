"""Names: which identifiers an event carries, each in its one form, strongest first."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from shopkeeper.core.definitions import Shop
from shopkeeper.core.errors import BadInput, nearest
from shopkeeper.core.identifier import Identifier, identifier

USER, ANONYMOUS, EMAIL, PHONE = "user_id", "anonymous_id", "email", "phone"
_RANK = {USER: 0, EMAIL: 1, ANONYMOUS: 3}
"""Who decides when several are given: what the shop itself calls somebody, then an address, then the kinds that
shop.yaml declares besides, and a browser's cookie last."""


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
            names[_unblocked(_in_its_form(kind, value, shop), shop)] = None
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
    return _unblocked(kept_name(kind, value, shop), shop)


def kept_name(kind: str, value: str, shop: Shop) -> Identifier:
    """Read the identifier under which somebody may be kept; what a value brought before it was blocked is still there.

    Raises: BadInput: of a kind that shop.yaml does not declare, or a value that never named anybody.
    """
    kinds = shop.identifiers
    if kind not in kinds:
        raise BadInput(
            f"customer: {kind!r} is no kind of identifier of this shop{nearest(kind, kinds)}; "
            f"shop.yaml declares {', '.join(sorted(kinds))}"
        )
    return _in_its_form(kind, value, shop)


def is_blocked(name: Identifier, shop: Shop) -> bool:
    """Say whether shop.yaml blocks a value, so that it names nobody from then on."""
    rule = shop.identifiers.get(name.kind)
    if rule is None or not rule.blocked:
        return False
    return name.value.casefold() in (blocked.casefold() for blocked in rule.blocked)


def is_region(region: str) -> bool:
    """Say whether telephone numbers are known of a country, by its code (ISO 3166)."""
    import phonenumbers

    return region in phonenumbers.SUPPORTED_REGIONS


def _unblocked(name: Identifier, shop: Shop) -> Identifier:
    if is_blocked(name, shop):
        raise BadInput(f"{name.kind}: a value that shop.yaml blocks")
    return name


def _in_its_form(kind: str, value: str, shop: Shop) -> Identifier:
    rule = shop.identifiers[kind]
    form = rule.type or (kind if kind in {EMAIL, PHONE} else "text")
    return _in_form(kind, value, f"{form}/{rule.case}", shop.region)


@lru_cache(maxsize=1 << 16)
def _in_form(kind: str, value: str, form: str, region: str) -> Identifier:
    """Bring a value into its one form. Raises: BadInput: blocked, or no address or number of its type."""
    text = value.strip() if value.isascii() else unicodedata.normalize("NFC", value).strip()
    if form.startswith("email"):
        text = _address(kind, text)
    elif form.startswith("phone"):
        text = _number(kind, text, region)
    elif form.endswith("fold"):
        text = text.casefold()
    return identifier(kind, text)


def _address(kind: str, text: str) -> str:
    """Fold an e-mail address; what stands before the @ is the provider's own, and keeps its dots and signs."""
    local, at, domain = text.rpartition("@")
    if not (local and at and domain) or any(sign.isspace() for sign in text):
        raise BadInput(f"{kind}: must be an e-mail address")
    return text.casefold()


def _number(kind: str, text: str, region: str) -> str:
    """Write a telephone number as E.164."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise BadInput(f"{kind}: must be a telephone number, with its country's code or in shop.yaml's region")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _rank(name: Identifier) -> int:
    return _RANK.get(name.kind, 2)
