"""The ASGI application: every operation behind its route."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from shopkeeper.api import (
    accounting,
    asking,
    clients,
    collecting,
    contracts,
    customers,
    decisions,
    definitions,
    events,
    groups,
    home,
    imports,
    models,
    notes,
    offers,
    privacy_control,
    segments,
    session,
    sources,
    tour,
    users,
)
from shopkeeper.api.bodies import HOLD
from shopkeeper.api.caller import caller_of
from shopkeeper.api.console import console_routes
from shopkeeper.api.cross_origin import CrossOrigin
from shopkeeper.api.http import Answer, Failure, on_error
from shopkeeper.api.openapi import document
from shopkeeper.api.operation import Call, Operation, operation
from shopkeeper.app import App
from shopkeeper.core.errors import ShopkeeperError
from shopkeeper.flows.collecting.pressure import Hands

Endpoint = Callable[[Request], Awaitable[Response]]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """That the shop answers, and which versions of definitions and models are in force.

    status: `degraded` while the store does not answer, or background work fails: decisions fall back, events must wait.
    """

    status: Literal["ready", "degraded"]
    versions: Mapping[str, str]


@operation("GET", "/v1/health", needs=None, twin=None)
async def health(call: Call) -> Health:
    """Say whether the shop is ready, and which versions are in force."""
    service = call.app.service
    status: Literal["ready", "degraded"] = "degraded" if service.background.is_troubled else "ready"
    return Health(status=status, versions=service.decider.versions)


@operation("GET", "/v1/openapi.json", needs=None, twin="openapi")
async def openapi(_call: Call) -> dict[str, Any]:
    """Describe every operation, as OpenAPI 3.1."""
    return document(OPERATIONS)


OPERATIONS: tuple[Operation, ...] = (
    *asking.OPERATIONS,
    *decisions.OPERATIONS,
    *collecting.OPERATIONS,
    *clients.OPERATIONS,
    *contracts.OPERATIONS,
    *accounting.OPERATIONS,
    *notes.OPERATIONS,
    *groups.OPERATIONS,
    *customers.OPERATIONS,
    *segments.OPERATIONS,
    *definitions.OPERATIONS,
    *sources.OPERATIONS,
    *imports.OPERATIONS,
    *home.OPERATIONS,
    *events.OPERATIONS,
    *models.OPERATIONS,
    *offers.OPERATIONS,
    *tour.OPERATIONS,
    *privacy_control.OPERATIONS,
    *session.OPERATIONS,
    *users.OPERATIONS,
    health,
    openapi,
)
"""In the order in which paths are tried: a path that names more comes before one that swallows it."""


class _Id(Convertor[str]):
    """A customer's id in a path, which no kind of identifier can be taken for."""

    regex = "cus_[0-9a-f-]{36}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("cus", _Id())


def create_api(app: App) -> Starlette:
    """Build the ASGI application over a shop that is being served, see `App.serving`."""
    hands = Hands()
    exact: dict[tuple[str, str], Endpoint] = {}

    def routes_of(one: Operation) -> Iterator[Route]:
        async def handle(request: Request) -> Response:
            try:
                with hands.hold() as request.scope[HOLD]:
                    caller = await caller_of(app, request, one.keys)
                    return await one.answer_to(Call(app, caller, app.clock.now(), request, MutableHeaders()))
            except Exception as error:  # Starlette would pass on what nobody foresaw, and its text would be logged
                return await on_error(request, error)

        for path in (one.path, *one.aliases):
            if "{" not in path:
                exact[one.method, path] = handle
            yield Route(path, handle, methods=[one.method], name=one.name)

    handlers = {ShopkeeperError: on_error, Exception: on_error, HTTPException: _on_http}
    routes = [*(route for one in OPERATIONS for route in routes_of(one)), *console_routes()]
    outside = [Middleware(CrossOrigin, operations=OPERATIONS), Middleware(_AtOnce, endpoints=exact)]
    return Starlette(routes=routes, exception_handlers=handlers, middleware=outside)


class _AtOnce:
    """Answers what is asked for under a path that names nothing; trying a hundred routes would take as long again."""

    def __init__(self, app: ASGIApp, endpoints: Mapping[tuple[str, str], Endpoint]) -> None:
        self._app = app
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass a request on."""
        endpoint = self._endpoints.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        response = await endpoint(Request(scope, receive))
        await response(scope, receive, send)


async def _on_http(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = {404: ("not_found", "no such endpoint"), 405: ("bad_input", "this endpoint takes another method")}
    code, message = words.get(status, ("error", "the request cannot be answered"))
    return Answer(Failure(code=code, message=message), status_code=status)
