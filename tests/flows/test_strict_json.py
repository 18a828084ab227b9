"""JSON as strangers send it: read fast where it is plain, and told apart by event where it is not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkeeper.core.errors import BadInput
from shopkeeper.flows.collecting import strict
from shopkeeper.flows.collecting.strict import fault_of, read_json, unseen_in

texts = st.text(alphabet=st.sampled_from('ab":\\ {}[],\u00e9\U0001f600\u0001'), max_size=6)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=20
)


@given(values, st.booleans(), st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]))
def test_an_honest_body_is_read_as_it_was_meant(value, ascii_only, separators):
    body = json.dumps(value, ensure_ascii=ascii_only, separators=separators).encode()
    sent = read_json(body)
    assert sent.value == value
    assert fault_of(sent.value, doubtful=sent.doubtful) is None


pairs = st.lists(st.tuples(texts, texts), min_size=1, max_size=4)


@given(pairs, st.sampled_from([":", " :", ": ", "\t:"]), st.integers(0, 3))
def test_a_key_that_comes_twice_is_always_found(members, colon, twice):
    again = members[min(twice, len(members) - 1)][0]
    body = "{" + ",".join(json.dumps(k) + colon + json.dumps(v) for k, v in [*members, (again, "x")]) + "}"
    sent = read_json(f'[{body},{{"a":1}}]'.encode())
    assert fault_of(sent.value, doubtful=sent.doubtful).code == "double_key"


def test_the_comparison_alone_would_miss_what_it_is_not_trusted_with(monkeypatch):
    body = b'{"a" :1,"a":2}'
    assert read_json(body).doubtful
    monkeypatch.setattr(strict, "_UNUSUAL", ())
    assert not read_json(body).doubtful


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": {"b": 1, "b": 2}}', "double_key"),
        ('{"a": [NaN]}', "bad_number"),
        ('{"a": -Infinity}', "bad_number"),
        ('{"a": 1e400}', "bad_number"),
        ('{"a": -1%s}' % ("0" * 400), "bad_number"),
        ('{"a": %s}' % ("9" * 5_000), "bad_number"),
        ('{"a": "\\ud800"}', "bad_text"),
        ('{"\\udc00": 1}', "bad_text"),
        ('{"a":' * 40 + "1" + "}" * 40, "too_deep"),
        ("[" * 100 + "]" * 100, "too_deep"),
        ('{"a": "' + "x" * 33_000 + '"}', "too_large"),
    ],
)
def test_an_event_that_cannot_be_kept_is_told_apart_in_a_batch(text, code):
    sent = read_json(f'[{text},{{"fine": 1}}, NaN]'.encode())
    found = [fault_of(event, doubtful=sent.doubtful) for event in sent.value]
    assert (found[0].code, found[1]) == (code, None)


UNSEEN = [
    '{"a": NaN}',
    '{"a": Infinity}',
    '{"a": 1e400}',
    '{"a": 1e500}',
    '{"a": 1, "a": 3}',
    '{"a": 2, "a": 3}',
    '{"a": {"b": [1]}, "a": 3}',
    '{"a": {"b": [2]}, "a": 3}',
    '{"a": {"b": 1, "b": 2}, "a": 3}',
    '{"a": {"b": 3, "b": 2}, "a": 3}',
    '{"a": [1, 2], "a": 3}',
    '{"a": [[1], 2], "a": 3}',
]


def test_what_the_copy_in_quarantine_does_not_show_tells_events_apart():
    told = [unseen_in(read_json(text.encode()).value) for text in UNSEEN]
    assert ("" in told, len(set(told))) == (False, len(UNSEEN))
    assert told == [unseen_in({"c": [read_json(text.encode()).value]} | {"sentAt": n}) for n, text in enumerate(UNSEEN)]
    assert unseen_in(read_json(b'{"a" : [1.5, {"b" : null}], "b" : "NaN"}').value) == ""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b'{"a":', "not JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "UTF-8"),
        (b"[" * 100_000, "deeper"),
        (b'"' + b'\\"' * 200_000, "not JSON"),
    ],
)
def test_what_is_no_json_is_refused_without_its_content(body, said):
    with pytest.raises(BadInput, match=said) as refused:
        read_json(body)
    assert len(str(refused.value)) < 120
