"""Components: which parts are one customer, by the links that join them."""

from collections.abc import Collection, Iterable

from shopkeeper.core.identity import Link


def components(of: Collection[str], joining: Iterable[Link]) -> dict[str, str]:
    """Return the smallest part that each part is joined to."""
    whose = {part: part for part in of}

    def root(part: str) -> str:
        while whose[part] != part:
            whose[part] = whose[whose[part]]
            part = whose[part]
        return part

    for link in joining:
        low, high = sorted((root(link.a), root(link.b)))
        whose[high] = low
    return {part: root(part) for part in of}
