"""Other sites' pages: they may reach what is open to browser keys, and nothing else; never with a cookie."""

from collections.abc import Iterable
from typing import Final

from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shopkeeper.api.operation import Operation

ALLOWED_HEADERS: Final = (
    "anonymousid, authorization, content-encoding, content-type, rsa-retry-attempt, rsa-retry-reason, "
    "rsa-since-first-attempt, rsa-since-last-attempt, sentat, x-requested-with, x-retry-count, x-write-key"
)
"""Those of Segment's and RudderStack's clients, also when they send again; a browser keeps back what is not named."""
_ANY: Final = (b"access-control-allow-origin", b"*")
_EXPOSED: Final = (b"access-control-expose-headers", b"retry-after, x-ratelimit-reset")
_DAY: Final = b"86400"


class CrossOrigin:
    """Answers browsers that ask whether a page of another site may send a request, and lets it read the answer."""

    def __init__(self, app: ASGIApp, operations: Iterable[Operation]) -> None:
        self._app = app
        methods: dict[str, set[str]] = {}
        for one in operations:
            if one.keys is not None and "browser" in one.keys.kinds:
                for path in (one.path, *one.aliases):
                    methods.setdefault(path, set()).add(one.method)
        self._exact = {path: found for path, found in methods.items() if "{" not in path}
        self._patterns = [(compile_path(path)[0], found) for path, found in methods.items() if "{" in path]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a question whether it may come is answered here."""
        methods = self._methods(scope["path"]) if scope["type"] == "http" else None
        if methods is None:
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await _answer(methods, send)
        else:
            await self._app(scope, receive, _readable(send))

    def _methods(self, path: str) -> set[str] | None:
        found = self._exact.get(path)
        if found is not None:
            return found
        return next((methods for pattern, methods in self._patterns if pattern.match(path)), None)


def _readable(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), _ANY, _EXPOSED]
        await send(message)

    return sending


async def _answer(methods: set[str], send: Send) -> None:
    headers = [
        _ANY,
        (b"access-control-allow-methods", ", ".join(sorted(methods)).encode()),
        (b"access-control-allow-headers", ALLOWED_HEADERS.encode()),
        (b"access-control-max-age", _DAY),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
