"""A segment against everyone else, trait by trait, the greatest differences first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import sqrt
from typing import Final, Literal

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.money import format_money
from shopkeeper.core.predicate import Predicate
from shopkeeper.core.predicate.sentence import trait_words
from shopkeeper.core.trait import Trait, TraitType
from shopkeeper.engines.crowd_shape import MEASURED, Category, Side, categories, known, sides
from shopkeeper.flows.crowd import Crowd, People
from shopkeeper.flows.rules.check import percent

_TOP: Final = 5
_DAY: Final = 86_400_000_000
_SIZES: Final = ((0.8, "far apart"), (0.5, "apart"), (0.2, "a little apart"))
"""From which standardized difference on; Cohen, Statistical Power Analysis for the Behavioral Sciences (1988), 2.2."""


class CompareRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A segment's rule to be compared with everyone else."""

    where: str


class ComparedValue(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a text. inside, outside: Shares of those of whom the trait is known, in [0, 1]."""

    value: str
    inside: float
    outside: float
    inside_text: str
    outside_text: str


class ComparedTrait(msgspec.Struct, frozen=True, kw_only=True):
    """One trait inside a segment and among everyone else.

    inside, outside: The mean, the share for whom it is true, or of a text the share of the value that differs most; an
        instant as days before `as_of`; None where nothing is known there.
    difference: Standardized, positive where the inside is greater; None where it cannot be told. size: In words.
    inside_known, outside_known: Of what share of customers it is known, in [0, 1].
    """

    trait: str
    words: str
    kind: Literal["mean", "share", "values", "days ago"]
    inside: float | None
    outside: float | None
    inside_text: str
    outside_text: str
    difference: float | None
    size: str
    sentence: str
    inside_known: float
    outside_known: float
    values: tuple[ComparedValue, ...] = ()


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Everyone in a segment against everyone else. sentence: What stands out, in words."""

    inside: int
    outside: int
    as_of: datetime
    sentence: str
    traits: tuple[ComparedTrait, ...]


def standardized_difference(inside: Side, outside: Side) -> float | None:
    """Measure how far apart two means are, in standard deviations.

    Returns: None where a mean is not known; 0 where neither side varies and both are equal, None if they are not.
    Source: Austin (2009), Statistics in Medicine 28:3083-3107, section 3.1: the difference of the means by the square
        root of the mean of the two sample variances; for a share p the variance is p (1 - p).
    """
    if inside.mean is None or outside.mean is None:
        return None
    spread = sqrt(((inside.variance or 0.0) + (outside.variance or 0.0)) / 2)
    gap = inside.mean - outside.mean
    if spread == 0:
        return 0.0 if gap == 0 else None
    return gap / spread


async def compare(crowd: Crowd, definitions: Definitions, predicate: Predicate) -> Comparison:
    """Compare whom a predicate matches with everyone else, over every trait that is not personal or sensitive."""
    chosen = [t for t in definitions.traits.values() if not t.personal and not t.sensitive]
    return await crowd.ask_long(lambda people: _compared(people, chosen, predicate, definitions.shop.currency))


def _compared(people: People, traits: Sequence[Trait], predicate: Predicate, currency: str) -> Comparison:
    crowd, moment = people.table, people.moment
    measured = [trait.name for trait in traits if trait.type in MEASURED]
    found = sides(crowd, predicate, measured, moment)
    counts = known(crowd, predicate, [trait.name for trait in traits], moment)
    lines: list[ComparedTrait] = []
    inside = next((side[True].customers for side in found.values() if True in side), 0)
    sizes = (inside, people.customers - inside)
    for trait in traits:
        shares = tuple(_of(counts[trait.name].get(side, 0), n) for side, n in zip((True, False), sizes, strict=True))
        if trait.type in MEASURED:
            lines.append(_measured(trait, found[trait.name], shares, people, currency))
        else:
            top = categories(crowd, predicate, trait.name, trait.type, moment=moment, n=_TOP)
            lines.append(_by_value(trait, top, counts[trait.name], shares))
    lines.sort(key=lambda line: (-abs(line.difference or 0.0), line.trait))
    return Comparison(
        inside=sizes[0], outside=sizes[1], as_of=people.as_of, sentence=_told(lines, sizes), traits=tuple(lines)
    )


def _of(n: int, all_of: int) -> float:
    return n / all_of if all_of else 0.0


def _measured(
    trait: Trait, found: Mapping[bool, Side], shares: tuple[float, ...], people: People, currency: str
) -> ComparedTrait:
    nobody = Side(0, 0, None, None)
    inside, outside = (_as_shown(trait, found.get(side, nobody), people) for side in (True, False))
    difference = standardized_difference(inside, outside)
    texts = tuple(_text(trait, side.mean, currency) for side in (inside, outside))
    since = "days since " if trait.type == TraitType.INSTANT else ""
    words = since + trait_words(trait.name)
    kinds: dict[TraitType, Literal["share", "days ago"]] = {TraitType.BOOLEAN: "share", TraitType.INSTANT: "days ago"}
    average = "" if trait.type == TraitType.BOOLEAN else " on average"
    return ComparedTrait(
        trait=trait.name,
        words=words,
        kind=kinds.get(trait.type, "mean"),
        inside=inside.mean,
        outside=outside.mean,
        inside_text=texts[0],
        outside_text=texts[1],
        difference=difference,
        size=size_words(difference),
        sentence=f"{words}: {texts[0]}{average}, against {texts[1]} for everyone else",
        inside_known=shares[0],
        outside_known=shares[1],
    )


def _as_shown(trait: Trait, side: Side, people: People) -> Side:
    """Turn an instant into days before the snapshot: a mean of instants tells nobody anything."""
    if trait.type != TraitType.INSTANT or side.mean is None:
        return side
    days = (people.moment.micros - side.mean) / _DAY
    return side._replace(mean=days, variance=None if side.variance is None else side.variance / _DAY**2)


def _text(trait: Trait, mean: float | None, currency: str) -> str:
    if mean is None:
        return "not known"
    if trait.type == TraitType.MONEY:
        return format_money(round(mean), currency)
    if trait.type == TraitType.BOOLEAN:
        return percent(mean)
    if trait.type == TraitType.INSTANT:
        return f"{mean:,.0f}"
    return f"{mean:,.0f}" if abs(mean) >= 100 else f"{mean:,.1f}" if abs(mean) >= 1 else f"{mean:,.2f}"


def _by_value(
    trait: Trait, found: Sequence[Category], counts: Mapping[bool, int], shares: tuple[float, ...]
) -> ComparedTrait:
    """Compare a text by its most usual values; of those, the one that differs most stands for it."""
    known_in, known_out = counts.get(True, 0), counts.get(False, 0)
    rows = [(one.value, _share(one.inside, known_in), _share(one.outside, known_out)) for one in found]
    rows.sort(key=lambda row: (-(row[1].mean or 0.0), row[0]))
    furthest = max(rows, key=lambda row: abs(standardized_difference(row[1], row[2]) or 0.0), default=None)
    words = trait_words(trait.name)
    nothing = Side(0, 0, None, None)
    name, inside, outside = furthest or ("", nothing, nothing)
    difference = standardized_difference(inside, outside)
    texts = [_share_text(name, side) for side in (inside, outside)]
    return ComparedTrait(
        trait=trait.name,
        words=words,
        kind="values",
        inside=inside.mean,
        outside=outside.mean,
        inside_text=texts[0],
        outside_text=texts[1],
        difference=difference,
        size=size_words(difference),
        sentence=f"{words}: {texts[0]}, against {texts[1]} for everyone else",
        inside_known=shares[0],
        outside_known=shares[1],
        values=tuple(_value(*row) for row in rows[: _TOP + 1]),
    )


def _share(n: int, all_of: int) -> Side:
    mean = n / all_of if all_of else None
    return Side(all_of, all_of, mean, None if mean is None else mean * (1 - mean))


def _share_text(name: str, side: Side) -> str:
    return "not known" if side.mean is None else f"{percent(side.mean)} {name}"


def _value(name: str, inside: Side, outside: Side) -> ComparedValue:
    shares = [side.mean or 0.0 for side in (inside, outside)]
    return ComparedValue(
        value=name,
        inside=shares[0],
        outside=shares[1],
        inside_text=percent(shares[0]),
        outside_text=percent(shares[1]),
    )


def size_words(difference: float | None) -> str:
    """Say how far apart two sides are."""
    if difference is None:
        return "cannot be told"
    return next((words for least, words in _SIZES if abs(difference) >= least), "alike")


def _told(lines: Sequence[ComparedTrait], sizes: tuple[int, int]) -> str:
    if not all(sizes):
        return "There is nobody to compare with." if sizes[0] else "Nobody is in it."
    apart = [line.sentence for line in lines if abs(line.difference or 0.0) >= 0.2][:2]
    return "; ".join(apart).capitalize() + "." if apart else "They are much like everyone else."
