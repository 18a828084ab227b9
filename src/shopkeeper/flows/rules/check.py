"""A rule while it is written: what is wrong with it and where, what it says, what it reads, whom it matches."""

import re
from datetime import datetime
from typing import Literal

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput
from shopkeeper.core.money import digits
from shopkeeper.core.predicate import Predicate, parse_predicate, sentence
from shopkeeper.core.predicate.misread import Misread
from shopkeeper.core.predicate.writing import canonical
from shopkeeper.flows.crowd import Crowd, People
from shopkeeper.flows.definitions.predicates import Readable, readable
from shopkeeper.flows.definitions.slots import context_schema
from shopkeeper.flows.rules.tree import Node, text_of, tree_of

Kind = Literal["segment", "offer_rule"]
"""What a rule is for: a segment reads traits, an offer's rule also the facts of the moment (`context.…`)."""
PATIENCE = 0.1
"""Seconds that an answer waits for the crowd to be counted for the first time; it says to ask again."""
_SUGGESTED = re.compile(r"did you mean '([^']*)'\?")


class CheckRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule to be checked. count: False leaves out how many people it matches."""

    where: str
    of: Kind = "segment"
    count: bool = True


class TreeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A builder's tree to be written as text."""

    tree: Node
    of: Kind = "segment"


class WrittenRule(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a builder's tree."""

    text: str


class PlacedMistake(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake in a rule's text.

    start, end: Where, in characters (code points) from 0, `end` exclusive.
    fix: What to write there instead, where one right name is near.
    """

    message: str
    start: int
    end: int
    fix: str | None = None


class RuleCount(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a rule matches.

    matches: Customers for whom it is TRUE. of: All customers. reachable: Those of `matches` for whom a permit would be
        given for the shop's purpose of personalization, and who are not in the universal holdout.
    as_of: When this was so. share: `matches` of `of`, in [0, 1].
    text: The same in words. reachable_means: What it takes to be reachable, in words.
    """

    matches: int
    of: int
    reachable: int
    share: float
    as_of: datetime
    text: str
    reachable_means: str


class CheckedRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as far as it can be read.

    canonical, sentence, tree: The rule in its one form, in words, and as a builder shows it; None where `mistakes` says
        why not.
    reads: The traits that it reads. timed: Whether time alone moves people in and out; timing: The same in words.
    count: None where it is not counted; uncounted: Why not, in words. counting: Ask again in a moment.
    """

    ok: bool
    mistakes: tuple[PlacedMistake, ...]
    canonical: str | None = None
    sentence: str | None = None
    tree: Node | None = None
    reads: tuple[str, ...] = ()
    timed: bool = False
    timing: str = ""
    count: RuleCount | None = None
    uncounted: str = ""
    counting: bool = False


def scope_of(definitions: Definitions, kind: Kind) -> Readable:
    """Return what a rule may read."""
    scope = readable(definitions.traits, broken=(), digits=digits(definitions.shop.currency))
    if kind == "segment":
        return scope
    return scope.with_context(context_schema(definitions.slots.values()), broken=())


def read_rule(definitions: Definitions, where: str, kind: Kind = "segment") -> Predicate:
    """Read a rule. Raises: BadInput: it cannot be read, or reads what it may not; the message names every mistake."""
    predicate, mistakes = _read(where, scope_of(definitions, kind))
    if predicate is None or mistakes:
        raise BadInput("where: " + "; ".join(mistake.message for mistake in mistakes))
    return predicate


def _read(where: str, scope: Readable) -> tuple[Predicate | None, tuple[PlacedMistake, ...]]:
    try:
        predicate = parse_predicate(where, scope.schema, place="where", digits=scope.digits)
    except Misread as wrong:
        return None, tuple(_placed(one) for one in (wrong, *wrong.also))
    refused = sorted(set(predicate.reads) & set(scope.forbidden))
    return predicate, tuple(_forbidden(name, scope.forbidden[name], where) for name in refused)


def _placed(wrong: Misread) -> PlacedMistake:
    suggested = _SUGGESTED.search(wrong.said)
    return PlacedMistake(
        message=wrong.said, start=wrong.start, end=wrong.end, fix=suggested[1] if suggested is not None else None
    )


def _forbidden(name: str, why: str, where: str) -> PlacedMistake:
    found = re.search(rf"(?<![\w.']){re.escape(name)}(?![\w.'])", where)
    start, end = found.span() if found else (0, len(where))
    return PlacedMistake(message=f"trait {name!r} {why}", start=start, end=end)


async def check_rule(crowd: Crowd, definitions: Definitions, asked: CheckRequest, *, patience: float) -> CheckedRule:
    """Check a rule and count whom it matches.

    Args:
        patience: How many seconds to wait for the first count of the crowd; then `counting` says to ask again.
    """
    scope = scope_of(definitions, asked.of)
    predicate, mistakes = _read(asked.where, scope)
    if predicate is None:
        return CheckedRule(ok=False, mistakes=mistakes)
    found = _explained(definitions, predicate, scope, mistakes)
    if mistakes or not asked.count:
        return found
    why = uncountable(predicate)
    if why:
        return msgspec.structs.replace(found, uncounted=why)
    people = await crowd.soon(patience)
    if people is None:
        waiting = "Everybody is being counted; this takes a moment after a start or a change of traits."
        return msgspec.structs.replace(found, uncounted=waiting, counting=True)
    return msgspec.structs.replace(found, count=await count_rule(crowd, people, definitions, predicate))


def _explained(
    definitions: Definitions, predicate: Predicate, scope: Readable, mistakes: tuple[PlacedMistake, ...]
) -> CheckedRule:
    timed = moves_by_time(predicate, definitions)
    return CheckedRule(
        ok=not mistakes,
        mistakes=mistakes,
        canonical=canonical(predicate, scope.schema, digits=scope.digits),
        sentence=sentence(predicate),
        tree=tree_of(predicate.tree),
        reads=tuple(sorted(predicate.reads)),
        timed=timed,
        timing="Time alone moves people in and out." if timed else "Only what becomes known of people moves them.",
    )


def moves_by_time(predicate: Predicate, definitions: Definitions) -> bool:
    """Say whether time alone can move somebody: now() goes on, and windows lose what happened long ago."""
    traits = [definitions.traits[name] for name in predicate.reads if name in definitions.traits]
    windows = [trait.computed.window for trait in traits if trait.computed is not None]
    return bool(predicate.clocks) or any(window is not None for window in windows)


def uncountable(predicate: Predicate) -> str:
    """Say why a rule cannot be counted beforehand, or nothing."""
    moment = sorted(name for name in predicate.reads if name.startswith("context."))
    return f"It reads {moment[0]}, which is known only when a decision is asked for." if moment else ""


async def count_rule(crowd: Crowd, people: People, definitions: Definitions, predicate: Predicate) -> RuleCount:
    """Count whom a rule matches in a snapshot."""
    from shopkeeper.engines.crowd import figures

    found = await crowd.ask_of(people, lambda them: figures(them.table, predicate, moment=them.moment))
    share = found.matches / people.customers if people.customers else 0.0
    return RuleCount(
        matches=found.matches,
        of=people.customers,
        reachable=found.reachable,
        share=share,
        as_of=people.as_of,
        text=f"{found.matches:,} of {people.customers:,} customers ({percent(share)})",
        reachable_means=_reach(people, definitions),
    )


def _reach(people: People, definitions: Definitions) -> str:
    purpose = definitions.shop.purposes.get(people.purpose)
    if purpose is None:
        return "Nobody: shop.yaml declares no purpose."
    basis = purpose.basis.replace("_", " ")
    held = definitions.shop.holdout.share
    outside = f", and not in the holdout of {percent(held)}" if held else ""
    return f"Their data may be used for {people.purpose} ({basis}){outside}."


def percent(share: float) -> str:
    """Write a share for people: `4.6 %`, and never 0 % or 100 % where there is somebody on either side."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{share * 100:.0f} %" if share in {0.0, 1.0} or share >= 0.1 else f"{share * 100:.1f} %"


def written(definitions: Definitions, asked: TreeRequest) -> WrittenRule:
    """Write a builder's tree as text, in the one form where it can be read. Raises: BadInput: values do not fit."""
    scope = scope_of(definitions, asked.of)
    text = text_of(asked.tree, scope.schema)
    predicate, _ = _read(text, scope)
    return WrittenRule(text=text if predicate is None else canonical(predicate, scope.schema, digits=scope.digits))
