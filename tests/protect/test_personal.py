"""What looks personal: by name in several languages, by value, and what does not although it comes close."""

import pytest

from shopkeeper.protect.personal import name_says, value_looks


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("email", "email"),
        ("customerEmail", "email"),
        ("E-Mail", "email"),
        ("contact.mail_address", "email"),
        ("correo_electrónico", "email"),
        ("Telefonnummer", "phone"),
        ("teléfono", "phone"),
        ("phoneNumber", "phone"),
        ("client_ip", "ip"),
        ("ip_address", "ip"),
        ("Vorname", "name"),
        ("prénom", "name"),
        ("shipping_last_name", "name"),
        ("Straße", "address"),
        ("billing_postal_code", "address"),
        ("dateOfBirth", "birth"),
        ("Geburtsdatum", "birth"),
        ("IBAN", "bank"),
        ("contraseña", "password"),
        ("passport_number", "id"),
        ("credit_card_number", "card"),
    ],
)
def test_a_usual_name_says_what_a_property_holds(name: str, kind: str) -> None:
    assert name_says(name) == kind


@pytest.mark.parametrize(
    "name", ["name", "product_name", "email_campaign", "is_mobile", "via", "card_type", "price", "sku", "", "日本語"]
)
def test_a_name_that_only_comes_close_says_nothing(name: str) -> None:
    assert name_says(name) is None


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("jo@example.org", "email"),
        ("write to Jo <jo.smith+x@mail.example.co.uk>, please", "email"),
        ("https://shop.example/?e=jo%40example.org&x=1", "email"),
        ("+49 170 1234567", "phone"),
        ("0049 (170) 123-4567", "phone"),
        ("192.0.2.17", "ip"),
        ("2001:db8::8a2e:370:7334", "ip"),
        ("4111 1111 1111 1111", "card"),
        (5555555555554444, "card"),
    ],
)
def test_a_value_is_known_by_its_form(value: str | int, kind: str) -> None:
    assert value_looks(value) == kind


@pytest.mark.parametrize(
    "value",
    [
        "@home",
        "a@b",
        "2026-11-22T10:00:00+01:00",
        "10:00:00",
        "+49 1",
        "4111 1111 1111 1112",
        "9999999999999995",
        "SKU-0012345",
        "1.2.3",
        "https://user@host/path",
        12345,
        "",
    ],
)
def test_a_value_that_only_comes_close_is_left_alone(value: str | int) -> None:
    assert value_looks(value) is None


@pytest.mark.parametrize("piece", ["@", "a@", "a.", "@a.", "1-", "+1", "a@a."])
def test_long_values_made_to_be_slow_are_cut_short(piece: str) -> None:
    assert value_looks(piece * 1_000_000) in {None, "email"}
