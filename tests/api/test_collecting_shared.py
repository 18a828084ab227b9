"""What a batch says of all its events: measured and looked through as if each event said it, and bounded in sum."""

import json
import time
from collections import Counter

import pytest

from shopkeeper.core.identifier import Identifier
from shopkeeper.flows.collecting import strict
from shopkeeper.flows.collecting.limits import COPIED, EVENT, KEPT
from tests.senders import SERVER, basic, reach, registered

GOOD = {"type": "track", "userId": "u1", "event": "Looked"}


@pytest.fixture
async def key(app, service):
    [made] = await registered(app, SERVER)
    return made


@pytest.fixture
async def client(app, key):
    async with reach(app) as opened:
        yield opened


def written(*events, **shared) -> bytes:
    return json.dumps({"batch": events, **shared}, separators=(",", ":")).encode()


async def sent(client, key, body: bytes):
    return await client.post("/v1/batch", content=body, headers=basic(key))


async def codes(app) -> Counter[str]:
    return Counter({code: n for (_, code), n in (await app.store.count_quarantined()).items()})


@pytest.mark.parametrize("name", ["context", "integrations", "sentAt"])
async def test_what_no_event_could_say_is_not_said_of_all(client, key, app, name):
    before = await app.store.head()
    answer = await sent(client, key, written(*[{"userId": "u1"}] * 500, **{name: {"x": "a" * EVENT}}))
    assert (answer.status_code, "32 KB" in answer.json()["message"]) == (400, True)
    (row,) = await app.store.quarantined()
    assert (row.code, len(row.body) <= 2 * KEPT, await app.store.head()) == ("bad_body", True, before)


async def test_what_is_said_of_all_counts_as_each_events_own(client, key, app):
    large = {**GOOD, "properties": {"a": "x" * (EVENT - 10_000)}}
    answer = await sent(client, key, written(large, GOOD, context={"page": "y" * 10_000}))
    assert (answer.json()["accepted"], answer.json()["quarantined"]) == (1, 1)
    assert await codes(app) == {"too_large": 1}


async def test_what_one_request_has_written_is_bounded_in_sum(client, key, app):
    """What is said of all is kept with each event: of so many, a few KB would be a gigabyte."""
    context = {"traits": {"bio": "b" * 2_000}}
    few = [{"type": "identify", "userId": f"u{n}"} for n in range(20)]
    assert (await sent(client, key, written(*few, context=context))).json()["accepted"] == 20
    many = [{"userId": f"u{n}"} for n in range(COPIED // 2_000)]
    answer = await sent(client, key, written(*many, context=context))
    assert (answer.status_code, f"{COPIED} in sum" in answer.json()["message"]) == (400, True)
    assert await codes(app) == {"bad_body": 1}


async def test_what_is_said_of_all_is_measured_once(client, key, monkeypatch):
    looked = []
    right = strict._wrong_part
    monkeypatch.setattr(strict, "_wrong_part", lambda part: looked.append(part) or right(part))
    await sent(client, key, written(*[GOOD] * 100, context={"locale": "de"}))
    assert looked == [{"context": {"locale": "de"}}]


async def test_wrong_events_under_one_id_wait_each_by_itself_and_once_however_often_they_come(client, key, app):
    wrong = ["NaN", "Infinity", "1e400", "1e500", "9" * 5_000, '1, "a": 3', '2, "a": 3']
    wrong += [f'"{"x" * 70_000}{n}"' for n in range(2)]
    for n in range(2):
        again = f'"messageId": "m1", "sentAt": "2026-01-01T00:00:0{n}Z"'
        events = [json.dumps(GOOD)[:-1] + f', {again}, "properties": {{"a": {one}}}}}' for one in wrong]
        answer = await sent(client, key, f'{{"batch": [{", ".join(events)}]}}'.encode())
        assert answer.json()["quarantined"] == len(wrong)
    assert await codes(app) == {"bad_number": 5, "double_key": 2, "too_large": 2}


async def test_wrong_events_wait_apart_where_only_what_is_said_of_all_differs(client, key, app):
    for wrong in ("NaN", "Infinity", '1, "a": 3', '2, "a": 3', "NaN"):
        body = written({**GOOD, "messageId": "m1"})[:-1] + f', "context": {{"traits": {{"a": {wrong}}}}}}}'.encode()
        assert (await sent(client, key, body)).json()["quarantined"] == 1
    assert await codes(app) == {"bad_number": 2, "double_key": 2}


async def test_a_number_of_thousands_of_digits_holds_up_no_other_event(client, key, app):
    good = [{**GOOD, "messageId": f"m{n}"} for n in range(20)]
    body = written({**GOOD, "properties": {"n": "?"}}, *good).replace(b'"?"', b"9" * 5_000)
    answer = await sent(client, key, body)
    assert (answer.status_code, answer.json()["accepted"], answer.json()["quarantined"]) == (200, 20, 1)
    assert await codes(app) == {"bad_number": 1}


FAULTS = {
    "double_key": '"context": {"consent": {"categoryPreferences": {"marketing": false, "marketing": true}}}',
    "double_key of context": '"context": {"locale": "de", "locale": "en"}',
    "bad_number": '"context": {"traits": {"a": NaN}}',
    "bad_number 1e400": '"context": {"traits": {"a": 1e400}}',
    "bad_number of digits": '"context": {"traits": {"a": 1%s}}' % ("0" * 400),
    "bad_text": '"integrations": {"a": "\\ud800"}',
    "bad_text as key": '"context": {"\\udc00": 1}',
    "bad_text as sentAt": '"sentAt": "\\ud800"',
    "too_deep": '"context": {"a": %s}' % ("[" * 150 + "]" * 150),
}


@pytest.mark.parametrize("crowded", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
async def test_what_is_wrong_with_it_is_wrong_with_each_event(client, key, app, fault, crowded):
    before = await app.store.head()
    if crowded:
        app.service.inbox._until = time.monotonic() + 60
    events = written({**GOOD, "messageId": "m1"}, GOOD)
    answer = await sent(client, key, events[:-1] + f",{FAULTS[fault]}}}".encode())
    assert (answer.status_code, answer.json()["quarantined"], answer.json()["pending"]) == (200, 2, 0)
    assert await codes(app) == {fault.partition(" ")[0]: 2}
    assert await app.store.head() == before
    assert await app.store.find_customers([Identifier("user_id", "u1")]) == {}
