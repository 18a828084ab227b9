"""The endpoints."""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shopkeeper.api.http import Answer, check_key, decode, on_error, read_body
from shopkeeper.app import App
from shopkeeper.core.decision import DecideRequest, RankRequest
from shopkeeper.core.errors import ShopkeeperError
from shopkeeper.core.identifier import identifier
from shopkeeper.flows.page import customer_page

Endpoint = Callable[[App, Request], Awaitable[Response]]

_decide = msgspec.json.Decoder(DecideRequest)
_rank = msgspec.json.Decoder(RankRequest)
_event = msgspec.json.Decoder(dict[str, object])


async def decide(app: App, request: Request) -> Response:
    """POST /v1/decide: what this customer should see in a slot now."""
    asked = decode(await read_body(request), _decide)
    return Answer(await app.service.decider.decide(asked, now=app.clock.now()))


async def rank(app: App, request: Request) -> Response:
    """POST /v1/rank: the caller's own list in this customer's order."""
    asked = decode(await read_body(request), _rank)
    return Answer(await app.service.decider.rank(asked, now=app.clock.now()))


async def track(app: App, request: Request) -> Response:
    """POST /v1/track: something a customer did; answered after it is durable and folded in."""
    event = decode(await read_body(request), _event)
    return Answer(await app.service.outcomes.take({**event, "type": "track"}, source="api", now=app.clock.now()))


async def identify(app: App, request: Request) -> Response:
    """POST /v1/identify: what a customer states about themselves."""
    event = decode(await read_body(request), _event)
    return Answer(await app.service.outcomes.take({**event, "type": "identify"}, source="api", now=app.clock.now()))


async def customer(app: App, request: Request) -> Response:
    """GET /v1/customers/{kind}/{value}: the whole page of one customer, for staff."""
    name = identifier(request.path_params["kind"], request.path_params["value"])
    service = app.service
    page = await customer_page(app.store, service.definitions, name, now=app.clock.now(), profiles=service.profiles)
    return Answer(page)


async def segments(app: App, _request: Request) -> Response:
    """GET /v1/segments: every segment with its sentence and how many are recorded in it."""
    return Answer(await app.service.watch.overview())


async def health(app: App, _request: Request) -> Response:
    """GET /v1/health: ready, and which versions are in force."""
    return Answer({"status": "ready", "versions": app.service.decider.versions})


ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", "/v1/decide", decide),
    ("POST", "/v1/rank", rank),
    ("POST", "/v1/track", track),
    ("POST", "/v1/identify", identify),
    ("GET", "/v1/customers/{kind}/{value:path}", customer),
    ("GET", "/v1/segments", segments),
    ("GET", "/v1/health", health),
)


def create_api(app: App) -> Starlette:
    """Build the ASGI application over a shop that is being served, see `App.serving`."""

    def route(method: str, path: str, endpoint: Endpoint) -> Route:
        async def handle(request: Request) -> Response:
            if path != "/v1/health":
                check_key(request, app.settings.api_key)
            return await endpoint(app, request)

        return Route(path, handle, methods=[method], name=endpoint.__name__)

    handlers = {ShopkeeperError: on_error, Exception: on_error, HTTPException: _on_http}
    return Starlette(routes=[route(*entry) for entry in ROUTES], exception_handlers=handlers)


async def _on_http(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = {404: ("not_found", "no such endpoint"), 405: ("bad_input", "this endpoint takes another method")}
    code, message = words.get(status, ("error", "the request cannot be answered"))
    return Answer({"code": code, "message": message}, status_code=status)
