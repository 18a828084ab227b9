"""Permits: the proof that a use of somebody's data was allowed, when it was."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, final

from shopkeeper.core.definitions import Purpose
from shopkeeper.core.errors import NotPermitted
from shopkeeper.protect.consent import Standing

LIFETIME: Final = timedelta(minutes=5)
_MINT: Final = object()
_WHY: Final[Mapping[Standing, str]] = {
    "withdrawn": "consent was withdrawn",
    "gpc": "the browser asked for it by Global Privacy Control",
    "expired": "the consent has expired",
    "weak": "the evidence of the consent is less than shop.yaml demands",
    "unknown": "no consent",
}


@final
class Permit:
    """Leave to use one customer's data for one purpose until `expires_at`. Only `permit()` makes one."""

    __slots__ = ("basis", "customer", "expires_at", "purpose")

    def __init__(self, mint: object, *, customer: str, purpose: str, basis: str, expires_at: datetime) -> None:
        if mint is not _MINT:
            raise NotPermitted("a Permit is made by protect.permit.permit() alone")
        self.customer = customer
        self.purpose = purpose
        self.basis = basis
        self.expires_at = expires_at

    def __reduce__(self) -> tuple[Any, ...]:
        raise NotPermitted("a Permit is neither copied nor stored; ask permit() again")

    def check(self, customer: str, purpose: str, *, now: datetime) -> None:
        """Look at the permit again where it is used. Raises: NotPermitted: another use, or it has expired."""
        if customer != self.customer or purpose != self.purpose:
            raise NotPermitted(f"a permit for {self.purpose!r} does not cover this use")
        if now >= self.expires_at:
            raise NotPermitted(f"the permit for {self.purpose!r} has expired; ask again")


def permit(
    purpose: str,
    purposes: Mapping[str, Purpose],
    *,
    customer: str,
    consents: Mapping[str, Standing],
    now: datetime,
) -> Permit:
    """Allow the use of one customer's data for a purpose, or refuse it.

    Args:
        purposes: What shop.yaml declares.
        consents: Where the customer stands, by purpose; absent: unknown.

    Raises:
        NotPermitted: The purpose is not declared; its basis is consent and none stands (unknown is a refusal); or its
            basis is legitimate interest and the customer objected (GDPR art. 21); or, of either, Global Privacy
            Control turned it off.
    """
    declared = purposes.get(purpose)
    if declared is None:
        raise NotPermitted(f"purpose {purpose!r} is not declared in shop.yaml")
    stands = consents.get(purpose, "unknown")
    if declared.basis == "consent" and stands != "given":
        raise NotPermitted(f"{purpose}: {_WHY[stands]}")
    if declared.basis == "legitimate_interest" and stands in {"withdrawn", "gpc"}:
        raise NotPermitted(f"{purpose}: {'the customer objected' if stands == 'withdrawn' else _WHY['gpc']}")
    return Permit(_MINT, customer=customer, purpose=purpose, basis=declared.basis, expires_at=now + LIFETIME)
