"""Segments as staff see them: the list, and one with all that belongs to it."""

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.store import Store
from shopkeeper.flows.crowd import Crowd
from shopkeeper.flows.definitions.edit import Version, versions_told
from shopkeeper.flows.rules.check import CheckedRule, CheckRequest, check_rule, percent, read_rule
from shopkeeper.flows.rules.recording import Recorder, Recording
from shopkeeper.flows.rules.uses import Use, uses_of
from shopkeeper.flows.segments import named_segment
from shopkeeper.flows.watch import SegmentLine

RECENT = 20
"""How many versions are looked through for who last changed a segment."""


class ListedSegment(msgspec.Struct, frozen=True, kw_only=True):
    """One segment. members: How many are recorded in it. share: Of all customers, None before those are counted."""

    name: str
    where: str
    sentence: str
    description: str
    members: int
    share: float | None
    share_text: str
    recording: Recording


class SegmentDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One segment.

    version: Of the definitions that this is from, to be handed on as `expected` when it is edited.
    rule: The rule as `POST /v1/segments/check` explains it. members: How many are recorded in it.
    recording: How far they are recorded, after an edit. changed: The version that last changed it, None where that is
        long ago. uses: Other rules that ask the same or read the same traits.
    """

    name: str
    description: str
    where: str
    version: str
    rule: CheckedRule
    members: int
    recording: Recording
    changed: Version | None
    uses: tuple[Use, ...]


def list_segments(
    lines: list[SegmentLine], definitions: Definitions, crowd: Crowd, recorder: Recorder
) -> list[ListedSegment]:
    """List every segment, with what share of all customers is in it as far as these have been counted."""
    people = crowd.ready()
    everybody = None if people is None else people.customers
    return [_listed(line, definitions, everybody, recorder) for line in lines]


def _listed(line: SegmentLine, definitions: Definitions, everybody: int | None, recorder: Recorder) -> ListedSegment:
    share = None if not everybody else min(1.0, line.members / everybody)
    return ListedSegment(
        name=line.name,
        where=line.where,
        sentence=line.sentence,
        description=definitions.segments[line.name].description,
        members=line.members,
        share=share,
        share_text="" if share is None else percent(share),
        recording=recorder.state_of(line.name),
    )


async def show_segment(
    store: Store, crowd: Crowd, recorder: Recorder, definitions: Definitions, name: str, *, patience: float
) -> SegmentDetail:
    """Show one segment. Raises: NotFound: there is no such segment."""
    segment = named_segment(definitions, name)
    rule = await check_rule(crowd, definitions, CheckRequest(where=segment.where), patience=patience)
    return SegmentDetail(
        name=name,
        description=segment.description,
        where=segment.where,
        version=definitions.version,
        rule=rule,
        members=(await store.count_members()).get(name, 0),
        recording=recorder.state_of(name),
        changed=await _changed(store, name),
        uses=uses_of(definitions, read_rule(definitions, segment.where), of="segment", name=name),
    )


async def _changed(store: Store, name: str) -> Version | None:
    told = await versions_told(store, limit=RECENT)
    mine = (one for one in told if any(c.noun == "segment" and c.name == name for c in one.changes))
    found = next(mine, None)
    return found and msgspec.structs.replace(
        found, changes=tuple(c for c in found.changes if c.noun == "segment" and c.name == name)
    )
