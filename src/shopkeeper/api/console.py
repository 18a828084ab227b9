"""The console's files: one page and what it loads, held in memory, sent under a policy that runs no foreign script.

They are read once, when the server starts: a console that is built anew meanwhile never mixes with the old one, and a
path of a request is only ever a key, so that none leads out of the folder.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from starlette.convertors import PathConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

STATIC: Final = Path(__file__).parent / "static"
"""Where the build of `console/` puts what is served, see `hatch_build.py`."""
PAGE: Final = "index.html"
PAGES: Final = frozenset(
    {
        *("", "enter", "sign-in"),
        *("customers", "decisions", "groups", "home", "live", "models", "people", "segments", "sources", "tour"),
    }
)
"""How the paths begin that the page knows, see `console/src/app/router.tsx` and the screens."""
ASSETS: Final = "assets/"
"""Files whose names change with their content."""

# Styles may stand in the page: Mantine writes its colours so, and a style runs nothing. A script never may.
POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
GUARDS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every answer of the console."""

_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Shopkeeper: the console is not built</title>
<h1>The console is not built</h1>
<p>The API under <code>/v1</code> works without it. To build the console, run <code>make console</code> in a clone,
or install the package again without <code>SHOPKEEPER_SKIP_CONSOLE</code>; then start the server again.</p>
</html>
"""


class _Page(PathConvertor):
    """Every path but those of the API, of any version, so that a program never gets a page for an answer."""

    regex = r"(?!v[0-9]+(?:/|$)).*"


register_url_convertor("page", _Page())


class _File(NamedTuple):
    """A file as it is sent: plain, with gzip where the build made that too, and the headers of both."""

    plain: bytes
    packed: bytes | None
    headers: Mapping[str, str]


def console_routes(folder: Path = STATIC) -> list[BaseRoute]:
    """Serve the built console outside of `/v1`; to stand behind all other routes.

    A path that the console does not know is answered 404: to a browser with the page, which says so in its own words.

    Args:
        folder: What the build made; without a page in it, every path answers 503 and says how to build.
    """
    files = _read(folder)

    async def console(request: Request) -> Response:
        if PAGE not in files:
            return HTMLResponse(_NOT_BUILT, status_code=503, headers={**GUARDS, "Cache-Control": "no-store"})
        path = request.path_params["path"]
        if path not in files and path.partition("/")[0] not in PAGES:
            return _unknown(files[PAGE], request)
        return _send(_find(files, path), request)

    return [Route("/{path:page}", console, methods=["GET"], name="console")]


def _read(folder: Path) -> dict[str, _File]:
    if not folder.is_dir():
        return {}
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): _file(path, folder) for path in found if path.suffix != ".gz"}


def _file(path: Path, folder: Path) -> _File:
    plain = path.read_bytes()
    packed = path.with_name(f"{path.name}.gz")
    lasting = path.relative_to(folder).as_posix().startswith(ASSETS)
    headers = {
        **GUARDS,
        "Cache-Control": "public, max-age=31536000, immutable" if lasting else "no-cache",
        "Content-Type": _TYPES.get(path.suffix, "application/octet-stream"),
        "ETag": f'W/"{sha256(plain).hexdigest()[:32]}"',
        "Vary": "Accept-Encoding",
    }
    return _File(plain, packed.read_bytes() if packed.is_file() else None, headers)


def _unknown(page: _File, request: Request) -> Response:
    """Answer what nobody knows: a browser shows the page. Raises: HTTPException: a program asks."""
    if "text/html" not in request.headers.get("accept", ""):
        raise HTTPException(404)
    return Response(page.plain, status_code=404, headers=dict(page.headers))


def _find(files: Mapping[str, _File], path: str) -> _File:
    """Find what a path asks for: a file, or the page, which knows its own paths. Raises: HTTPException: 404."""
    if path in files:
        return files[path]
    if ".." in path.split("/"):
        raise HTTPException(404)
    return files[PAGE]


def _send(file: _File, request: Request) -> Response:
    known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
    if file.headers["ETag"] in known:
        return Response(status_code=304, headers=dict(file.headers))
    if file.packed is not None and _takes_gzip(request):
        return Response(file.packed, headers={**file.headers, "Content-Encoding": "gzip"})
    return Response(file.plain, headers=dict(file.headers))


def _takes_gzip(request: Request) -> bool:
    asked = (word.strip() for word in request.headers.get("accept-encoding", "").lower().split(","))
    return any(word == "gzip" or (word.startswith("gzip;") and not word.endswith("q=0")) for word in asked)
