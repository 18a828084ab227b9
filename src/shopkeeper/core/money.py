"""Money: an integer in minor units and a currency; never a float once it is past the door."""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

from shopkeeper.core.errors import BadInput


class Money(NamedTuple):
    """An amount in minor units (cents) of a currency (ISO 4217)."""

    minor: int
    currency: str


@lru_cache
def digits(currency: str) -> int:
    """Count the decimal places of a currency: 2 for USD, 0 for JPY. Raises: BadInput: no such currency."""
    from babel.core import get_global

    if currency not in get_global("all_currencies"):
        raise BadInput(f"currency == {currency!r}, must be an ISO 4217 code such as 'EUR'")
    fractions = get_global("currency_fractions")
    return int(fractions.get(currency, fractions["DEFAULT"])[0])


def to_minor(amount: str | float | int | Decimal, currency: str) -> int:
    """Turn an amount in major units into minor units, half a cent to the even neighbour.

    A float is read by its shortest decimal text, so 0.29 is 29 cents.

    Raises: BadInput: not a finite number.
    """
    try:
        value = Decimal(str(amount).strip())
        return int(value.scaleb(digits(currency)).to_integral_value(ROUND_HALF_EVEN))
    except (InvalidOperation, ValueError, OverflowError):
        raise BadInput("an amount that is not a finite number such as 12.50") from None


@lru_cache(maxsize=10_000)
def format_money(minor: int, currency: str, *, locale: str = "en_US") -> str:
    """Write an amount for people: `$12.50`."""
    from babel.numbers import format_currency

    return format_currency(Decimal(minor).scaleb(-digits(currency)), currency, locale=locale)


def format_expected(minor: float, currency: str, *, locale: str = "en_US") -> str:
    """Write an expected amount for people, to a tenth of the minor unit: `$0.034`, as expectations are often small."""
    from babel.numbers import format_currency

    places = digits(currency)
    exact = Decimal(repr(round(minor, 1) + 0.0)).scaleb(-places)
    return format_currency(exact, currency, format=f"¤#,##0.{'0' * (places + 1)}", locale=locale, currency_digits=False)
