"""Groups through the API and the command line."""

import httpx
import pytest

from shopkeeper.api import server
from shopkeeper.protect.rights import ROLES, Caller, Role
from shopkeeper.testing.commands import told, typed
from shopkeeper.testing.shop import user


@pytest.fixture
async def client(app, service):
    transport = httpx.ASGITransport(app=server.create_api(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
        yield opened


@pytest.fixture
def signed_in(monkeypatch):
    """Let requests come from somebody of a role."""

    def be(role: Role) -> None:
        async def caller_of(*_args, **_rest):
            return Caller("ann", ROLES[role], role)

        monkeypatch.setattr(server, "caller_of", caller_of)

    be("owner")
    return be


async def join(client, group: str, *users: int) -> None:
    for n in users:
        said = {"userId": user(n), "groupId": group, "traits": {"phone": "+43 1 58858"}, "messageId": f"{group}{n}"}
        assert (await client.post("/v1/group", json=said)).status_code == 200


async def test_a_group_call_makes_a_group_with_its_members(client, signed_in):
    await join(client, "h/17 ä", 5, 10)
    page = (await client.get("/v1/groups/group/h%2F17%20%C3%A4")).json()
    assert (page["id"], page["size"], page["apart"]) == ("h/17 ä", 2, {"phone": "+43 1 58858"})
    assert {member["title"] for member in page["members"]} == {f"user_id {user(5)}", f"user_id {user(10)}"}
    customer = page["members"][0]["customer"]
    (mine,) = (await client.get(f"/v1/customers/{customer}/groups")).json()
    assert (mine["kind"], mine["id"], mine["claimed"]) == ("group", "h/17 ä", False)
    assert (await client.get("/v1/groups/group/other")).status_code == 404
    timeline = (await client.get(f"/v1/customers/{customer}/timeline")).json()
    assert timeline["events"][0]["sentence"] == "Joined the group “h/17 ä”."


async def test_who_may_see_no_names_is_told_none_of_a_group(client, signed_in):
    await join(client, "h1", 5)
    signed_in("analyst")
    answer = await client.get("/v1/groups/group/h1")
    assert answer.json()["masked"] and user(5) not in answer.text and "58858" not in answer.text


async def test_groups_are_listed_page_by_page(client, signed_in):
    for n in range(3):
        await join(client, f"h:{n}", n, n + 1)
    first = (await client.get("/v1/groups", params={"limit": 2})).json()
    rest = (await client.get("/v1/groups", params={"limit": 2, "after": first["next"]})).json()
    assert [one["id"] for one in (*first["groups"], *rest["groups"])] == ["h:0", "h:1", "h:2"]
    assert (rest["next"], rest["groups"][0]["members"]) == (None, 2)
    assert (await client.get("/v1/groups", params={"kind": "grup"})).status_code == 400


@pytest.mark.usefixtures("inside")
def test_groups_are_looked_at_by_command() -> None:
    assert typed("group", "list").stdout.startswith("No group yet")
    sent = f'{{"type": "group", "userId": "{user(5)}", "groupId": "h1", "traits": {{"nick": "five"}}}}'
    assert typed("event", "send", sent).exit_code == 0
    assert told("group", "list")["groups"] == [{"kind": "group", "id": "h1", "members": 1}]
    shown = typed("group", "show", "group", "h1").stdout
    assert "(1 member)" in shown and "nick: five" in shown and f"user_id {user(5)}" in shown
    assert told("customer", "groups", f"user_id:{user(5)}")[0]["id"] == "h1"
    assert typed("group", "show", "group", "h2").exit_code != 0
