"""What edits of definitions mean: who enters and leaves, what asks the same."""

from collections.abc import Sequence

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput
from shopkeeper.core.predicate import Predicate, sentence
from shopkeeper.flows.crowd import Crowd, People
from shopkeeper.flows.definitions.difference import Change
from shopkeeper.flows.rules.check import Kind, read_rule, uncountable
from shopkeeper.flows.rules.uses import Use, readers_of, uses_of


class Consequence(msgspec.Struct, frozen=True, kw_only=True):
    """What one changed noun means.

    sentence_before, sentence_after: Its rule in words, None where there is none.
    before, after: How many customers it matched and matches; entered, left: How many it newly matches, no longer
        matches. None where they cannot be counted; uncounted: Why not.
    of: All customers. text: What it means, in words. uses: Other rules that ask the same or read it.
    """

    noun: str
    name: str
    sentence_before: str | None = None
    sentence_after: str | None = None
    before: int | None = None
    after: int | None = None
    entered: int | None = None
    left: int | None = None
    of: int | None = None
    text: str = ""
    uncounted: str = ""
    uses: tuple[Use, ...] = ()


_NOUNS = {"segment": "segments", "offer rule": "offer_rules", "slot": "slots", "offer": "offers"}


async def consequences(
    crowd: Crowd, before: Definitions, after: Definitions, changes: Sequence[Change], *, patience: float
) -> tuple[Consequence, ...]:
    """Work out what changes mean, as far as it can be counted.

    Args:
        patience: How many seconds to wait for the crowd.
    """
    people = await crowd.soon(patience)
    found = []
    for change in changes:
        if change.noun == "trait":
            found.append(_of_trait(change, after))
        elif change.noun in _NOUNS:
            found.append(await _of_rule(crowd, people, before, after, change))
    return tuple(found)


def _of_trait(change: Change, after: Definitions) -> Consequence:
    readers = readers_of(after, change.name)
    names = ", ".join(use.name for use in readers) or "no rule"
    return Consequence(noun=change.noun, name=change.name, text=f"It is read by {names}.", uses=readers)


async def _of_rule(
    crowd: Crowd, people: People | None, before: Definitions, after: Definitions, change: Change
) -> Consequence:
    old, new = _rule(before, change), _rule(after, change)
    noun = "offer_rule" if change.noun == "offer rule" else change.noun
    asked = new or old
    said = Consequence(
        noun=noun,
        name=change.name,
        sentence_before=None if old is None else sentence(old),
        sentence_after=None if new is None else sentence(new),
        uses=() if asked is None else uses_of(after, asked, of=noun, name=change.name),  # type: ignore[arg-type]  # one of _NOUNS
    )
    if old is not None and new is not None and old.tree == new.tree:
        return msgspec.structs.replace(said, text="Nobody enters or leaves: the rule is the same.")
    why = _uncountable(people, before, after, old, new)
    if why or people is None:
        return msgspec.structs.replace(said, uncounted=why)
    return await _counted(crowd, people, said, old, new)


def _uncountable(
    people: People | None, before: Definitions, after: Definitions, old: Predicate | None, new: Predicate | None
) -> str:
    given = [one for one in (old, new) if one is not None]
    why = next((why for one in given if (why := uncountable(one))), "")
    if why:
        return why
    read = frozenset[str]().union(*(one.reads for one in given))
    if any(before.traits.get(name) != after.traits.get(name) for name in read):
        return "It reads a trait that changes too; it is counted once that is in force."
    return "Everybody is still being counted." if people is None else ""


async def _counted(
    crowd: Crowd, people: People, said: Consequence, old: Predicate | None, new: Predicate | None
) -> Consequence:
    from shopkeeper.engines.crowd import figures, moves

    def counted(them: People) -> tuple[int, int, int, int]:
        was, will = (0 if one is None else figures(them.table, one, moment=them.moment).matches for one in (old, new))
        if old is not None and new is not None:
            return was, will, *moves(them.table, old, new, moment=them.moment)
        return was, will, will, was

    was, will, entered, left = await crowd.ask_of(people, counted)
    everybody = said.noun != "segment" and (old is None or new is None)
    text = f"{entered:,} more customers, {left:,} fewer: {was:,} become {will:,} of {people.customers:,}."
    if everybody:  # a rule that is not there lets everybody through
        was, will = (people.customers if one is None else n for one, n in ((old, was), (new, will)))
        entered, left = max(0, will - was), max(0, was - will)
        text = f"{was:,} become {will:,} of {people.customers:,} customers."
    return msgspec.structs.replace(
        said, before=was, after=will, entered=entered, left=left, of=people.customers, text=text
    )


def _rule(definitions: Definitions, change: Change) -> Predicate | None:
    entries = getattr(definitions, _NOUNS[change.noun])
    entry = entries.get(change.name)
    if entry is None or entry.where is None:
        return None
    kind: Kind = "segment" if change.noun == "segment" else "offer_rule"
    try:
        return read_rule(definitions, entry.where, kind)
    except BadInput:
        return None
