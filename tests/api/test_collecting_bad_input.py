"""What nobody should send: the right status, words that a client understands, and nothing lost that could be kept.

Bounds are in the units of Segment's clients: a KB has 1,024 bytes.
"""

import gzip
import json
import tracemalloc
from collections import Counter

import pytest

from tests.senders import BROWSER, basic, reach, registered

KB = 1024
GOOD = {"type": "track", "anonymousId": "visitor-1", "event": "Product Viewed"}


@pytest.fixture
async def key(app, service):
    [made] = await registered(app, BROWSER)
    return made


@pytest.fixture
async def client(app, key):
    async with reach(app) as opened:
        yield opened


def of_size(size: int) -> bytes:
    """An event of exactly so many bytes."""
    bare = json.dumps({**GOOD, "properties": {"a": ""}}, separators=(",", ":"))
    return bare.replace('"a":""', f'"a":"{"x" * (size - len(bare))}"').encode()


def nested(depth: int) -> bytes:
    """An event whose properties are so deep."""
    return json.dumps(GOOD)[:-1].encode() + b', "properties": {"a": ' + b"[" * depth + b"]" * depth + b"}}"


def with_word(word: str) -> bytes:
    """An event with a property that is written so."""
    return json.dumps(GOOD)[:-1].encode() + b', "properties": {"a": ' + word.encode() + b"}}"


SINGLE = {
    "33 KB": (of_size(33 * KB), "32 KB"),
    "one byte too many": (of_size(32 * KB + 1), "32 KB"),
    "depth 40": (nested(40), "deeper than 32"),
    "depth 100,000": (nested(100_000), "deeper than 32"),
    "duplicate keys": (b'{"event": "x", "event": "y", "anonymousId": "v"}', "twice"),
    "duplicate keys further in": (with_word('{"b": 1, "b": 2}'), "twice"),
    "invalid UTF-8": (b'{"event": "\xff", "anonymousId": "v"}', "UTF-8"),
    "lone surrogate": (with_word('"\\ud800"'), "half a character"),
    "lone surrogate in UTF-8": (with_word('"').replace(b'"}}', b'"\xed\xa0\x80"}}'), "UTF-8"),
    "NaN": (with_word("NaN"), "NaN"),
    "1e400": (with_word("1e400"), "number"),
    "1970": (json.dumps({**GOOD, "timestamp": "1970-01-01T00:00:00Z"}).encode(), "timestamp"),
    "2099": (json.dumps({**GOOD, "timestamp": "2099-01-01T00:00:00Z"}).encode(), "timestamp"),
    "undefined": (b'{"event": "x", "userId": "undefined"}', "anonymousId"),
    "undefined visitor": (b'{"event": "x", "anonymousId": "undefined"}', "anonymousId"),
    "no JSON": (b"event=x&userId=5", "not JSON"),
    "a list": (b"[1, 2]", "must be an object"),
    "half": (b'{"event": "x", "userId": "canary', "not JSON"),
    "501 KB": (of_size(501 * KB), "500 KB"),
}


async def test_a_wrong_event_is_answered_400_and_waits(client, key, app):
    for n, (name, (body, said)) in enumerate(SINGLE.items(), start=1):
        answer = await client.post("/v1/track", content=body, headers=basic(key))
        assert (answer.status_code, sorted(answer.json())) == (400, ["code", "message"]), name
        assert said in answer.json()["message"], (name, answer.text)
        assert "qua_" in answer.json()["message"], name
        assert "canary" not in answer.text
        assert sum((await app.store.count_quarantined()).values()) == n, name
    waiting = await app.store.quarantined(limit=100)
    assert {json.loads(row.body)["type"] for row in waiting if row.body.startswith("{")} == {"track"}
    assert {row.origin for row in waiting} == {"web"}
    assert max(len(row.body) for row in waiting) < 140 * KB
    assert all(isinstance(json.loads(row.body), str | dict) for row in waiting)


async def test_the_same_wrong_body_waits_once_however_often_it_comes(client, key, app):
    for _ in range(3):
        await client.post("/v1/track", content=b"rubbish", headers=basic(key))
    assert sum((await app.store.count_quarantined()).values()) == 1


async def test_what_is_just_small_enough_is_taken(client, key, app):
    assert (await client.post("/v1/track", content=of_size(32 * KB), headers=basic(key))).status_code == 200
    assert (await client.post("/v1/track", content=nested(29), headers=basic(key))).status_code == 200
    full = json.dumps({"batch": [GOOD] * 2_500}, separators=(",", ":")).encode()
    padded = full[:-1] + b" " * (500 * KB - len(full)) + b"}"
    answer = await client.post("/v1/batch", content=padded, headers=basic(key))
    assert (len(padded), answer.status_code) == (500 * KB, 200)


BATCHES = {
    "2,501 events": (json.dumps({"batch": [GOOD] * 2_501}).encode(), "2500"),
    "501 KB": (json.dumps({"batch": [GOOD]}).encode() + b" " * (501 * KB), "500 KB"),
    "duplicate keys": (b'{"batch": [], "batch": []}', "twice"),
    "no batch": (b'{"batch": {}}', "list of events"),
    "nothing": (b"{}", "list of events"),
    "no JSON": (b"{", "not JSON"),
}


async def test_a_wrong_batch_is_answered_400_whole_and_waits(client, key, app):
    before = await app.store.head()
    for n, (name, (body, said)) in enumerate(BATCHES.items(), start=1):
        answer = await client.post("/v1/batch", content=body, headers=basic(key))
        assert (answer.status_code, said in answer.json()["message"]) == (400, True), (name, answer.text)
        assert sum((await app.store.count_quarantined()).values()) == n, name
    assert await app.store.head() == before


async def test_wrong_events_of_a_batch_wait_and_the_good_one_is_taken(client, key, app):
    wrong = [
        body for name, (body, _) in SINGLE.items() if name in {"33 KB", "depth 40", "NaN", "1e400", "lone surrogate"}
    ]
    body = b'{"batch": [' + b",".join([*wrong, json.dumps(GOOD).encode()]) + b"]}"
    answer = await client.post("/v1/batch", content=body, headers=basic(key))
    assert (answer.status_code, answer.json()["accepted"], answer.json()["quarantined"]) == (200, 1, 5)
    codes = Counter({code: n for (_, code), n in (await app.store.count_quarantined()).items()})
    assert codes == {"too_large": 1, "too_deep": 1, "bad_number": 2, "bad_text": 1}


async def test_more_than_anybody_can_have_meant_is_answered_413(client, key, app):
    answer = await client.post("/v1/batch", content=b" " * (4_001 * KB), headers=basic(key))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    async def endless():
        for _ in range(5_000):
            yield b" " * KB

    assert (await client.post("/v1/batch", content=endless(), headers=basic(key))).status_code == 413


async def test_a_bomb_is_given_up_before_it_fills_the_memory(client, key):
    packed = gzip.compress(bytes(60 << 20), compresslevel=9)
    assert len(packed) < 100 * KB
    tracemalloc.start()
    answer = await client.post("/v1/batch", content=packed, headers={**basic(key), "content-encoding": "gzip"})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (answer.status_code, sorted(answer.json())) == (413, ["code", "message"])
    assert peak < 20 << 20


async def test_what_says_gzip_and_is_none_or_is_cut_or_packed_otherwise_is_refused(client, key):
    whole = gzip.compress(json.dumps({"batch": [GOOD]}).encode())
    wrong = [("gzip", b"{}"), ("gzip", whole[:-9]), ("gzip", whole + b"x"), ("br", whole), ("gzip, gzip", whole)]
    for encoding, body in wrong:
        answer = await client.post("/v1/batch", content=body, headers={**basic(key), "content-encoding": encoding})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_input"), (encoding, body[:9])
    two = gzip.compress(b'{"batch": [') + gzip.compress(json.dumps(GOOD).encode() + b"]}")
    answer = await client.post("/v1/batch", content=two, headers={**basic(key), "content-encoding": "gzip"})
    assert answer.json()["accepted"] == 1


async def test_nobody_fills_the_quarantine_without_a_key(client, key, app):
    for body in (b"rubbish", of_size(33 * KB), of_size(501 * KB)):
        for headers in ({}, basic("wrong")):
            assert (await client.post("/v1/track", content=body, headers=headers)).status_code in {400, 401}
    assert await app.store.count_quarantined() == {}


async def test_no_value_of_an_event_stands_in_an_error_or_a_log_line(client, key, caplog):
    caplog.set_level("DEBUG")
    canary = {**GOOD, "userId": "canary-1", "traits": {"email": "canary@example.org"}, "timestamp": "canary"}
    for body in (canary, {**canary, "timestamp": None, "event": None}, {**canary, "properties": ["canary"]}):
        answer = await client.post("/v1/track", json=body, headers=basic(key))
        assert (answer.status_code, "canary" in answer.text) == (400, False)
    assert "canary" not in caplog.text
    assert key not in caplog.text
