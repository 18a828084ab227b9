import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.protect.token import OutcomeToken, read_token, sign

KEY = bytes(range(32))
TOKEN = OutcomeToken("dec_1", "coupons", "c1", 2, 0.25, "v1")


def test_a_token_comes_back_as_it_was_signed() -> None:
    assert read_token(sign(TOKEN, KEY), KEY) == TOKEN


def test_every_changed_character_is_refused() -> None:
    text = sign(TOKEN, KEY)
    for index, char in enumerate(text[:-1]):
        changed = text[:index] + ("A" if char != "A" else "B") + text[index + 1 :]
        with pytest.raises(BadInput):
            read_token(changed, KEY)


@pytest.mark.parametrize("text", ["", "x", "ä", "A" * 4000, "AQ"])
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_token(text, KEY)


def test_another_key_is_refused() -> None:
    with pytest.raises(BadInput):
        read_token(sign(TOKEN, KEY), bytes(32))
