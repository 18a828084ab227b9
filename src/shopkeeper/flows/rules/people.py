"""The people behind a number: rows with the traits that a rule reads."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput
from shopkeeper.core.instant import from_micros
from shopkeeper.core.predicate import Predicate
from shopkeeper.core.predicate.sentence import trait_words
from shopkeeper.core.store import Store
from shopkeeper.flows.crowd import Crowd
from shopkeeper.flows.customers.beliefs import value_text
from shopkeeper.flows.rules.check import count_rule, read_rule
from shopkeeper.flows.rules.uses import rules
from shopkeeper.flows.segments import named_segment

MOST = 200
_FEW = 3


class PreviewRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to show: the first `n` (at most 200) behind the id `after` for whom a segment's rule is TRUE."""

    where: str
    n: int = 10
    after: str = ""


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    """One customer. identifiers: By kind; empty for who lacks the right `personal`. traits: Texts in order of columns.

    since: When they were recorded in the segment; None in a preview.
    """

    customer: str
    identifiers: dict[str, list[str]]
    traits: tuple[str, ...]
    since: datetime | None = None


class PeopleColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One trait that is shown. read: Whether the rule reads it."""

    trait: str
    words: str
    read: bool


class PeopleRows(msgspec.Struct, frozen=True, kw_only=True):
    """Some people. total: How many there are in all. next: Where to go on, as `after`; empty at the end."""

    total: int
    as_of: datetime
    columns: tuple[PeopleColumn, ...]
    rows: tuple[PersonRow, ...]
    next: str = ""


async def preview(
    store: Store, crowd: Crowd, definitions: Definitions, asked: PreviewRequest, *, personal: bool
) -> PeopleRows:
    """Show people whom a rule matches.

    Args:
        personal: Whether identifiers may be shown.

    Raises: BadInput: the rule cannot be read.
    """
    from shopkeeper.engines.crowd import rows

    n = _checked(asked.n)
    rule = read_rule(definitions, asked.where)
    columns = _columns(definitions, rule)
    names = [column.trait for column in columns]
    people = await crowd.table()
    count = await count_rule(crowd, people, definitions, rule)
    found = await crowd.ask(lambda them: rows(them.table, rule, names, moment=them.moment, after=asked.after, n=n + 1))
    shown = [await _row(store, definitions, row, names, personal=personal) for row in found[:n]]
    return PeopleRows(
        total=count.matches,
        as_of=people.as_of,
        columns=columns,
        rows=tuple(shown),
        next=shown[-1].customer if len(found) > n else "",
    )


async def recorded_members(
    store: Store, crowd: Crowd, definitions: Definitions, name: str, *, after: str, limit: int, personal: bool
) -> PeopleRows:
    """Show who is recorded in a segment.

    Raises: NotFound: there is no such segment. BadInput: `limit` is not from 1 to 200.
    """
    from shopkeeper.engines.crowd import rows_of

    segment = named_segment(definitions, name)
    n = _checked(limit)
    columns = _columns(definitions, read_rule(definitions, segment.where))
    names = [column.trait for column in columns]
    people = await crowd.table()
    members = await store.members(name, after=after, limit=n + 1)
    known = await crowd.ask(lambda them: rows_of(them.table, [one.customer for one in members[:n]], names))
    traits = {row["customer"]: row for row in known}
    shown: list[PersonRow] = []
    for member in members[:n]:
        row = traits.get(member.customer, {"customer": member.customer})
        since = None if member.since is None else from_micros(member.since)
        shown.append(await _row(store, definitions, row, names, personal=personal, since=since))
    return PeopleRows(
        total=(await store.count_members()).get(name, 0),
        as_of=people.as_of,
        columns=columns,
        rows=tuple(shown),
        next=shown[-1].customer if len(members) > n else "",
    )


def _checked(n: int) -> int:
    if not 1 <= n <= MOST:
        raise BadInput(f"{n} people, must be 1 to {MOST}")
    return n


def _columns(definitions: Definitions, rule: Predicate) -> tuple[PeopleColumn, ...]:
    """Choose what to show: what the rule reads, then what other segments read most."""
    reads = sorted(rule.reads)
    others = Counter(name for one in rules(definitions) if one.noun == "segment" for name in one.predicate.reads)
    few = [name for name, _ in others.most_common() if name not in rule.reads][:_FEW]
    return tuple(PeopleColumn(trait=name, words=trait_words(name), read=name in rule.reads) for name in [*reads, *few])


async def _row(
    store: Store,
    definitions: Definitions,
    row: Mapping[str, Any],
    names: Sequence[str],
    *,
    personal: bool,
    since: datetime | None = None,
) -> PersonRow:
    known: dict[str, list[str]] = {}
    for one in await store.identifiers_of(row["customer"]) if personal else ():
        known.setdefault(one.kind, []).append(one.value)
    return PersonRow(
        customer=row["customer"],
        identifiers=known,
        traits=tuple(_text(definitions, name, row.get(name)) for name in names),
        since=since,
    )


def _text(definitions: Definitions, name: str, value: Any) -> str:
    shown = tuple(value) if isinstance(value, list) else value
    return value_text(definitions.traits[name].type, shown, definitions.shop.currency)
