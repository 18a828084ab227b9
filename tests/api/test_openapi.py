"""What the OpenAPI document promises about fields."""

from typing import Any

import msgspec
import pytest

from shopkeeper.api.openapi import document
from shopkeeper.api.operation import Call, operation


class Drawer(msgspec.Struct, frozen=True, kw_only=True):
    label: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    wanted: str
    limit: int = 20


class Sparse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    note: str = ""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    drawers: By name.
    """

    drawers: dict[str, tuple[Drawer, ...]] = {}
    sparse: Sparse | None = None


@operation("POST", "/v1/find", needs="see", twin=None)
async def find(_call: Call, *, body: Question) -> list[Found]:
    """Find."""
    return []


def required(name: str) -> list[str]:
    schemas: dict[str, Any] = document([find])["components"]["schemas"]
    found: list[str] = schemas[name]["required"]
    return found


def test_what_has_a_default_may_be_left_out_of_a_question():
    assert required("Question") == ["wanted"]


def test_every_field_of_an_answer_is_promised_at_any_depth():
    assert required("Found") == ["drawers", "sparse"]
    assert required("Drawer") == ["label"]


def test_nothing_is_promised_of_an_answer_that_leaves_defaults_out():
    assert required("Sparse") == []


def test_the_document_is_the_same_whether_or_not_msgspec_leaves_the_indentation_in(monkeypatch: pytest.MonkeyPatch):
    here = document([find])
    made = msgspec.json.schema_components

    def as_written(shapes: Any, **more: Any) -> Any:
        found, components = made(shapes, **more)
        components["Found"]["description"] = (Found.__doc__ or "").strip()
        return found, components

    monkeypatch.setattr(msgspec.json, "schema_components", as_written)
    assert document([find]) == here
    assert here["components"]["schemas"]["Found"]["description"] == "What was found.\n\ndrawers: By name."
