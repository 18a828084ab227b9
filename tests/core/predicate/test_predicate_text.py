"""LIKE and case mapping, against independent statements of what they mean."""

import re
from time import thread_time

from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.predicate.text import like, lower, upper


def by_definition(pattern: str, text: str) -> bool:
    written = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(written, text, re.DOTALL) is not None


@settings(max_examples=500, deadline=None)
@given(st.text("ab%_\n", max_size=8), st.text("ab\n", max_size=10))
def test_like_means_what_its_definition_says(pattern: str, text: str) -> None:
    assert like(pattern)(text) is by_definition(pattern, text)


def test_like_does_not_blow_up() -> None:
    started = thread_time()
    assert not like("%a" * 40 + "%b")("a" * 50_000)
    assert thread_time() - started < 5, "backtracking would take longer than the age of the universe"


def test_case_mapping_keeps_the_length() -> None:
    assert lower("ΣΊΣΥΦΟΣ İ ÉCLAIR") == "σίσυφοσ i éclair"
    assert upper("straße ŉ ᾳ éclair") == "STRAẞE ŉ ᾼ ÉCLAIR"


@given(st.text())
def test_case_mapping_is_character_by_character(text: str) -> None:
    assert lower(text) == "".join(map(lower, text))
    assert len(upper(text)) == len(text)
