"""Segments: listed, shown, checked while they are written, counted, compared, and the people in them."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.rules.check import (
    PATIENCE,
    CheckedRule,
    CheckRequest,
    TreeRequest,
    WrittenRule,
    check_rule,
    read_rule,
    written,
)
from shopkeeper.flows.rules.comparison import CompareRequest, Comparison, compare
from shopkeeper.flows.rules.people import PeopleRows, PreviewRequest, preview, recorded_members
from shopkeeper.flows.rules.segment import ListedSegment, SegmentDetail, list_segments, show_segment
from shopkeeper.flows.rules.traits import TraitList, list_traits


@operation("GET", "/v1/segments", needs="see", twin="segment count")
async def segments(call: Call) -> list[ListedSegment]:
    """List every segment with its sentence and how many are recorded in it."""
    service = call.app.service
    return list_segments(await service.watch.overview(), service.definitions, call.app.crowd, call.app.recorder)


@operation("GET", "/v1/segments/{name}", needs="see", twin="segment show")
async def segment(call: Call, name: str) -> SegmentDetail:
    """Show one segment: its rule, in words and as a tree, where it is met again, how many are in it."""
    app = call.app
    return await show_segment(app.store, app.crowd, app.recorder, app.service.definitions, name, patience=PATIENCE)


@operation("GET", "/v1/segments/{name}/members", needs="customers", twin="segment members")
async def segment_members(call: Call, name: str, *, after: str = "", limit: int = 50) -> PeopleRows:
    """List who is recorded in a segment, with the traits that its rule reads."""
    app, personal = call.app, call.caller.may("personal")
    definitions = app.service.definitions
    return await recorded_members(app.store, app.crowd, definitions, name, after=after, limit=limit, personal=personal)


@operation("POST", "/v1/segments/check", needs="see", twin="segment check")
async def check(call: Call, *, body: CheckRequest) -> CheckedRule:
    """Check a rule while it is written: every mistake with its place, what it says in words, whom it matches."""
    return await check_rule(call.app.crowd, call.app.service.definitions, body, patience=PATIENCE)


@operation("POST", "/v1/segments/text", needs="see", twin="segment check")
async def text(call: Call, *, body: TreeRequest) -> WrittenRule:
    """Write a builder's tree as the text of a rule."""
    return written(call.app.service.definitions, body)


@operation("POST", "/v1/segments/preview", needs="customers", twin="segment preview")
async def segment_preview(call: Call, *, body: PreviewRequest) -> PeopleRows:
    """Show people whom a rule matches, before it has a name."""
    app, personal = call.app, call.caller.may("personal")
    return await preview(app.store, app.crowd, app.service.definitions, body, personal=personal)


@operation("POST", "/v1/segments/compare", needs="see", twin="segment compare")
async def segment_compare(call: Call, *, body: CompareRequest) -> Comparison:
    """Compare whom a rule matches with everyone else, trait by trait, the greatest differences first."""
    definitions = call.app.service.definitions
    return await compare(call.app.crowd, definitions, read_rule(definitions, body.where))


@operation("GET", "/v1/traits", needs="see", twin="trait list")
async def traits(call: Call) -> TraitList:
    """List the traits, what may be asked of each, and what their values look like."""
    return await list_traits(call.app.crowd, call.app.service.definitions, patience=PATIENCE)


OPERATIONS = (segments, segment, segment_members, check, text, segment_preview, segment_compare, traits)
