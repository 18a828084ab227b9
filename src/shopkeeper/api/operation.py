"""Operations: what an endpoint is called, who may ask it, what comes in and goes out, said once.

From one declaration come the route, the check of rights, the reading of path, query and body, the OpenAPI document
and the test that a command does the same.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from inspect import Parameter, signature
from typing import Any, Final, Literal, NamedTuple, get_type_hints

import msgspec
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response

from shopkeeper.api.bodies import Body, body_of
from shopkeeper.api.http import Answer, decode, read_body
from shopkeeper.api.keys import ForKeys
from shopkeeper.app import App
from shopkeeper.core.errors import BadInput, NotPermitted, NotSignedIn, StoreError, nearest
from shopkeeper.core.source import why_elsewhere
from shopkeeper.protect.rights import LOCAL_NAME, Caller, Right

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
_NAMED = re.compile(r"{(\w+)(?::\w+)?}")
_NONE: Final = object()


class Call(NamedTuple):
    """One request on its way through an operation; `answer_headers` go out with whatever it answers."""

    app: App
    caller: Caller
    now: datetime
    request: Request
    answer_headers: MutableHeaders


class Field(NamedTuple):
    """A parameter of the path or the query; `default` is `REQUIRED` where it must be there."""

    name: str
    type: Any
    default: Any


REQUIRED: Final = _NONE
Handler = Callable[..., Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One endpoint.

    needs: The right that the caller must have; None: anybody may ask.
    twin: The command that does the same, such as `customer find`; None where a command makes no sense.
    body: The Struct that comes in, `Body` for what other people's clients send, None without a body.
    media: Of the answer; JSON is encoded from `answer`, anything else is a Response that the handler makes.
    strict: Whether a query parameter that is not named is refused; others' software may send more than it says.
    keys: How write keys may come in; None: they may not, whatever their rights.
    aliases: Other paths under which other people's clients ask the same.
    """

    method: Method
    path: str
    needs: Right | None
    twin: str | None
    handler: Handler
    path_fields: tuple[Field, ...]
    query: tuple[Field, ...]
    body: Any
    answer: Any
    media: str = "application/json"
    strict: bool = True
    keys: ForKeys | None = None
    aliases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The operation's id: the handler's name."""
        return self.handler.__name__

    @property
    def shown_path(self) -> str:
        """The path as documents show it."""
        return _NAMED.sub(r"{\1}", self.path)

    async def answer_to(self, call: Call) -> Response:
        """Read what came, ask the handler, answer.

        Raises: NotSignedIn, NotPermitted: the caller lacks the right. BadInput: something cannot be read. StoreError:
            the store failed; where it lies is said to no write key, which is in every visitor's hands.
        """
        if not self.is_open_to(call.caller):
            raise _refusal(call.caller, self.needs, call.app.settings.environment)
        given = {field.name: _path_value(field, call.request) for field in self.path_fields}
        given |= _query_values(self.query, call.request, strict=self.strict)
        if self.body is Body:
            given["body"] = await body_of(call.request)
        elif self.body is not None:
            given["body"] = decode(await read_body(call.request), self._decoder())
        try:
            found = await self.handler(call, **given)
        except StoreError:
            if call.caller.source is None:
                raise
            raise StoreError("the events cannot be kept just now; nothing was taken, send them again") from None
        answer = found if isinstance(found, Response) else Answer(found)
        answer.raw_headers.extend(call.answer_headers.raw)
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    def is_open_to(self, caller: Caller) -> bool:
        """Say whether a caller may ask: by their rights, and with a write key only where that kind of key may."""
        if caller.source is not None and self.needs is not None:
            return caller.may(self.needs) and self.keys is not None and caller.source.kind in self.keys.kinds
        return caller.may(self.needs)

    def _decoder(self) -> "msgspec.json.Decoder[Any]":
        return _DECODERS[self.body]


_DECODERS: dict[Any, "msgspec.json.Decoder[Any]"] = {}


def operation(
    method: Method,
    path: str,
    *,
    needs: Right | None,
    twin: str | None,
    media: str = "application/json",
    strict: bool = True,
    keys: ForKeys | None = None,
    aliases: tuple[str, ...] = (),
) -> Callable[[Handler], Operation]:
    """Declare an endpoint.

    The handler takes a `Call`; parameters that the path names; `body` for the JSON body; what remains is the query.
    Its docstring is the endpoint's description, its annotations are the contract.
    """

    def declare(handler: Handler) -> Operation:
        hints = get_type_hints(handler)
        named = _NAMED.findall(path)
        parameters = list(signature(handler).parameters.values())[1:]
        fields = {one.name: Field(one.name, hints[one.name], _default(one)) for one in parameters}
        body = hints.get("body")
        if body is not None and body is not Body:
            _DECODERS[body] = msgspec.json.Decoder(body)
        return Operation(
            method=method,
            path=path,
            needs=needs,
            twin=twin,
            handler=handler,
            path_fields=tuple(fields[name] for name in named),
            query=tuple(field for name, field in fields.items() if name not in {*named, "body"}),
            body=body,
            answer=hints["return"],
            media=media,
            strict=strict,
            keys=keys,
            aliases=aliases,
        )

    return declare


def _default(parameter: Parameter) -> Any:
    return REQUIRED if parameter.default is Parameter.empty else parameter.default


def _refusal(caller: Caller, needs: Right | None, environment: str) -> NotPermitted:
    if caller.source is not None:
        elsewhere = why_elsewhere(caller.source, environment)
        if elsewhere:
            return NotPermitted(f"source {caller.source.name!r} is {elsewhere}: nothing is taken from it here")
        return NotPermitted(f"a {caller.source.kind} source's write key does not open this")
    if caller.name == LOCAL_NAME and caller.role is None and needs == "collect":
        return NotPermitted(
            "sources are registered here, so events are not taken without a key: send a source's write key, or set "
            "api_key in shopkeeper.toml and send that"
        )
    if caller.name == LOCAL_NAME and caller.role is None:
        return NotPermitted(
            f"this needs the right {needs!r}, which whoever asks from this machine without a key does not have: set "
            "api_key in shopkeeper.toml (at least 16 characters) and start the server again, or sign in to the console"
        )
    if caller.name:
        return NotPermitted(f"this needs the right {needs!r}, which {caller.role or caller.name!r} does not have")
    return NotSignedIn(
        "sign in, or send the shop's key: 'Authorization: Bearer <api_key>'; a source, its write key that is in force"
    )


def _path_value(field: Field, request: Request) -> Any:
    return _read(field, request.path_params[field.name], "path")


def _query_values(fields: tuple[Field, ...], request: Request, *, strict: bool) -> Mapping[str, Any]:
    if not fields and not (strict and request.scope["query_string"]):
        return {}
    known = {field.name: field for field in fields}
    sent = {name: value for name, value in request.query_params.items() if strict or name in known}
    for name in sent:
        if name not in known:
            raise BadInput(f"query: unknown parameter {name!r}{nearest(name, known)}")
    missing = [name for name, field in known.items() if field.default is REQUIRED and name not in sent]
    if missing:
        raise BadInput(f"query: {missing[0]!r} is missing")
    return {name: _read(known[name], value, "query") for name, value in sent.items()}


def _read(field: Field, text: str, where: str) -> Any:
    try:
        return msgspec.convert(text, field.type, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"{where}: {field.name}: {error}") from None
