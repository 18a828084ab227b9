"""Every role at every operation of the OpenAPI document: allowed and refused exactly as `protect.rights` says."""

from dataclasses import replace

import httpx
import pytest

from shopkeeper.api import server
from shopkeeper.api.caller import COOKIE
from shopkeeper.api.openapi import document
from shopkeeper.core.clock import StoppedClock
from shopkeeper.flows.accounts import NewPerson, add_person
from shopkeeper.protect.rights import LOCAL, NOBODY, PROGRAM, ROLES, Right, Role
from shopkeeper.testing.shop import NOW

KEY = "a-key-for-the-matrix"
_PLACES = {"kind": "user_id", "customer": "cus_01890a5d-ac96-774b-bcce-b302099a8057"}


def operations() -> list[tuple[str, str, Right | None]]:
    """List method, path with its places filled in, and right of each operation, as the document has them."""
    paths = document(server.OPERATIONS)["paths"]
    return [
        (method.upper(), _filled(path), said["x-right"]) for path, one in paths.items() for method, said in one.items()
    ]


def _filled(path: str) -> str:
    parts = [_PLACES.get(part[1:-1], "x") if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


async def _nothing(_call, **_given):
    return {}


@pytest.fixture
def hollow(monkeypatch):
    """Every operation with its right but without its work, so that trying them all changes nothing."""
    emptied = {"handler": _nothing, "body": None, "query": (), "path_fields": (), "strict": False}
    monkeypatch.setattr(server, "OPERATIONS", tuple(replace(one, **emptied) for one in server.OPERATIONS))


@pytest.fixture
async def client(app, service, hollow):
    app.wall_clock = StoppedClock(NOW)
    async with reach(app) as opened:
        yield opened


def reach(app) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=server.create_api(app), client=("127.0.0.1", 5))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


async def session_of(app, role: Role) -> dict[str, str]:
    """Sign somebody of a role in; return the headers of their requests."""
    await add_person(app.store, app.entrance, NewPerson(name=role, role=role), now=NOW, rng=app.rng)
    account = await app.store.find_account(role)
    opened = await app.entrance.begin(account, replacing=None, now=NOW)
    return {"cookie": f"{COOKIE}={opened.secret}", "x-csrf-token": opened.signed_in.session.csrf}


async def wrongly(client: httpx.AsyncClient, rights: frozenset[Right], refusal: int, **headers: str) -> list[str]:
    """Try every operation; name those that were answered otherwise than the rights say."""
    found = []
    for method, path, needs in operations():
        expected = 200 if needs is None or needs in rights else refusal
        status = (await client.request(method, path, headers=headers)).status_code
        if status != expected:
            found.append(f"{method} {path}: {status}, not {expected}")
    return found


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_what_its_rights_say_and_no_more(client, app, role):
    assert await wrongly(client, ROLES[role], 403, **await session_of(app, role)) == []


async def test_a_program_may_everything_but_accounts(client, app):
    app.settings = replace(app.settings, api_key=KEY)
    assert await wrongly(client, PROGRAM, 403, authorization=f"Bearer {KEY}") == []
    assert await wrongly(client, NOBODY.rights, 401) == []


async def test_a_local_program_may_use_the_shop_and_nobody_else_may_anything(client):
    assert await wrongly(client, LOCAL, 403) == []
    assert await wrongly(client, NOBODY.rights, 401, **{"sec-fetch-site": "cross-site"}) == []


PLANTED = [("staff", "/v1/users", "notes"), ("read_only", "/v1/segments", "edit")]


@pytest.mark.parametrize("planted", PLANTED)
async def test_an_operation_with_a_wrong_right_would_be_seen(app, service, hollow, monkeypatch, planted):
    role, path, needs = planted
    app.wall_clock = StoppedClock(NOW)
    right = server.OPERATIONS
    wrong = tuple(replace(one, needs=needs) if (one.method, one.path) == ("GET", path) else one for one in right)
    monkeypatch.setattr(server, "OPERATIONS", wrong)
    async with reach(app) as client:
        monkeypatch.setattr(server, "OPERATIONS", right)
        found = await wrongly(client, ROLES[role], 403, **await session_of(app, role))
    assert [line.split(":")[0] for line in found] == [f"GET {path}"]


def test_what_matters_most_is_not_loosened_unseen():
    needs = {(method, path): right for method, path, right in operations()}
    assert {right for (_, path), right in needs.items() if path.startswith("/v1/users")} == {"accounts"}
    assert {role for role, rights in ROLES.items() if "accounts" in rights} == {"owner"}
    assert {role for role, rights in ROLES.items() if not rights & {"customers", "personal"}} == {"read_only"}
    assert {role for role, rights in ROLES.items() if "edit" in rights} == {"owner", "marketer"}
    open_to_all = {path for (_, path), right in needs.items() if right is None}
    # What comes to /v1/m is dropped; /.well-known/gpc.json says the same to everybody.
    rest = open_to_all - {"/v1/health", "/v1/openapi.json", "/v1/m", "/.well-known/gpc.json"}
    assert all(path.startswith("/v1/session") for path in rest)
    assert LOCAL.isdisjoint({"edit", "models", "accounts", "notes"})
