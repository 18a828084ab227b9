"""The OpenAPI document, made from the operations and the Structs that they take and give."""

import inspect
from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Any, get_args

import msgspec
from starlette.responses import Response

from shopkeeper import __version__
from shopkeeper.api.bodies import Body
from shopkeeper.api.http import Failure
from shopkeeper.api.operation import REQUIRED, Field, Operation

_REFUSALS = {
    "400": "What came cannot be read; the message names the place.",
    "401": "Nobody is signed in, or the session has ended.",
    "403": "The caller lacks the right.",
    "404": "What was named does not exist.",
    "409": "Somebody else was faster, or two writers disagree.",
    "429": "Too much, or too often; try again after `Retry-After` seconds.",
    "503": "The store does not answer just now; try again after `Retry-After` seconds.",
}


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """Describe operations as OpenAPI 3.1; equal operations give an equal document."""
    listed = sorted(operations, key=lambda one: (one.shown_path, one.method))
    shapes, components = msgspec.json.schema_components(
        [shape for one in listed for shape in _shapes(one)] + [Failure], ref_template="#/components/schemas/{name}"
    )
    _outdent(components)
    _promise_answers(components, listed)
    found = iter(shapes)
    paths: dict[str, dict[str, Any]] = {}
    for one in listed:
        paths.setdefault(one.shown_path, {})[one.method.lower()] = _operation(one, [next(found) for _ in _shapes(one)])
    failure = next(found)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shopkeeper", "version": __version__, "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": {
                "Failure": {"description": "An error.", "content": {"application/json": {"schema": failure}}}
            },
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "writeKey": {"type": "http", "scheme": "basic", "description": "A source's key as the name."},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-shopkeeper"},
            },
        },
    }


def _outdent(components: dict[str, dict[str, Any]]) -> None:
    """Take the source's indentation off what Structs say of themselves: msgspec does so since 0.23 and left it before.

    The committed document would otherwise differ from one installation to the next.
    """
    for said in components.values():
        if "description" in said:
            said["description"] = inspect.cleandoc(said["description"])


def _promise_answers(components: dict[str, dict[str, Any]], listed: list[Operation]) -> None:
    """Say of Structs that are only ever answered that each field is there: a default is left out of questions alone."""
    asked = set(_structs([_asked(one) for one in listed if one.body is not None]))
    answered = set(_structs([answer for one in listed for answer in _answers(one)])) - asked
    for shape in answered:
        said = components.get(shape.__name__, {})
        if "properties" in said and not shape.__struct_config__.omit_defaults:
            said["required"] = list(said["properties"])


def _structs(shapes: list[Any]) -> Iterator[type[msgspec.Struct]]:
    """Find every Struct that stands in some types, at any depth."""
    seen: set[type[msgspec.Struct]] = set()
    waiting: list[Any] = list(msgspec.inspect.multi_type_info(shapes))
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            waiting += one
        elif isinstance(one, msgspec.inspect.StructType):
            if one.cls not in seen:
                seen.add(one.cls)
                waiting += one.fields
                yield one.cls
        elif isinstance(one, msgspec.inspect.Type | msgspec.inspect.Field):
            waiting += [getattr(one, name) for name in one.__struct_fields__]


def _shapes(one: Operation) -> list[Any]:
    """List the types of an operation in the order in which `_operation` reads their schemas."""
    fields = [field.type for field in (*one.path_fields, *one.query)]
    return [*fields, *([] if one.body is None else [_asked(one)]), *_answers(one)]


def _asked(one: Operation) -> Any:
    """Return the type of what comes in; what other people's clients send has fields of its own."""
    return dict[str, Any] if one.body is Body else one.body


def _answers(one: Operation) -> list[Any]:
    """List the types that an operation answers with, by who asks; none where the handler makes a Response."""
    if isinstance(one.answer, UnionType):
        return list(get_args(one.answer))
    return [] if inspect.isclass(one.answer) and issubclass(one.answer, Response) else [one.answer]


def _operation(one: Operation, shapes: list[Any]) -> dict[str, Any]:
    left = iter(shapes)
    parameters = [_parameter(field, "path", next(left)) for field in one.path_fields]
    parameters += [_parameter(field, "query", next(left)) for field in one.query]
    said: dict[str, Any] = {"operationId": one.name, "tags": [_tag(one)], **_words(one)}
    if parameters:
        said["parameters"] = parameters
    if one.body is not None:
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": next(left)}}}
    answers = list(left)
    schema = {"oneOf": answers} if len(answers) > 1 else answers[0] if answers else {"type": "string"}
    content = {one.media: {"schema": schema}}
    said["responses"] = {"200": {"description": "What was asked for.", "content": content}}
    said["responses"] |= {
        status: {"$ref": "#/components/responses/Failure", "description": why} for status, why in _REFUSALS.items()
    }
    said["security"] = [{}] if one.needs is None else [{"key": []}, {"session": []}]
    if one.keys is not None:
        said["security"].append({"writeKey": []})
        said["x-write-keys"] = sorted(one.keys.kinds)
    return said | {"x-right": one.needs, "x-command": one.twin}


def _tag(one: Operation) -> str:
    """Return the group of an operation: what follows the version in its path; other people's paths are of one group."""
    parts = one.shown_path.split("/")
    return parts[2] if parts[1] == "v1" else "collection"


def _words(one: Operation) -> dict[str, str]:
    text = inspect.getdoc(one.handler) or ""
    summary, _, rest = text.partition("\n\n")
    return {"summary": " ".join(summary.split())} | ({"description": rest} if rest else {})


def _parameter(field: Field, where: str, schema: Any) -> dict[str, Any]:
    required = field.default is REQUIRED
    shown = schema if required or field.default is None else {**schema, "default": field.default}
    return {"name": field.name, "in": where, "required": required, "schema": shown}
