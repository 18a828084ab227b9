"""Permits: the proof that a use of somebody's data was allowed, when it was."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, final

from shopkeeper.core.definitions import Purpose
from shopkeeper.core.errors import NotPermitted

LIFETIME: Final = timedelta(minutes=5)
_MINT: Final = object()


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
    consents: Mapping[str, bool],
    now: datetime,
) -> Permit:
    """Allow the use of one customer's data for a purpose, or refuse it.

    Args:
        purposes: What shop.yaml declares.
        consents: The customer's latest word by purpose: True given, False withdrawn or objected; absent: unknown.

    Raises:
        NotPermitted: The purpose is not declared; its basis is consent and none is known (unknown is a refusal);
            or its basis is legitimate interest and the customer objected (GDPR art. 21).
    """
    declared = purposes.get(purpose)
    if declared is None:
        raise NotPermitted(f"purpose {purpose!r} is not declared in shop.yaml")
    said = consents.get(purpose)
    if declared.basis == "consent" and said is not True:
        raise NotPermitted(f"{purpose}: no consent" if said is None else f"{purpose}: consent was withdrawn")
    if declared.basis == "legitimate_interest" and said is False:
        raise NotPermitted(f"{purpose}: the customer objected")
    return Permit(_MINT, customer=customer, purpose=purpose, basis=declared.basis, expires_at=now + LIFETIME)
