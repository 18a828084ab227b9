"""The console's files as they are served: cached well, guarded, and nothing but them."""

import gzip
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from shopkeeper.api.console import GUARDS, PAGES, console_routes

PAGE = "<!doctype html><title>Shopkeeper</title>"
CODE = "export const one = 1;\n" * 100


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "licenses.md").write_text("# Licenses")
    (folder / ".digest").write_text("0" * 64)
    (folder / "assets" / "index-Ab12.js").write_text(CODE)
    (folder / "assets" / "index-Ab12.js.gz").write_bytes(gzip.compress(CODE.encode()))
    (tmp_path / "secret.txt").write_text("sesame")
    return folder


def client(folder: Path) -> httpx.AsyncClient:
    async def track(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("tracked")

    app = Starlette(routes=[Route("/v1/track", track, methods=["POST"]), *console_routes(folder)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize("path", ["/", "/customers", "/customers/cus_1", "/segments/lapsing?tab=text", "/enter"])
async def test_every_path_of_the_console_is_the_page(built, path):
    answer = await client(built).get(path)
    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/metrics", "/vip", "/.env", "/customersx", "/wp-admin/setup.php"])
async def test_a_path_that_nobody_knows_is_answered_404_to_a_browser_with_the_page(built, path):
    to_program = await client(built).get(path)
    assert to_program.status_code == 404
    assert PAGE not in to_program.text
    to_browser = await client(built).get(path, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (to_browser.status_code, to_browser.text) == (404, PAGE)
    assert to_browser.headers["content-security-policy"] == GUARDS["Content-Security-Policy"]


def test_the_server_knows_every_page_of_the_console():
    sources = Path(__file__).parents[2] / "console" / "src"
    screens = [path.read_text() for path in sources.glob("screens/*/screen.tsx")]
    texts = [*screens, (sources / "app" / "router.tsx").read_text()]
    named = {name for text in texts for name in re.findall(r"\bpath: '/([a-z-]*)", text)}
    assert named == PAGES
    assert len(screens) > 5


@pytest.mark.parametrize("path", ["/", "/assets/index-Ab12.js", "/licenses.md"])
async def test_every_file_carries_the_guards_and_they_let_no_foreign_script_run(built, path):
    answer = await client(built).get(path)
    assert {name: answer.headers[name] for name in GUARDS} == GUARDS
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert (policy["default-src"], policy["script-src"], policy["connect-src"]) == ("'none'", "'self'", "'self'")
    assert (policy["frame-ancestors"], policy["base-uri"]) == ("'none'", "'none'")


async def test_what_never_changes_is_kept_and_sent_packed(built):
    answer = await client(built).get("/assets/index-Ab12.js", headers={"accept-encoding": "br, gzip"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert int(answer.headers["content-length"]) < len(CODE)
    assert answer.text == CODE


@pytest.mark.parametrize("wish", ["identity", "br", "gzip;q=0"])
async def test_who_cannot_unpack_gets_it_plain(built, wish):
    answer = await client(built).get("/assets/index-Ab12.js", headers={"accept-encoding": wish})
    assert "content-encoding" not in answer.headers
    assert answer.text == CODE


async def test_a_page_that_has_not_changed_is_not_sent_again(built):
    first = await client(built).get("/")
    again = await client(built).get("/segments", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    (built / "index.html").write_text(PAGE + "<p>changed")
    changed = await client(built).get("/", headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_head_says_the_same_without_the_body(built):
    plain, head = await client(built).get("/"), await client(built).head("/")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == plain.headers


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/a/..%2f../b",
    ],
)
async def test_no_path_leads_out_of_the_folder(built, path):
    url = httpx.URL("http://test").copy_with(raw_path=path.encode())
    answer = await client(built).get(url)
    assert answer.status_code == 404 or answer.text == PAGE
    assert "sesame" not in answer.text


@pytest.mark.parametrize("path", ["/.digest", "/assets/index-Ab12.js.gz", "/assets/gone.js", "/assets/"])
async def test_what_is_not_a_file_of_the_console_is_not_sent_as_one(built, path):
    answer = await client(built).get(path)
    assert answer.status_code == 404 or answer.text == PAGE
    assert answer.status_code == 404


async def test_paths_of_the_api_are_left_to_it(built):
    asked = client(built)
    assert (await asked.get("/v1/nothing")).status_code == 404
    assert (await asked.get("/v1")).status_code == 404
    assert (await asked.get("/v2/decide")).status_code == 404
    assert (await asked.get("/v1/track")).status_code == 405
    assert (await asked.post("/v1/track")).text == "tracked"
    assert (await asked.post("/customers")).status_code == 405


async def test_without_a_console_every_page_says_how_to_build_it(tmp_path):
    answer = await client(tmp_path / "static").get("/customers")
    assert answer.status_code == 503
    assert "make console" in answer.text
    assert answer.headers["content-security-policy"] == GUARDS["Content-Security-Policy"]


async def test_a_console_that_is_built_anew_does_not_mix_with_the_one_being_served(built):
    serving = client(built)
    for path in sorted(built.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert (await serving.get("/")).text == PAGE
    assert (await serving.get("/assets/index-Ab12.js")).text == CODE
