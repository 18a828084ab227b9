"""Reasons for an item, in words that name the data they rest on; their parts add up to the score."""

from collections.abc import Callable

from shopkeeper.core.decision import Reason
from shopkeeper.core.instant import from_micros
from shopkeeper.customize.recommend.recommender import Explanation

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
NAMED = 3
"""How many items of the history a reason names."""

POPULAR = Reason(text="Bought by many customers lately.", kind="popular")
UNKNOWN = Reason(text="Not known to the recommender.", kind="rule")


def item_reasons(why: Explanation, title: Callable[[str], str]) -> tuple[Reason, ...]:
    """Put an explanation into words, the strongest part first.

    `data` holds the ids of the items whose purchases a part rests on: without them the part would be gone.
    """
    found = [_own(why), _together(why, title), _similar(why)]
    if why.popular > 0:
        found.append(Reason(text=POPULAR.text, part=why.popular, kind="popular"))
    return tuple(sorted((one for one in found if one is not None), key=lambda one: -one.part))


def _own(why: Explanation) -> Reason | None:
    if why.own.last is None:
        return None
    times = "once" if why.own.times == 1 else f"{why.own.times} times"
    last = from_micros(why.own.last)
    day = f"{last.day} {MONTHS[last.month - 1]} {last.year}"
    return Reason(text=f"You bought it {times}, last on {day}.", data=(why.item,), part=why.own.part, kind="own")


def _together(why: Explanation, title: Callable[[str], str]) -> Reason | None:
    if not why.together:
        return None
    names = ", ".join(title(each.item) for each in why.together[:NAMED])
    return Reason(
        text=f"It goes with what you buy: {names}.",
        data=tuple(each.item for each in why.together),
        part=sum(each.part for each in why.together) + why.others,
        kind="together",
    )


def _similar(why: Explanation) -> Reason | None:
    if not why.similar.buyers:
        return None
    text = f"{why.similar.buyers} of the {why.similar.households} customers most like you buy it often."
    return Reason(text=text, part=why.similar.part, kind="similar")
