"""E-mail addresses in one form."""

import pytest

from shopkeeper.identify.address import written


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ida@Example.ORG", "ida@example.org"),
        ("ida+shop@till", "ida+shop@till"),
        ("ida@under_score.example.org", "ida@under_score.example.org"),
        ("Anna@WEIß.at", "anna@weiß.at"),
        ("anna@xn--wei-7ka.at", "anna@weiß.at"),
        ("Straße@example.org", "straße@example.org"),
        ("ida@MÜLLER.de", "ida@müller.de"),
        ("ida@mu\u0308ller.de", "ida@müller.de"),
        ("ida@xn--mller-kva.de", "ida@müller.de"),
        ("JOSE\u0301@example.org", "josé@example.org"),
    ],
)
def test_an_address_is_written_in_one_form(text: str, kept: str) -> None:
    assert written(text) == kept
    assert written(kept) == kept


def test_two_domains_that_others_can_register_are_two() -> None:
    assert written("anna@weiß.at") != written("anna@weiss.at")


@pytest.mark.parametrize("text", ["ida", "@x.at", "ida@", "ida @x.at", "ida@ü..de", "ida@xn--a.de", "ida@-ü-.de"])
def test_what_no_mail_could_come_to_is_no_address(text: str) -> None:
    assert written(text) is None
