"""What is in the language, and that everything else is a clear error at its place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.errors import BadInput
from shopkeeper.core.predicate import Predicate, parse_predicate
from shopkeeper.core.predicate.tree import Arithmetic, Compare, Constant, Now, ValueType, walk
from shopkeeper.core.trait import TraitType

SCHEMA = {
    "orders_90d": TraitType.INTEGER,
    "age": TraitType.INTEGER,
    "spend": TraitType.MONEY,
    "p_alive": TraitType.NUMBER,
    "affinity.wine": TraitType.NUMBER,
    "country": TraitType.TEXT,
    "context.channel": TraitType.TEXT,
    "liked": TraitType.TEXTS,
    "last_order": TraitType.INSTANT,
    "timestamp": TraitType.INSTANT,
    "wine_lover": TraitType.BOOLEAN,
}


def parse(text: str, *, digits: int = 2) -> Predicate:
    return parse_predicate(text, SCHEMA, place="segments.yaml: lapsing.where", digits=digits)


def constant(text: str, *, digits: int = 2) -> int | float | str:
    tree = parse(text, digits=digits).tree
    assert isinstance(tree, Compare)
    assert isinstance(tree.right, Constant)
    return tree.right.value


def test_predicate_knows_what_it_reads_and_whether_it_mentions_now() -> None:
    predicate = parse("affinity.wine > 0.5 and (wine_lover or last_order < now() - interval 45 day)")
    assert predicate.reads == {"affinity.wine", "wine_lover", "last_order"}
    assert predicate.mentions_now
    assert predicate.clocks[0].right == Now(-45, "day")
    assert not parse("context.channel = 'web' and \"affinity.wine\" > 0").mentions_now


@pytest.mark.parametrize(
    ("text", "digits", "minor"), [("spend > 12.50", 2, 1250), ("spend > -3", 2, -300), ("spend > 1200", 0, 1200)]
)
def test_literal_beside_money_is_in_major_units(text: str, digits: int, minor: int) -> None:
    assert constant(text, digits=digits) == minor


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("age = 3", 3),
        ("age > 2.5", 2.5),
        ("p_alive > 1", 1.0),
        ("spend / orders_90d > 20", 2000.0),
        ("last_order > '2017-12-04T01:00:00+01:00'", 1_512_345_600_000_000),
        ("country = 'it''s'", "it's"),
        ("coalesce(spend, 0) > 0.29", 29),
    ],
)
def test_literal_takes_the_type_of_the_other_side(text: str, value: float | str) -> None:
    found = constant(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("age + 1", ValueType.INTEGER),
        ("age * 1.5", ValueType.NUMBER),
        ("age / 2", ValueType.NUMBER),
        ("spend - 5", ValueType.MONEY),
        ("2 * spend", ValueType.MONEY),
        ("spend * 1.1", ValueType.AMOUNT),
        ("spend / age", ValueType.AMOUNT),
        ("spend / spend", ValueType.NUMBER),
    ],
)
def test_arithmetic_has_the_type_of_the_table(expression: str, expected: ValueType) -> None:
    found = [node for node in walk(parse(f"{expression} > 0").tree) if isinstance(node, Arithmetic)]
    assert found[0].type is expected


MISTAKES = [
    ("order_90d > 1", "line 1, column 1: unknown trait 'order_90d', did you mean 'orders_90d'?"),
    ("age > 1 and\n  contry = 'AT'", "line 2, column 3: unknown trait 'contry', did you mean 'country'?"),
    ('country = "AT"', "a text stands in single quotes: 'AT'"),
    ("age > 'x'", "type mismatch: the text 'x', expected an integer"),
    ("country > 5", "type mismatch: the number 5, expected a text"),
    ("spend > age", "an integer and money have no common type"),
    ("spend > 12.505", "the number 12.505, expected money with at most 2 decimal places"),
    ("age > 99999999999999999999", "must fit in 64 bits"),
    ("p_alive > 1e400", "beyond 1e300"),
    ("age", "an integer, expected a condition"),
    ("5", "the number 5, expected a condition"),
    ("not age", "an integer, expected a condition"),
    ("age > 1 and spend", "money, expected a condition"),
    ("wine_lover > true", "conditions have no order"),
    ("liked = 'x'", "have no common type|expected a list of texts"),
    ("contains(liked, country)", "expected a literal text"),
    ("lower(age) = 'x'", "an integer, expected a text"),
    ("country = 'x", "column 11: a quote is opened here and not closed"),
    ("(age > 1", "column 1: a bracket is opened here and not closed"),
    ("age > ", "not an SQL condition"),
    ("age >> 1", "which predicates do not have"),
    ("age > 1 limit 5", "not an SQL condition"),
    ("", "an empty predicate"),
    ("age > 1; drop table events", "a semicolon"),
    ("age > 1 -- adults", "a comment"),
    ("age > /* 18 */ 1", "a comment"),
    ("lenght(country) > 1", "unknown function 'lenght', did you mean 'length'?"),
    ("read_csv('/etc/passwd') = 'x'", "unknown function 'read_csv'"),
    ("random() > 0.5", "unknown function"),
    ("age = (select 1)", "a subquery"),
    ("age in (select 1)", "which predicates do not have"),
    ("exists (select 1)", "which predicates do not have|unknown function"),
    ("country = null", "write `x is null`"),
    ("age is not 5", "knows only `is null`"),
    ("country ilike 'a%'", "write `lower"),
    ("country like country", "expected a literal text"),
    ("country like 'a!%' escape '!'", "which predicates do not have"),
    ("country like 'a\\%'", "a backslash in a pattern"),
    ("age in ()", "a list of 0 values"),
    ("age in (orders_90d)", "a list of literals"),
    ("cast(age as text) = 'x'", "a cast"),
    ("case when wine_lover then true end", "write it with `and`"),
    ("abs(distinct age) > 1", "which predicates do not have"),
    ("spend * spend > 1", "money times money"),
    ("5 / spend > 1", "divided by money"),
    ("last_order < now() - interval -3 day", "interval == -3 day, must be a whole number in \\[1, 73000\\]"),
    ("last_order < now() - interval 1.5 day", "must be a whole number"),
    ("last_order < now() - interval 3 fortnight", "expected one of minute, hour, day"),
    ("last_order < now() - interval 99999999999 day", "must be a whole number"),
    ("last_order < now() - interval 1 day - interval 1 hour", "more than one interval"),
    ("last_order - interval 3 day < now()", "write `last_order < now\\(\\) - interval 45 day`"),
    ("last_order + age > now()", "an instant in arithmetic"),
    ("coalesce(last_order, now()) > now()", "now\\(\\) may only be compared"),
    ("now() > now() - interval 1 day", "expected a trait on one side"),
    ("now() > 5", "expected an instant"),
    ("last_order > '2017-12-01'", "without a zone"),
    ("last_order > 'yesterday'", "not an ISO 8601 instant"),
    ("last_order > '0001-01-01T00:00:00+14:00'", "years 1 to 9999"),
    ("not " * 30 + "wine_lover", "nested more than"),
    ("(" * 60 + "wine_lover" + ")" * 60, "nested more than"),
    ("-" * 5000 + "age > 1", "an empty predicate"),
    ("age" + " + age" * 200 + " > 1", "nested more than"),
    ("1 / (1 / (1 / (1 / (1 / (1 / age))))) > 1", "divisions inside a divisor"),
    ("age = 1" + " or age = 1" * 20_000, "a predicate of 220007 characters"),
    ("age > \x00 1", "U\\+0000"),
    ("country = '\ud800'", "U\\+D800"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[f"{n}: {m[0][:30]!a}" for n, m in enumerate(MISTAKES)])
def test_mistake_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        parse(text)
    assert str(caught.value).startswith("segments.yaml: lapsing.where: ")


def test_message_shows_the_text_and_points_at_the_mistake() -> None:
    with pytest.raises(BadInput) as caught:
        parse("age > 1 and order_90d > 2")
    assert str(caught.value).splitlines()[1:] == ["    age > 1 and order_90d > 2", "                ^^^^^^^^^"]


PAYLOADS = [
    "__import__('os').system('touch /tmp/owned')",
    "().__class__.__bases__[0].__subclasses__()",
    "age > 1 if __import__('os') else 2",
    "eval('1') = 1",
    "exec(open('/etc/passwd').read())",
    "age > 1 or 1=1; delete from events",
    "pg_sleep(10) is null",
    "country = 'x' union select * from events",
    "values.__class__ = 'x'",
    "moment.shifted = 1",
    "$$x$$ = country",
    "e'\\x41' = country",
    "{'a': 1}['a'] = 1",
    "[1][1] = age",
    "lambda x: x",
    "x -> y",
    "age::json = '1'",
    "getenv('HOME') = 'x'",
    "current_setting('home') = 'x'",
    "age > @x",
    "age > $1",
    "age > :x",
    "f'{age}' = 'x'",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payload_is_refused(payload: str) -> None:
    with pytest.raises(BadInput):
        parse(payload)


WORDS = """and or not ( ) = < >= <> between in is null like now() , interval day 'a' 1 2.5 - + * / coalesce( lower( ;
contains( select ' " :: [ ] { } case when end $$ e' -- /* % @ ? cast( over \\ . any unnest( -> || ~ filter( x'f :="""
pieces = st.sampled_from([*SCHEMA, *WORDS.split()])
texts = st.text(max_size=40) | st.lists(pieces, max_size=14).map(" ".join) | st.lists(pieces, max_size=14).map("".join)


@settings(max_examples=600, deadline=None)
@given(texts)
def test_any_text_is_a_predicate_or_bad_input(text: str) -> None:
    try:
        predicate = parse(text)
    except BadInput:
        return
    assert predicate.reads <= set(SCHEMA)


def test_sixteen_terms_deep_and_a_thousand_wide_is_allowed() -> None:
    wide = " or ".join(f"age = {n}" for n in range(1_000))
    assert parse(wide).reads == {"age"}
    assert parse("(" * 16 + "age > 1" + ")" * 16).reads == {"age"}
    assert parse(f"age in ({','.join(map(str, range(5_000)))})").reads == {"age"}
