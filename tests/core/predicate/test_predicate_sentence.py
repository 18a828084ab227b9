"""Predicates in plain English."""

import pytest

from shopkeeper.core.predicate import parse_predicate, sentence
from shopkeeper.core.trait import TraitType

SCHEMA = {
    "orders_365d": TraitType.INTEGER,
    "spend": TraitType.MONEY,
    "p_alive": TraitType.NUMBER,
    "country": TraitType.TEXT,
    "liked": TraitType.TEXTS,
    "last_order": TraitType.INSTANT,
    "wine_lover": TraitType.BOOLEAN,
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "orders_365d >= 6 and last_order < now() - interval 45 day and p_alive < 0.5",
            "orders in 365 days is at least 6 and last order was more than 45 days ago and p alive is less than 0.5",
        ),
        (
            "wine_lover or (spend > 12.50 and country = 'AT')",
            "wine lover is true or (spend is more than 12.50 and country is 'AT')",
        ),
        ("not wine_lover", "wine lover is false"),
        ("not (orders_365d > 3)", "orders in 365 days is at most 3"),
        ("6 <= orders_365d", "orders in 365 days is at least 6"),
        ("country not in ('AT', 'DE')", "country is none of 'AT', 'DE'"),
        ("country in ('AT')", "country is 'AT'"),
        ("country is not null", "country is known"),
        ("lower(country) like 'a%'", "country in lower case looks like 'a%'"),
        ("contains(liked, 'wine')", "liked contains 'wine'"),
        ("orders_365d between 2 and 5", "orders in 365 days is between 2 and 5"),
        (
            "now() between last_order and '2018-01-01T00:00Z'",
            "last order is not in the future and 2018-01-01T00:00:00Z is not in the past",
        ),
        ("last_order >= now() - interval 1 week", "last order was at most 1 week ago"),
        ("last_order > now() + interval 7 day", "last order is after 7 days from now"),
        ("last_order > '2017-12-01T00:00Z'", "last order was after 2017-12-01T00:00:00Z"),
        (
            "coalesce(spend, 0) / orders_365d > 20",
            "spend (if not known, 0) divided by orders in 365 days is more than 20",
        ),
        ("not (wine_lover and country = 'AT')", "it is not so that (wine lover is true and country is 'AT')"),
        ("true", "always"),
    ],
)
def test_sentence(text: str, said: str) -> None:
    assert sentence(parse_predicate(text, SCHEMA, place="test")) == said
