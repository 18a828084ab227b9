"""Faulty events: whatever is in one, setting it aside and reading what it says no to ends without another error."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shopkeeper.flows.collecting import cloudevents
from shopkeeper.flows.collecting.faulty import set_aside
from shopkeeper.flows.collecting.strict import read_json
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.door.refusing import refusals_of
from shopkeeper.testing.shop import DEFINITIONS

NOW = datetime(2026, 5, 31, tzinfo=UTC)
FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
PURPOSE = "advertising: {basis: consent, category: ads, gpc: true}"
SHOP = load_definitions(FILES | {"shop.yaml": FILES["shop.yaml"].replace("advertising: {basis: consent}", PURPOSE)})
WEB = Origin("web", trusted=False, basis="legitimate_interest", gpc=True, secret=b"secret")
FIELDS = ("anonymousId", "userId", "messageId", "timestamp", "sentAt", "context", "properties", "traits", "event")
FURTHER = ("consent", "identityToken", "externalIds", "purpose", "channel", "categoryPreferences", "ads", "type", "id")
odd = st.sampled_from(
    [float("nan"), 1e400, 10**400, "\ud800", "a\0b", "\ud800." * 3, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59"]
)
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | odd
names = st.sampled_from(FURTHER) | st.text(max_size=2) | st.just("\ud800")
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=9
)
events = st.dictionaries(st.sampled_from((*FIELDS, "type", "mergeProperties", "data", "subject")), values, max_size=7)
WHY = Refusal("bad_event", "wrong")


def deep(levels: int) -> dict[str, object]:
    found: dict[str, object] = {}
    for _ in range(levels):
        found = {"a": found}
    return found


@settings(deadline=None)
@given(events | values, st.sampled_from([None, cloudevents.event_of]), st.sampled_from([WEB, Origin("till")]))
@example({"anonymousId": "v", "context": {"identityToken": "\ud800.\ud800.\ud800"}}, None, WEB)
def test_nothing_in_an_event_stops_its_being_set_aside_and_heard(event, shape, origin):
    faulty = set_aside(event, WHY, origin, now=NOW, shape=shape)
    found = refusals_of(faulty.wire, SHOP, origin=origin, now=NOW)
    assert found is None or (found.words and all(not word.given for word in found.words))
    if found is not None:
        json.dumps([found.message_id, found.names, [word.channel for word in found.words]]).encode()
        "".join([found.message_id, *(name.value for name in found.names)]).encode()


def test_nor_does_how_deep_it_is():
    event = {"anonymousId": "v", "context": deep(5_000), "properties": deep(5_000)}
    faulty = set_aside(event, WHY, WEB, now=NOW)
    found = refusals_of(faulty.wire, SHOP, origin=WEB, now=NOW)
    assert found is not None
    assert [word.purpose for word in found.words] == ["advertising"]


@pytest.mark.parametrize("twice", [["false", "true"], ["true", "false"], ["true", "true"]])
def test_a_key_that_came_twice_says_no_if_it_ever_does(twice):
    first, last = twice
    text = f'{{"context": {{"consent": {{"categoryPreferences": {{"ads": {first}, "ads": {last}}}}}}}}}'
    event = read_json(text.replace("{", '{"anonymousId": "v", ', 1).encode()).value
    faulty = set_aside(event, WHY, Origin("till", basis="consent", category="ads"), now=NOW)
    assert (faulty.row is None, faulty.wire is None) == ("false" in twice, "false" not in twice)
