"""Whatever a file holds, reading it ends with definitions or with named mistakes, never with another exception."""

from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopkeeper.core.definitions import Definitions
from shopkeeper.flows.definitions import FILES, DefinitionErrors, load_definitions

EXAMPLE = {name: (files("shopkeeper.cli") / "examples" / "blank" / name).read_text("utf-8") for name in FILES}
SMALL = {
    name: "\n".join(line for line in text.splitlines() if line and not line.startswith("#"))
    for name, text in EXAMPLE.items()
}
SMALL["offers.yaml"] = (
    "offers:\n  bread: {kind: coupon, items: [a, b], face_value: 1.00, starts: 2017-12-04, where: orders_90d > 1}\n"
    "rules:\n  all: {group: Type A, pause: 3 days}\n"
)
SPLINTERS = [*"\t\n:-{}[]&*!|>'\"%@`#,?~", "\x00", "\ufeff", "\ud800", "&a ", "*a", "<<: ", "!!int ", "--- ", "1e999"]
SPLINTERS += ["null", "true", "-3 days", "9" * 30, "where: ", "count: ", "9999-12-31", "0x", "1__0", ".inf", "𝔘"]


def load(texts: dict[str, str]) -> None:
    """Load; anything but definitions or named mistakes is a failure."""
    try:
        assert isinstance(load_definitions(texts), Definitions)
    except DefinitionErrors as error:
        assert error.mistakes
        assert all(mistake.file and mistake.came for mistake in error.mistakes)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, str]:
    """Take the small shop and cut, double or splinter one of its files."""
    name = draw(st.sampled_from(FILES))
    text = SMALL[name]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        middle = draw(st.one_of(st.sampled_from(SPLINTERS), st.just(""), st.just(text[start:end] * 2)))
        text = text[:start] + middle + text[end:]
    return SMALL | {name: text}


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_a_mutated_shop_ends_in_definitions_or_named_mistakes(texts: dict[str, str]):
    load(texts)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(SPLINTERS[-11:]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    "where",
    "count",
    "sum",
    "of",
    "window",
    "stated",
    "type",
    "kind",
    "n",
    "items",
    "face_value",
    "starts",
    "pause",
]
FIELDS += ["max_per", "context", "share", "basis", "limit", "purpose", "retention", "per_customer", "ends", "group"]


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FILES), st.dictionaries(st.sampled_from(FIELDS), values, max_size=4))
def test_fields_of_any_value_end_in_definitions_or_named_mistakes(name: str, fields: dict[str, object]):
    import json

    entry = json.dumps(fields)
    lines = {"shop.yaml": f"holdout: {entry}\nidentifiers: {{u: {entry}}}", "offers.yaml": f"offers: {{a: {entry}}}"}
    load(SMALL | {name: lines.get(name, f"a: {entry}")})


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=80), st.sampled_from(FILES))
def test_any_text_ends_in_definitions_or_named_mistakes(text: str, name: str):
    load(SMALL | {name: text})


@pytest.mark.parametrize("cut", range(0, len(SMALL["traits.yaml"]), 7))
def test_a_file_cut_short_ends_in_definitions_or_named_mistakes(cut: int):
    load(SMALL | {"traits.yaml": SMALL["traits.yaml"][:cut]})


def test_spacing_comments_and_order_leave_the_version_as_it_is():
    lines = SMALL["traits.yaml"].splitlines()
    shuffled = "\r\n".join(["# a comment", *reversed(lines), "", ""])
    assert load_definitions(SMALL | {"traits.yaml": shuffled}).version == load_definitions(SMALL).version


def test_every_change_of_meaning_is_another_version():
    texts = [SMALL, SMALL | {"traits.yaml": SMALL["traits.yaml"].replace("90 days", "91 days")}]
    texts.append({name: text for name, text in SMALL.items() if name != "offers.yaml"})
    versions = [load_definitions(text).version for text in texts]
    assert all(one != other for one, other in pairwise([*versions, versions[0]]))


@pytest.mark.parametrize(
    ("name", "said"), [(r"\ud83d\ude00", None), (r"\ud83d", "half a character"), (r"a\udc00b", "half a character")]
)
def test_halves_of_a_character_are_joined_or_named(name: str, said: str | None):
    texts = SMALL | {"segments.yaml": f'all: {{where: "1 = 1", description: "{name}"}}'}
    if said is None:
        assert load_definitions(texts).segments["all"].description == "😀"
    else:
        with pytest.raises(DefinitionErrors, match=said):
            load_definitions(texts)
