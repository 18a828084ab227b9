"""How the terminal and the report both call things, and the rows that both lay out as tables."""

from collections.abc import Iterable, Iterator, Sequence

from demo.result import Anyway, Coupons, Pick, Score

LEVELS = {"product": "Products", "category": "Product categories"}
METHODS = {
    "shopkeeper": "Shopkeeper",
    "frequency": "personal frequency",
    "popular": "recent popularity",
    "random": "random",
}

SCORE_HEADINGS = (
    "method",
    "NDCG@10",
    "95 % interval",
    "ahead by",
    "new items",
    "hit rate",
    "coverage",
    "diversity",
)
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
            shares = f"{score.hit:.1%}", f"{score.coverage:.1%}", f"{score.diversity:.3f}"
            yield (
                word,
                f"{score.ndcg:.3f}",
                f"{score.low:.3f} to {score.high:.3f}",
                ahead,
                f"{score.ndcg_new:.3f}",
                *shares,
            )


def anyway_rows(coupons: Coupons) -> Iterator[Row]:
    """Put the figures of who chose the coupons in words."""
    for who, side in sides(coupons).items():
        interval = f"{side.low:.1%} to {side.high:.1%}"
        counts = f"${side.cost / 100:,.2f}", f"{side.coupons:,}", f"{side.households:,}"
        yield who, f"{side.share:.1%}", interval, *counts


def sides(coupons: Coupons) -> dict[str, Anyway]:
    """Return both sides by what they are called."""
    return {"Shopkeeper's choice": coupons.shopkeeper, "the chain's mailing": coupons.chain}


def coupon_sentences(coupons: Coupons) -> Iterator[str]:
    """Say what the comparison found, how sure that is, and what the held-out weeks say of it."""
    difference, low, high = coupons.difference
    verdict = "less" if high < 0 else "more" if low > 0 else "a tie"
    yield f"Difference {difference:+.1%} (95 % interval {low:+.1%} to {high:+.1%}): {verdict}."
    for who, side in sides(coupons).items():
        if side.least is not None and side.most is not None:
            yield f"Whoever redeems, the share of {who} lies between {side.least:.0%} and {side.most:.0%}."
    ours, theirs = coupons.familiar
    yield (
        f"By a cruder measure, the share of cost at households that had bought a covered product in the 26 weeks "
        f"before, it is {ours:.0%} for Shopkeeper and {theirs:.0%} for the chain: where these are alike, the gain "
        f"rests on how lately and how often they bought, as the estimate sees it."
    )
    ours, theirs = coupons.value
    yield f"A coupon is worth {ours / 100:+.3f} dollars on average, one of the chain's {theirs / 100:+.3f} (estimated)."
    if coupons.expected is not None and coupons.realised is not None:
        seen = coupons.realised
        yield (
            f"A check against what happened: of Shopkeeper's coupons for households that the chain did not mail them "
            f"to, {coupons.expected.share:.1%} of cost was expected at households that buy a covered product within 28 "
            f"days; it was {seen.share:.1%} ({seen.low:.1%} to {seen.high:.1%}, {seen.coupons:,} coupons)."
        )


def pick_rows(picks: Iterable[Pick], *, reasons: int | None = None) -> Iterator[Row]:
    """Put items and why they were picked in words, by so many reasons; None: all."""
    for pick in picks:
        yield pick.title, " ".join(pick.reasons[:reasons])


def coupon_rows(picks: Iterable[Pick], *, reasons: int | None = None) -> Iterator[Row]:
    """Put coupons, what they are for and what they cost in words, by so many reasons; None: all."""
    for pick in picks:
        anyway = "" if pick.p_anyway is None else f"{pick.p_anyway:.0%}"
        yield pick.title, pick.role, pick.cost, anyway, " ".join(pick.reasons[:reasons])


def titles(picks: Sequence[Pick]) -> list[str]:
    """List titles, each with its role if it has one."""
    return [f"{pick.title} ({pick.role})" if pick.role else pick.title for pick in picks]
