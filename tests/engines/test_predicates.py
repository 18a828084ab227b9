"""One meaning: the Python function for one customer and the Ibis expression for all give the same answers."""

import sys
from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopkeeper.core.errors import BadInput
from shopkeeper.core.predicate import Moment, Predicate, compile_predicate, parse_predicate
from shopkeeper.core.predicate.tree import ValueType
from shopkeeper.core.trait import TraitType, Value
from shopkeeper.engines.predicates import COLUMN_TYPES, ibis_predicate

Row = dict[str, Value]
Evaluate = Callable[[Mapping[str, Value], Moment], bool | None]

SCHEMA = {
    "i": TraitType.INTEGER,
    "j": TraitType.INTEGER,
    "spend": TraitType.MONEY,
    "bonus": TraitType.MONEY,
    "p": TraitType.NUMBER,
    "affinity.wine": TraitType.NUMBER,
    "t": TraitType.TEXT,
    "context.channel": TraitType.TEXT,
    "liked": TraitType.TEXTS,
    "last_order": TraitType.INSTANT,
    "born": TraitType.INSTANT,
    "a": TraitType.BOOLEAN,
    "b": TraitType.BOOLEAN,
}
NOW = Moment(1_512_345_600_123_456, ZoneInfo("America/New_York"))
DAY = 86_400_000_000

words = st.sampled_from(
    ["", "a", "b", "ab", "wine", "WINE", "İß", "ŒUVRE œuvre", "Σίσυφος", "ᾳ", "%", "_", "\\", "'", '"']
)
rich_text = words | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
literal_text = (words | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4)).map(
    lambda text: "'" + text.replace("'", "''") + "'"
)
whole = st.integers(-4, 4) | st.sampled_from([2**31, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)])
real = st.sampled_from([0.0, -0.0, 0.1, 0.5, 1.0, 3.0, 1e308, -1e308, 5e-324, 2.0**53]) | st.floats(
    allow_nan=False, allow_infinity=False
)
instant = st.sampled_from([NOW.micros - 45 * DAY, NOW.micros, NOW.micros + 1, 0, -(10**15)]) | st.integers(
    NOW.micros - 400 * DAY, NOW.micros + 40 * DAY
)
VALUES: dict[TraitType, st.SearchStrategy[Value]] = {
    TraitType.INTEGER: whole,
    TraitType.MONEY: whole,
    TraitType.NUMBER: real,
    TraitType.TEXT: rich_text,
    TraitType.TEXTS: st.frozensets(rich_text, max_size=3).map(lambda texts: tuple(sorted(texts))),
    TraitType.INSTANT: instant,
    TraitType.BOOLEAN: st.booleans(),
}
rows = st.fixed_dictionaries({name: st.none() | VALUES[kind] for name, kind in SCHEMA.items()})

LITERALS = {
    "integer": ["0", "1", "-2", "3", "9007199254740993", "9223372036854775807"],
    "number": ["0.5", "-1.25", "0.1", "3.0", "1e300", "123456789.123456789", "0.30000000000000004"],
    "money": ["0", "0.01", "-0.04", "12.50", "90071992547409.93"],
    "instant": ["'2017-12-01T09:30:00+01:00'"],
    "boolean": ["true", "false"],
    "shift": ["", "- interval 45 day", "- interval 2 week", "- interval 1 month", "+ interval 1 year"],
    "pattern": ["''", "'%'", "'a%'", "'%a'", "'_%b%'", "'w_n%'", "'%\u0130_'", "'%%''%'"],
}
LEAVES = {
    "integer": ["i", "j", "length(t)", "length(liked)"],
    "number": ["p", "affinity.wine", '"affinity.wine"', "i"],
    "money": ["spend", "bonus"],
    "amount": ["spend * 0.5", "bonus / i", "spend"],
    "text": ["t", "context.channel"],
    "instant": ["last_order", "born"],
    "boolean": ["a", "b"],
}
VALUE_FORMS = {
    "integer": ["{integer} + {integer}", "{integer} - {integer}", "{integer} * {integer}"],
    "number": [*(f"{{number}} {op} {{number}}" for op in "+-*/"), "{integer} / {integer}", "{money} / {money}"],
    "money": ["{money} + {money}", "{money} - {literal money}", "{integer} * {money}"],
    "amount": ["{amount} - {amount}", "{money} * {number}", "{amount} / {integer}"],
    "text": ["lower({text})", "upper({text})", "coalesce(t, {text})"],
    "instant": ["coalesce(born, {instant})"],
}
CONDITION_FORMS = [
    "{boolean} and {boolean}",
    "{boolean} or {boolean}",
    "{boolean} or {boolean} and {boolean}",
    "not {boolean}",
    "{boolean} = {boolean}",
    "{boolean} <> {boolean}",
    "coalesce({boolean}, {boolean})",
    "{boolean} is null",
    "{integer} {op} {integer}",
    "{integer} {op} {number}",
    "{number} {op} {number}",
    "{money} {op} {money}",
    "{literal money} {op} {money}",
    "coalesce({money}, {literal money}) {op} {amount}",
    "{amount} {op} {amount}",
    "{text} {op} {text}",
    "{instant} {op} {instant}",
    "{instant} {op} now() {shift}",
    "now() {shift} between {instant} and {instant}",
    "{integer} between {integer} and {number}",
    "{text} is not null",
    "{number} is null",
    "i in ({literal integer}, {literal number})",
    "t not in ({literal text}, {literal text})",
    "spend in ({literal money}, {literal money})",
    "upper(t) like {pattern}",
    "t not like {pattern}",
    "contains(liked, {literal text})",
    "contains(t, {literal text})",
    "starts_with(lower(t), {literal text})",
]


class Grammar:
    """Draws well-typed predicates as text."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def one_of(self, choices: Sequence[str]) -> str:
        return self._draw(st.sampled_from(choices))

    def literal(self, kind: str) -> str:
        if kind == "text":
            return self._draw(literal_text)
        return self.one_of(LITERALS[kind])

    def write(self, kind: str, depth: int) -> str:
        if kind == "op":
            return self.one_of(["=", "<>", "<", "<=", ">", ">="])
        if kind in {"shift", "pattern"}:
            return self.literal(kind)
        if kind.startswith("literal "):
            return self.literal(kind.removeprefix("literal "))
        if kind == "boolean" and depth > 0:
            return f"({self.fill(self.one_of(CONDITION_FORMS), depth - 1)})"
        roll = self._draw(st.integers(0, 5))
        if roll >= 4 and depth > 0 and kind in VALUE_FORMS:
            return f"({self.fill(self.one_of(VALUE_FORMS[kind]), depth - 1)})"
        if roll == 3 and depth > 0 and kind in {"integer", "number", "money"}:
            return self.fill(
                self.one_of(["abs({%s})", "-({%s})", "coalesce({%s}, {%s})"]).replace("%s", kind), depth - 1
            )
        return self.literal(kind) if roll == 0 and kind not in {"amount", "money"} else self.one_of(LEAVES[kind])

    def fill(self, form: str, depth: int) -> str:
        pieces = form.replace("}", "{").split("{")
        return "".join(self.write(piece, depth) if n % 2 else piece for n, piece in enumerate(pieces))


@st.composite
def predicates(draw: st.DrawFn) -> str:
    return Grammar(draw).write("boolean", draw(st.integers(1, 4)))


ARROW = {
    "boolean": pa.bool_(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "string": pa.string(),
    "array<string>": pa.list_(pa.string()),
}


def arrow_table(people: Sequence[Row]) -> pa.Table:
    columns = {}
    for name, kind in SCHEMA.items():
        column_type = ARROW[COLUMN_TYPES[ValueType(kind.value)]]
        columns[name] = pa.array([person.get(name) for person in people], type=column_type)
    return pa.table(columns)


def in_batch(checked: Sequence[Predicate], people: Sequence[Row]) -> list[list[bool | None]]:
    table = ibis.memtable(arrow_table(people))
    query = table.select(**{f"x{n}": ibis_predicate(predicate, table, NOW) for n, predicate in enumerate(checked)})
    answers = ibis.duckdb.connect().to_pyarrow(query)
    return [answers[f"x{n}"].to_pylist() for n in range(len(checked))]


def disagreements(
    sources: Sequence[str], people: Sequence[Row], evaluator: Callable[[Predicate], Evaluate] = compile_predicate
) -> list[tuple[str, Row, bool | None, bool | None]]:
    checked = [parse_predicate(source, SCHEMA, place="test") for source in sources]
    found = []
    for predicate, batch in zip(checked, in_batch(checked, people), strict=True):
        evaluate = evaluator(predicate)
        for person, answer in zip(people, batch, strict=True):
            known = {name: value for name, value in person.items() if value is not None}
            one = evaluate(known, NOW)
            assert one is evaluate(person, NOW), "an absent trait is NULL"
            if one is not answer:
                found.append((predicate.text, person, one, answer))
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(predicates(), min_size=1, max_size=10), st.lists(rows, min_size=1, max_size=10))
def test_one_customer_and_everybody_get_the_same_answer(sources: list[str], people: list[Row]) -> None:
    assert disagreements(sources, people) == []


EDGES: list[tuple[str, Row, bool | None]] = [
    ("i + 1 > 0", {"i": 2**63 - 1}, None),
    ("i * j < 0", {"i": 2**62, "j": -3}, None),
    ("-i > 0", {"i": -(2**63)}, None),
    ("abs(i) > 0", {"i": -(2**63)}, None),
    ("i / j > 0", {"i": 1, "j": 0}, None),
    ("i / j = 0.5", {"i": 1, "j": 2}, True),
    ("p * 10 > 0", {"p": 1e308}, None),
    ("p / affinity.wine > 0", {"p": 1.0, "affinity.wine": -0.0}, None),
    ("i = 9007199254740992.0", {"i": 2**53 + 1}, True),
    ("p = 0.1", {"p": 0.1}, True),
    ("spend / i > 12.50", {"spend": 2501, "i": 2}, True),
    ("spend / i > 12.50", {"spend": 2500, "i": 2}, False),
    ("spend / bonus = 2", {"spend": 500, "bonus": 250}, True),
    ("i between j and 7", {"i": 8}, False),
    ("a and b", {"a": False}, False),
    ("a or b", {"b": True}, True),
    ("a or b", {"b": False}, None),
    ("not a", {}, None),
    ("not (a and b)", {"b": False}, True),
    ("i in (1, 2)", {}, None),
    ("i is null and t is null", {}, True),
    ("'Z' < 'a'", {}, True),
    ("t > '\ufffd'", {"t": "\U00010000"}, True),
    ("length(t) = 1", {"t": "\U0001f377"}, True),
    ("length(liked) = 0", {"liked": ()}, True),
    ("contains(liked, 'wine')", {"liked": ("beer", "wine")}, True),
    ("contains(liked, 'win')", {"liked": ("beer", "wine")}, False),
    ("contains(t, 'in')", {"t": "wine"}, True),
    ("starts_with(t, '')", {"t": ""}, True),
    ("lower(t) = 'iσσß'", {"t": "İΣΣß"}, True),
    ("upper(t) = 'Œẞᾼ'", {"t": "œßᾳ"}, True),
    ("t like 'a_c%'", {"t": "a\nc\nd"}, True),
    ("t like 'A%'", {"t": "abc"}, False),
    ("t like '%ab%ab'", {"t": "ab"}, False),
    ("last_order < now() - interval 45 day", {"last_order": NOW.micros - 45 * DAY}, False),
    ("last_order <= now() - interval 1 hour", {"last_order": NOW.micros - DAY // 24}, True),
    ("coalesce(spend, 0) < 0.01", {}, True),
    ("(not a) is null", {"a": True}, False),
    ("(not a) = b", {"a": True, "b": None}, None),
    ("(not a) = b", {"a": False, "b": False}, False),
    ("b = (i between 1 and 2)", {"b": False, "i": 3}, True),
    ("(i in (1, 2)) is null", {"i": 3}, False),
    ("(t like 'a%') <> b", {"t": "ab", "b": False}, True),
]


@pytest.mark.parametrize(
    ("source", "person", "expected"), EDGES, ids=[f"{n}: {edge[0]}" for n, edge in enumerate(EDGES)]
)
def test_edge_has_its_written_meaning_for_one_customer(source: str, person: Row, expected: bool | None) -> None:
    assert compile_predicate(parse_predicate(source, SCHEMA, place="test"))(person, NOW) is expected


def test_edges_have_their_written_meaning_in_batch() -> None:
    checked = [parse_predicate(source, SCHEMA, place="test") for source, _, _ in EDGES]
    answers = in_batch(checked, [person for _, person, _ in EDGES])
    assert [column[n] for n, column in enumerate(answers)] == [expected for _, _, expected in EDGES]


def null_is_false(predicate: Predicate) -> Evaluate:
    evaluate = compile_predicate(predicate)
    return lambda values, moment: bool(evaluate(values, moment))


def null_spreads(predicate: Predicate) -> Evaluate:
    evaluate = compile_predicate(predicate)
    return lambda values, moment: (
        evaluate(values, moment) if all(values.get(name) is not None for name in predicate.reads) else None
    )


def integers_stay_exact(predicate: Predicate) -> Evaluate:
    evaluate = compile_predicate(predicate)
    return lambda values, moment: (
        False
        if predicate.text == "i = 9007199254740992.0" and values.get("i") == 2**53 + 1
        else evaluate(values, moment)
    )


@pytest.mark.parametrize("bug", [null_is_false, null_spreads, integers_stay_exact])
def test_a_planted_bug_is_found_by_the_same_comparison(bug: Callable[[Predicate], Evaluate]) -> None:
    sources = ["not (i > 3)", "a and b", "a or b", "i = 9007199254740992.0"]
    people: list[Row] = [{"a": False, "b": None, "i": None}, {"i": 2**53 + 1, "a": True, "b": None}]
    assert disagreements(sources, people) == []
    assert disagreements(sources, people, bug) != []


def test_case_mapping_is_the_same_for_every_character() -> None:
    every = [chr(point) for point in range(1, sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    connection = ibis.duckdb.connect()
    table = ibis.memtable(pa.table({"t": pa.array(every)}))
    answers = connection.to_pyarrow(table.select("t", low=table.t.lower(), up=table.t.upper()))
    from shopkeeper.core.predicate.text import lower, upper

    columns = [answers[name].to_pylist() for name in ("t", "low", "up")]
    odd = [letter for letter, low, up in zip(*columns, strict=True) if (lower(letter), upper(letter)) != (low, up)]
    assert odd == []


def test_thousands_of_terms_reach_the_engine() -> None:
    source = " or ".join(f"t = 'x{n}'" for n in range(2_000))
    person: Row = {"t": "x1999"}
    assert disagreements([source], [person]) == []


def test_a_table_without_a_trait_is_refused() -> None:
    table = ibis.memtable(pa.table({"i": [1]}))
    predicate = parse_predicate("i > 0 and j > 0", SCHEMA, place="test")
    with pytest.raises(BadInput, match="column 'j'"):
        ibis_predicate(predicate, table, NOW)
