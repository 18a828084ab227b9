"""Passwords: which are refused, and how they are kept."""

import re

import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.protect import password as passwords
from shopkeeper.protect.password import SAMPLES, check_password, hash_password, is_outdated, is_sample, matches
from tests.docs.blocks import DOCUMENTS

GOOD = "a lamp in the fog"
SALT = b"0123456789abcdef"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", "must have 12"),
        ("elevenchars", "11 characters"),
        ("x" * 513, "513 characters"),
        ("ann.example-shop", "it is the name"),
        ("Ann.Example-Shop", "it is the name"),
        ("bob-the-baker", "it is the name"),
        ("annannannann", "it is the name"),
        ("password1234", "tried first"),
        ("Shopkeeper1234", "tried first"),
        ("aaaaaaaabbbbb", "tried first"),
        *((sample, "tried first") for sample in sorted(SAMPLES)),
    ],
)
def test_what_others_would_guess_is_refused_and_not_repeated(password, said):
    with pytest.raises(BadInput, match=said) as caught:
        check_password(password, names=("ann.example-shop", "ann", "bob-the-baker@example.org", ""))
    assert len(password) < 12 or password not in str(caught.value)


@pytest.mark.parametrize("password", [GOOD, "пароль из слов", "x1y2z3a4b5c6"])
def test_others_are_taken(password):
    check_password(password, names=("ann",))


def test_only_the_password_itself_matches_its_hash():
    kept = hash_password(GOOD, salt=SALT)
    assert kept.startswith("$argon2id$")
    assert GOOD not in kept
    assert matches(kept, GOOD)
    assert not matches(kept, GOOD + " ")
    assert not matches("not a hash", GOOD)
    assert hash_password(GOOD, salt=b"another salt ...") != kept


def test_letters_count_as_they_look_however_they_were_composed():
    assert matches(hash_password("caf\u00e9 au lait!", salt=SALT), "cafe\u0301 au lait!")
    assert not matches(hash_password("x" * 100 + "a", salt=SALT), "x" * 100 + "b")


def test_a_hash_of_weaker_parameters_is_outdated():
    import argon2

    weak = argon2.PasswordHasher(time_cost=1, memory_cost=1024).hash(GOOD)
    assert matches(weak, GOOD)
    assert is_outdated(weak)
    assert not is_outdated(hash_password(GOOD, salt=SALT))


def shown_secrets(text: str) -> set[str]:
    """Find what a document gives as the value of a key or a password."""
    return set(
        re.findall(r"""(?:api_key|API_KEY|client_secret|CLIENT_SECRET|[Pp]assword)\s*[=:]\s*["']([^"'$<>]{8,})""", text)
    )


def test_a_secret_that_stands_in_our_documents_lets_nobody_in():
    shown = {secret for path in DOCUMENTS for secret in shown_secrets(path.read_text())}
    assert {secret for secret in shown if not is_sample(secret)} == set()


def test_a_secret_in_a_document_would_be_seen():
    assert shown_secrets('api_key = "sesame-0123456789"') == {"sesame-0123456789"}
    assert not passwords.is_sample("sesame-0123456789")
