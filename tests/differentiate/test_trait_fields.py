"""Which kinds go with which fields, and of which type the result is."""

from typing import Any

import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.core.instant import zone
from shopkeeper.core.trait import Computed, Trait, TraitType, Window
from shopkeeper.differentiate.fields import computed_type, field_schema
from shopkeeper.differentiate.fold import plan_traits


def of(kind: str, field: str | None = None, **how: Any) -> Computed:
    return Computed(kind=kind, field=field, of="Order Completed", **how)


@pytest.mark.parametrize(
    ("computed", "declared", "expected"),
    [
        (of("count"), None, "integer"),
        (of("sum", "total"), None, "money"),
        (of("average", "total"), None, "money"),
        (of("average", "quantity", each="products"), None, "number"),
        (of("sum", "quantity", each="products"), None, "integer"),
        (of("max", "timestamp"), None, "instant"),
        (of("most_frequent", "category", each="products"), None, "text"),
        (of("unique_list", "colour"), None, "texts"),
        (of("unique_count", "colour"), None, "integer"),
        (of("sum", "points"), None, "number"),
        (of("sum", "points"), TraitType.INTEGER, "integer"),
        (of("last", "gift"), TraitType.BOOLEAN, "boolean"),
        (of("last", "colour"), None, "text"),
    ],
)
def test_type_follows_from_kind_and_field(computed: Computed, declared: TraitType | None, expected: str) -> None:
    assert computed_type(computed, declared=declared) == expected


@pytest.mark.parametrize(
    ("computed", "declared", "words"),
    [
        (of("sum", "place"), None, "sum of 'place', which is of type 'text'"),
        (of("average", "timestamp"), None, "must be one of integer, money, number"),
        (of("unique_list", "total"), None, "must be one of text"),
        (of("count", "total"), None, "count reads no field"),
        (of("sum"), None, "name the field"),
        (of("sum", "category"), None, "add 'each: products'"),
        (of("sum", "total"), TraitType.TEXT, "is of type 'money'"),
        (of("count", window=Window(n=-3, unit="day")), None, "window == -3 days, must be at least 1"),
        (of("most_frequent", "place", at_least=0), None, "at_least == 0"),
    ],
)
def test_senseless_combination_is_refused_in_clear_words(
    computed: Computed, declared: TraitType | None, words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        computed_type(computed, declared=declared)


def test_line_hides_the_field_of_its_event() -> None:
    assert field_schema("products")["discount"] == field_schema(None)["discount"] == TraitType.MONEY
    assert "category" not in field_schema(None)


@pytest.mark.parametrize(
    ("trait", "words"),
    [
        ({"type": TraitType.TEXTS, "source": "stated"}, "property 'x': type == 'texts'"),
        ({"type": TraitType.INTEGER, "source": "computed", "computed": of("count", where="total > ")}, "where: line 1"),
        (
            {"type": TraitType.INTEGER, "source": "computed", "computed": of("count", where="timestamp < now()")},
            "use a window",
        ),
        ({"type": TraitType.INTEGER, "source": "computed"}, "does not say how"),
    ],
)
def test_plan_names_the_trait_that_makes_no_sense(trait: dict[str, Any], words: str) -> None:
    made = Trait(name="x", purpose="p", **trait)
    with pytest.raises(BadInput, match=f"traits.yaml: x.*{words}"):
        plan_traits({"x": made}, zone=zone("UTC"), digits=2)
