"""Who an event proves, and whom it only claims to be (S2)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from joserfc import jwk, jwt

from shopkeeper.core.definitions import IdentifierKind, Purpose, Shop
from shopkeeper.core.identifier import Identifier
from shopkeeper.flows.door.naming import Named, names_of
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.reading import Refusal

NOW = datetime(2024, 5, 1, tzinfo=UTC)
SECRET = b"0123456789abcdef0123456789abcdef"
SHOP = Shop(
    name="s",
    currency="EUR",
    time_zone="Europe/Vienna",
    region="AT",
    identifiers={kind: IdentifierKind() for kind in ("user_id", "anonymous_id", "email", "phone", "card")},
    purposes={"personalization": Purpose(basis="consent")},
)
SERVER = Origin("shop")
BROWSER = Origin("web", trusted=False, history=False, secret=SECRET)
USER, COOKIE, MAIL = Identifier("user_id", "u1"), Identifier("anonymous_id", "a1"), Identifier("email", "ida@x.at")


def signed(secret: bytes = SECRET, *, algorithm: str = "HS256", lives: int = 60, **claims: Any) -> str:
    said = {"exp": int((NOW + timedelta(seconds=lives)).timestamp()), **claims}
    return jwt.encode({"alg": algorithm}, said, jwk.OctKey.import_key(secret), algorithms=["HS256", "HS512"])


def named(origin: Origin, **wire: Any) -> Named:
    return names_of({"type": "identify", **wire}, SHOP, origin, now=NOW)


def test_a_server_proves_all_that_it_names_strongest_first() -> None:
    found = named(
        SERVER,
        anonymousId="a1",
        userId="u1",
        traits={"email": " Ida@X.at "},
        context={"externalIds": [{"type": "card", "id": "77"}]},
    )
    assert found == Named((USER, MAIL, Identifier("card", "77"), COOKIE))


def test_a_browser_proves_its_visitor_and_claims_the_rest() -> None:
    found = named(BROWSER, anonymousId="a1", userId="u1", traits={"email": "ida@x.at"})
    assert found == Named((COOKIE,), (USER, MAIL))


@pytest.mark.parametrize(
    "wire",
    [
        {"previousId": "a2"},
        {"context": {"externalIds": [{"type": "anonymous_id", "id": "a2"}]}},
        {"mergeProperties": [{"type": "anonymous_id", "value": "a2"}]},
    ],
    ids=["alias", "external", "merge"],
)
def test_a_browser_does_not_prove_another_visitors_cookie(wire: dict[str, Any]) -> None:
    assert named(BROWSER, anonymousId="a1", **wire) == Named((COOKIE,), (Identifier("anonymous_id", "a2"),))


def test_a_token_that_the_shops_server_signed_proves_what_it_says() -> None:
    token = signed(sub="u1", email="ida@x.at")
    found = named(BROWSER, anonymousId="a1", userId="u1", context={"identityToken": token})
    assert found == Named((USER, MAIL, COOKIE))


@pytest.mark.parametrize(
    "token",
    [
        signed(b"another secret of thirty-two byte", sub="u1"),
        signed(sub="u1", lives=-120),
        signed(sub="u1", exp=None),
        signed(sub="u1", algorithm="HS512"),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1MSJ9.",
        "rubbish",
        17,
    ],
    ids=["another secret", "expired", "endless", "another algorithm", "none", "rubbish", "number"],
)
def test_a_token_that_is_not_ours_proves_nothing(token: Any) -> None:
    found = named(BROWSER, anonymousId="a1", userId="u1", context={"identityToken": token})
    assert found == Named((COOKIE,), (USER,))


def test_a_browsers_event_without_its_visitor_waits() -> None:
    with pytest.raises(Refusal, match="identityToken"):
        named(BROWSER, userId="u1")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("0664 918 27 36", "+436649182736"), ("+1 (212) 555-0100", "+12125550100"), ("00436649182736", "+436649182736")],
)
def test_a_telephone_number_is_kept_in_one_form(given: str, kept: str) -> None:
    assert named(SERVER, userId="u1", traits={"phone": given}).names[1] == Identifier("phone", kept)


@pytest.mark.parametrize(
    "wire",
    [
        {"traits": {"email": f"{'a' * 400}@x.at"}},
        {"traits": {"phone": {"home": "01 5123456"}}},
        {"context": {"traits": {"email": ["ida@x.at"]}}},
        {"context": {"externalIds": [{"type": "web.push", "id": "p" * 400}, {"type": "card", "id": [7]}]}},
        {"mergeProperties": [{"type": "card", "value": "7" * 400}]},
        {"anonymousId": {"id": "a1"}},
        {"previousId": "a\0"},
    ],
)
def test_what_cannot_be_an_identifier_is_passed_over_where_another_names_the_customer(wire: dict[str, Any]) -> None:
    assert named(SERVER, userId="u1", **wire) == Named((USER,))
    if "anonymousId" not in wire:
        assert named(BROWSER, anonymousId="a1", **wire) == Named((COOKIE,))


@pytest.mark.parametrize("origin", [SERVER, BROWSER])
def test_an_event_whose_only_identifier_cannot_be_one_waits_and_says_which(origin: Origin) -> None:
    with pytest.raises(Refusal, match=r"anonymousId: 400 characters") as refusal:
        named(origin, anonymousId="a" * 400)
    assert refusal.value.code == "bad_text"


@pytest.mark.parametrize("origin", [SERVER, BROWSER])
def test_a_cookie_that_the_shop_does_not_declare_is_what_is_said_to_be_missing(origin: Origin) -> None:
    shop = msgspec.structs.replace(SHOP, identifiers={"user_id": IdentifierKind()})
    for wire in ({"anonymousId": "a1"}, {"anonymousId": "a1", "userId": "000"}):
        with pytest.raises(Refusal, match=r"shop\.yaml declares no `anonymous_id`; add `anonymous_id: {limit: 5}`"):
            names_of({"type": "page", **wire}, shop, origin, now=NOW)
    with pytest.raises(Refusal, match=r"userId or anonymousId: one is|a browser's event must carry it"):
        names_of({"type": "page"}, shop, origin, now=NOW)


@pytest.mark.parametrize("phone", ["000000", "0000000000", "-1", "n/a 0000", "1111111", "0664 1234567"])
def test_a_placeholder_of_a_telephone_number_names_nobody(phone: str) -> None:
    assert named(SERVER, userId="u1", traits={"phone": phone}) == Named((USER,))
    with pytest.raises(Refusal, match="not a blocked value"):
        named(SERVER, traits={"phone": phone})


def test_two_extensions_of_one_number_are_two_names() -> None:
    (first,), (second,) = (named(SERVER, traits={"phone": f"+43 1 5123456 ext. {n}"}).names for n in (12, 34))
    assert (first.value, second.value) == ("+4315123456;ext=12", "+4315123456;ext=34")


def test_two_domains_that_differ_in_a_sharp_s_are_two_names() -> None:
    sharp, plain = (named(SERVER, traits={"email": f"anna@{domain}"}).names for domain in ("weiß.at", "weiss.at"))
    assert sharp != plain


@pytest.mark.parametrize("value", ["", "000", "null", "Undefined", "-1", "anonymous", "NaN"])
def test_a_value_that_many_strangers_share_names_nobody(value: str) -> None:
    assert named(SERVER, userId=value, anonymousId="a1") == Named((COOKIE,))


@pytest.mark.parametrize("address", ["ida", "@x.at", "ida@", "ida @x.at", "i\tda@x.at"])
def test_what_is_no_address_names_nobody(address: str) -> None:
    assert named(SERVER, userId="u1", traits={"email": address}) == Named((USER,))


def test_two_ways_to_write_a_letter_are_one_name() -> None:
    composed, split = "jos\u00e9@x.at", "jose\u0301@x.at"
    assert named(SERVER, traits={"email": composed}) == named(SERVER, traits={"email": split})
