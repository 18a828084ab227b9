"""The parameters of a recommender, frozen on a validation window of real data."""

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a recommender is fitted and blended.

    minimum: An item is in the universe if so many customers bought it.
    offset: Of `power_decay`, in baskets.
    neighbours, kept: How many similar households are asked, and how many of each one's items are kept.
    similar: Weight of their mean share beside the customer's own, which counts 1.
    ridge, partners, ease_items: Of EASE; the strongest weights kept for each item; at most so many items, the most
        bought, since its time grows with the cube.
    together: Weight of EASE, applied to the square root of the customer's shares.
    popular, popular_days: Weight and window of recent popularity.
    """

    minimum: int = 20
    offset: float = 8.0
    neighbours: int = 150
    kept: int = 100
    similar: float = 1.2
    ridge: float = 300.0
    partners: int = 50
    ease_items: int = 4_000
    together: float = 0.1
    popular: float = 0.02
    popular_days: int = 28


PRODUCTS = Settings()
"""Chosen by NDCG@10 on 2017-11-06 … 2017-12-03 of The Complete Journey, the window before its last 28 days."""

CATEGORIES = Settings(similar=0.6)
"""The same for product categories: fewer items, of which everybody's own say more."""
