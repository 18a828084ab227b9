"""Names on the wire: which identifiers an event carries, strongest first."""

from collections.abc import Collection, Iterable

from shopkeeper.core.errors import BadInput, nearest
from shopkeeper.core.identifier import Identifier, identifier

EMAIL = "email"
STRENGTH = ("user_id", "anonymous_id", EMAIL)
"""Who decides when several are given. An e-mail comes last: anybody can type one, so it never leads an event of a
visitor whom the client names otherwise into a stranger's history."""


def usable_names(claims: Iterable[tuple[str, str | None]], kinds: Collection[str]) -> tuple[Identifier, ...]:
    """Keep the identifiers that can name a customer, strongest first.

    Args:
        claims: (kind, value) pairs as they came; a value of None is absent.
        kinds: The kinds that shop.yaml declares; others, and blocked values such as `undefined`, are passed over.
    """
    names = []
    for kind, value in claims:
        if value is None or kind not in kinds:
            continue
        try:
            names.append(identifier(kind, _spelled(kind, value)))
        except BadInput:
            continue
    return tuple(sorted(names, key=_rank))


def asked_name(kind: str, value: str, kinds: Collection[str]) -> Identifier:
    """Read the identifier of a customer who is asked for.

    Raises: BadInput: of a kind that shop.yaml does not declare, or a value that many strangers share.
    """
    if kind not in kinds:
        raise BadInput(
            f"customer: {kind!r} is no kind of identifier of this shop{nearest(kind, kinds)}; "
            f"shop.yaml declares {', '.join(sorted(kinds))}"
        )
    return identifier(kind, _spelled(kind, value))


def _spelled(kind: str, value: str) -> str:
    return value.lower() if kind == EMAIL else value


def _rank(name: Identifier) -> int:
    if name.kind == EMAIL:
        return len(STRENGTH) + 1
    return STRENGTH.index(name.kind) if name.kind in STRENGTH else 1
