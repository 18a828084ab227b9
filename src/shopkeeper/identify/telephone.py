"""Telephone numbers in one form: E.164, and the extension behind it, such as `+4315123456;ext=12`."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_EXTENSION = r"(?:;ext=|[\s,.]*(?:e?xt(?:n|ensi[oó]n?)?|x|#|доб)[.:]?\s*)\d{1,20}"
_ALONE = re.compile(rf"(?:tel:)?[\d\s+＋()./\-‐-―−]+(?:{_EXTENSION})?", re.IGNORECASE)
"""A number and nothing else: the library would read digits out of any text, `n/a 0000` and words on a keypad too."""
_RUN = 7
"""Digits at the end that are one repeated, or that count up or down, from which on nobody is believed to have them."""
_UP, _DOWN = "01234567890123456789", "98765432109876543210"


def is_region(region: str) -> bool:
    """Say whether telephone numbers are known of a country, by its code (ISO 3166)."""
    import phonenumbers

    return region in phonenumbers.SUPPORTED_REGIONS


def written(text: str, region: str) -> str | None:
    """Write a telephone number in its one form; None: it could be nobody's, by its length alone.

    An extension is part of it: behind one number sit many colleagues.

    Args:
        region: Whose numbers are written without a country's code; empty: none are.
    """
    import phonenumbers

    number = _read(text, region)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    plain = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return f"{plain};ext={number.extension}" if number.extension else plain


def is_somebodys(text: str, region: str) -> bool:
    """Say whether a text is one telephone number that the country's plan has, and no placeholder.

    A plan grows: a number of a range that the installed tables do not have yet is nobody's until they are updated.
    That is the smaller mistake. Every text of the right length would else be a number, and join those who typed it.
    """
    import phonenumbers

    number = _read(text, region)
    if number is None or not _ALONE.fullmatch(text) or not phonenumbers.is_valid_number(number):
        return False
    typed = re.sub(r"\D", "", _before_extension(text, number))
    return not (_is_placeholder(typed) or _is_placeholder(phonenumbers.national_significant_number(number)))


def _read(text: str, region: str) -> "PhoneNumber | None":
    import phonenumbers

    try:
        return phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None


def _before_extension(text: str, number: "PhoneNumber") -> str:
    return text[: len(text) - len(number.extension)] if number.extension else text


def _is_placeholder(digits: str) -> bool:
    """Say whether digits are one repeated, or end in several that are, or that count up or down."""
    plain = "".join(str(int(digit)) for digit in digits)  # those of other scripts too
    end = plain[-_RUN:]
    return len(set(end)) <= 1 or end in _UP or end in _DOWN
