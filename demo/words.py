"""How the terminal and the report both call things, and the rows that both lay out as tables."""

from collections.abc import Iterable, Iterator, Sequence

from demo.result import Anyway, Pick, Score

LEVELS = {"product": "Products", "category": "Product categories"}
METHODS = {
    "shopkeeper": "Shopkeeper",
    "frequency": "personal frequency",
    "popular": "recent popularity",
    "random": "random",
}
CHOOSERS = {"shopkeeper": "Shopkeeper's choice", "chain": "the chain's mailing"}

SCORE_HEADINGS = ("method", "NDCG@10", "95 % interval", "hit rate", "coverage", "diversity", "Shopkeeper is ahead by")
ANYWAY_HEADINGS = ("coupons chosen by", "share", "95 % interval", "expected cost", "coupons", "households")
PICK_HEADINGS = ("item", "why")
COUPON_HEADINGS = ("coupon", "role", "costs", "bought anyway", "why")

Row = tuple[str, ...]


def score_rows(methods: dict[str, Score]) -> Iterator[Row]:
    """Put each method's figures in words, Shopkeeper first."""
    for name, word in METHODS.items():
        if name in methods:
            score = methods[name]
            ahead = "" if score.ahead is None else "{:+.3f} ({:+.3f} to {:+.3f})".format(*score.ahead)
            interval = f"{score.low:.3f} to {score.high:.3f}"
            shares = f"{score.hit:.1%}", f"{score.coverage:.1%}", f"{score.diversity:.3f}"
            yield word, f"{score.ndcg:.3f}", interval, *shares, ahead


def anyway_rows(sides: dict[str, Anyway]) -> Iterator[Row]:
    """Put the figures of who chose the coupons in words."""
    for who, side in sides.items():
        interval = f"{side.low:.1%} to {side.high:.1%}"
        counts = f"${side.cost / 100:,.2f}", f"{side.coupons:,}", f"{side.households:,}"
        yield CHOOSERS[who], f"{side.share:.1%}", interval, *counts


def pick_rows(picks: Iterable[Pick]) -> Iterator[Row]:
    """Put items and why they were picked in words."""
    for pick in picks:
        yield pick.title, "; ".join(pick.reasons)


def coupon_rows(picks: Iterable[Pick]) -> Iterator[Row]:
    """Put coupons, what they are for and what they cost in words."""
    for pick in picks:
        anyway = "" if pick.p_anyway is None else f"{pick.p_anyway:.0%}"
        yield pick.title, pick.role, pick.cost, anyway, "; ".join(pick.reasons)


def titles(picks: Sequence[Pick]) -> list[str]:
    """List titles, each with its role if it has one."""
    return [f"{pick.title} ({pick.role})" if pick.role else pick.title for pick in picks]
