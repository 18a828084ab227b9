import pickle
from datetime import UTC, datetime, timedelta

import pytest

from shopkeeper.core.definitions import Purpose
from shopkeeper.core.errors import NotPermitted
from shopkeeper.protect.consent import Standing
from shopkeeper.protect.permit import LIFETIME, Permit, permit

NOW = datetime(2017, 12, 4, tzinfo=UTC)
PURPOSES = {
    "personalization": Purpose(basis="legitimate_interest"),
    "advertising": Purpose(basis="consent"),
    "receipts": Purpose(basis="contract"),
}


def ask(purpose: str, **consents: Standing) -> Permit:
    return permit(purpose, PURPOSES, customer="cus_1", consents=consents, now=NOW)


@pytest.mark.parametrize(
    ("purpose", "consents", "allowed"),
    [
        ("personalization", {}, True),
        ("personalization", {"personalization": "given"}, True),
        ("personalization", {"personalization": "expired"}, True),
        ("personalization", {"personalization": "withdrawn"}, False),
        ("personalization", {"personalization": "gpc"}, False),
        ("personalization", {"advertising": "withdrawn"}, True),
        ("advertising", {}, False),
        ("advertising", {"advertising": "given"}, True),
        ("advertising", {"advertising": "withdrawn"}, False),
        ("advertising", {"advertising": "gpc"}, False),
        ("advertising", {"advertising": "expired"}, False),
        ("advertising", {"advertising": "weak"}, False),
        ("advertising", {"advertising": "unknown"}, False),
        ("advertising", {"personalization": "given"}, False),
        ("receipts", {"receipts": "withdrawn"}, True),
        ("resale", {}, False),
    ],
)
def test_a_use_is_allowed_only_by_its_own_basis(purpose: str, consents: dict[str, Standing], allowed: bool) -> None:
    if allowed:
        assert ask(purpose, **consents).purpose == purpose
    else:
        with pytest.raises(NotPermitted):
            ask(purpose, **consents)


def test_only_permit_makes_a_permit() -> None:
    with pytest.raises(NotPermitted, match="alone"):
        Permit(object(), customer="cus_1", purpose="personalization", basis="consent", expires_at=NOW)
    with pytest.raises(NotPermitted):
        pickle.dumps(ask("personalization"))


def test_a_permit_covers_one_customer_one_purpose_and_five_minutes() -> None:
    given = ask("personalization")
    given.check("cus_1", "personalization", now=NOW + LIFETIME - timedelta(seconds=1))
    for customer, purpose, now in [
        ("cus_2", "personalization", NOW),
        ("cus_1", "receipts", NOW),
        ("cus_1", "personalization", NOW + LIFETIME),
    ]:
        with pytest.raises(NotPermitted):
            given.check(customer, purpose, now=now)
