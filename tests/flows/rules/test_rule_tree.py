"""A builder's tree and a rule's text say the same, both ways."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from shopkeeper.core.errors import BadInput
from shopkeeper.core.predicate import parse_predicate
from shopkeeper.core.predicate.writing import canonical, write
from shopkeeper.flows.rules.tree import OPERATORS, AllOf, AnyOf, Condition, Node, NotOf, Written, text_of, tree_of
from tests.engines.test_predicates import SCHEMA, disagreements, predicates, rows

quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(predicates())
def test_text_to_tree_to_text_means_the_same_and_is_stable(text: str) -> None:
    predicate = parse_predicate(text, SCHEMA, place="test")
    sent = msgspec.json.decode(msgspec.json.encode(tree_of(predicate.tree)), type=Node)
    again = parse_predicate(text_of(sent, SCHEMA), SCHEMA, place="test")
    assert again.tree == predicate.tree
    assert tree_of(again.tree) == sent


@quick
@given(predicates())
def test_a_predicate_has_one_form_which_reads_as_itself(text: str) -> None:
    predicate = parse_predicate(text, SCHEMA, place="test")
    form = canonical(predicate, SCHEMA, digits=2)
    again = parse_predicate(form, SCHEMA, place="test")
    assert again.tree == predicate.tree
    assert canonical(again, SCHEMA, digits=2) == form


def test_a_predicate_that_is_written_inexactly_would_be_seen() -> None:
    predicate = parse_predicate("i > 1e3", SCHEMA, place="test")
    assert parse_predicate(write(predicate.tree), SCHEMA, place="test").tree != predicate.tree
    assert canonical(predicate, SCHEMA, digits=2) == "i > 1000.0"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("i >= 6", Condition(trait="i", operator=">=", values=("6",))),
        ("spend < 12.50", Condition(trait="spend", operator="<", values=("12.50",))),
        ("t = 'it''s'", Condition(trait="t", operator="=", values=("it's",))),
        ("t not in ('a', 'b')", Condition(trait="t", operator="not in", values=("a", "b"))),
        (
            "last_order < now() - interval 3 week",
            Condition(trait="last_order", operator="longer ago than", values=("3",), unit="week"),
        ),
        (
            "last_order >= '2017-12-01T00:00Z'",
            Condition(trait="last_order", operator="from", values=("2017-12-01T00:00:00Z",)),
        ),
        ("contains(liked, 'wine')", Condition(trait="liked", operator="contains", values=("wine",))),
        ("not a", Condition(trait="a", operator="is false")),
        ("t is not null", Condition(trait="t", operator="is known")),
        ("i * 2 > 3", Written(text="i * 2 > 3")),
        (
            "not (a or b)",
            NotOf(of=AnyOf(of=(Condition(trait="a", operator="is true"), Condition(trait="b", operator="is true")))),
        ),
    ],
)
def test_what_a_builder_shows(text: str, shown: Node) -> None:
    assert tree_of(parse_predicate(text, SCHEMA, place="test").tree) == shown


@pytest.mark.parametrize(
    "node",
    [
        Condition(trait="i", operator=">=", values=("1) or (1 = 1",)),
        Condition(trait="i", operator="contains", values=("1",)),
        Condition(trait="nothing", operator="=", values=("1",)),
        Condition(trait="i", operator="between", values=("1",)),
        Condition(trait="t", operator="in", values=()),
        Condition(trait="last_order", operator="longer ago than", values=("3 day or a",), unit="day"),
        Condition(trait="last_order", operator="longer ago than", values=("3",)),
        AllOf(of=()),
    ],
)
def test_what_does_not_fit_is_refused_and_no_value_becomes_code(node: Node) -> None:
    with pytest.raises(BadInput, match="tree: "):
        text_of(node, SCHEMA)


def test_a_text_value_stays_a_value() -> None:
    node = Condition(trait="t", operator="=", values=("' or a or '",))
    predicate = parse_predicate(text_of(node, SCHEMA), SCHEMA, place="test")
    assert tree_of(predicate.tree) == node


def test_every_operator_that_is_offered_can_be_written() -> None:
    values = {"integer": "3", "number": "0.5", "money": "12.50", "instant": "2017-12-01T00:00:00Z"}
    names = {kind: name for name, kind in SCHEMA.items()}
    for kind, operators in OPERATORS.items():
        for operator in operators:
            one = "3" if operator in {"longer ago than", "within the last"} else values.get(kind.value, "x")
            n = {"between": 2, "is known": 0, "is not known": 0, "is true": 0, "is false": 0}.get(operator, 1)
            unit = "day" if operator in {"longer ago than", "within the last"} else None
            node = Condition(trait=names[kind], operator=operator, values=(one,) * n, unit=unit)
            assert tree_of(parse_predicate(text_of(node, SCHEMA), SCHEMA, place="test").tree) == node


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(predicates(), rows)
def test_the_builders_text_is_evaluated_alike_for_one_and_for_all(text: str, person: dict) -> None:
    written = text_of(tree_of(parse_predicate(text, SCHEMA, place="test").tree), SCHEMA)
    assert disagreements([written], [person]) == []
