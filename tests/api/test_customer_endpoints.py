"""Everything about single customers through the API, as people of different roles."""

import httpx
import pytest

from shopkeeper.api import server
from shopkeeper.protect.rights import ROLES, Caller, Role
from shopkeeper.testing.shop import user

CANARY = "canary-77@example.org"
GONE = "cus_01601ed2-805e-7ccc-9469-9259925e8a8e"


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


@pytest.fixture
async def customer(client, signed_in) -> str:
    said = {"userId": user(5), "traits": {"email": CANARY}, "messageId": "i1"}
    assert (await client.post("/v1/identify", json=said)).status_code == 200
    return (await client.get(f"/v1/customers/user_id/{user(5)}")).json()["customer"]


async def test_a_page_is_the_same_by_id_and_by_identifier(client, customer):
    by_id = (await client.get(f"/v1/customers/{customer}")).json()
    assert by_id == (await client.get(f"/v1/customers/user_id/{user(5)}")).json()
    found = (await client.get("/v1/customers", params={"q": "CANARY"})).json()["customers"]
    assert [(hit["customer"], hit["why"]) for hit in found] == [(customer, "email begins so")]


async def test_who_lacks_the_right_personal_is_told_no_name_by_any_question(client, customer, signed_in):
    signed_in("analyst")
    queries = (user(5), "u00", "canary", CANARY, customer, "")
    told = [await client.get("/v1/customers", params={"q": query}) for query in queries]
    told.append(await client.get(f"/v1/customers/{customer}"))
    assert [answer.json()["masked"] for answer in told] == [True] * len(told)
    assert not [answer.text for answer in told if user(5) in answer.text]
    told.append(await client.get(f"/v1/customers/{customer}/timeline"))
    assert not [answer.text for answer in told if "canary" in answer.text]
    assert [len(answer.json()["customers"]) for answer in told[:5]] == [1, 0, 0, 0, 1]


@pytest.mark.parametrize("role", ["analyst", "read_only"])
async def test_notes_and_consents_need_their_right(client, customer, signed_in, role):
    signed_in(role)
    asked = [
        await client.get(f"/v1/customers/{customer}/notes"),
        await client.post(f"/v1/customers/{customer}/notes", json={"text": "x"}),
        await client.patch("/v1/notes/not_1", json={"done": True}),
        await client.delete("/v1/notes/not_1"),
        await client.get("/v1/tasks"),
        await client.post(f"/v1/customers/{customer}/consents", json={"purpose": "advertising", "given": True}),
    ]
    assert [answer.status_code for answer in asked] == [403] * len(asked)


async def test_a_task_goes_its_way(client, customer):
    sent = {"text": "ring back", "kind": "task", "due_at": "2026-03-03T09:00:00Z"}
    task = (await client.post(f"/v1/customers/{customer}/notes", json=sent)).json()
    assert (task["author"], task["due"]) == ("ann", "due tomorrow")
    assert [one["id"] for one in (await client.get("/v1/tasks")).json()] == [task["id"]]
    done = (await client.patch(f"/v1/notes/{task['id']}", json={"done": True})).json()
    assert done["done_by"] == "ann"
    undated = (await client.patch(f"/v1/notes/{task['id']}", json={"done": False, "due_at": None})).json()
    assert (undated["due_at"], undated["done_at"]) == (None, None)
    assert (await client.delete(f"/v1/notes/{task['id']}")).json()["text"] == "ring back"
    assert (await client.get(f"/v1/customers/{customer}/notes")).json() == []


async def test_an_objection_changes_the_next_answer(client, customer):
    body = {"purpose": "personalization", "given": False, "wording": "by telephone"}
    lines = (await client.post(f"/v1/customers/{customer}/consents", json=body)).json()
    assert {line["purpose"]: line["allowed"] for line in lines} == {"personalization": False, "advertising": False}
    asked = {"slot": "recommendations", "customer": {"user_id": user(5)}}
    answer = (await client.post("/v1/decide", json=asked)).json()
    assert (answer["personal"], "objected" in answer["why"]) == (False, True)


async def test_a_customer_who_is_gone_is_not_found_wherever_they_are_asked_for(client, signed_in):
    asked = [
        await client.get(f"/v1/customers/{GONE}"),
        await client.get(f"/v1/customers/{GONE}/timeline"),
        await client.get(f"/v1/customers/{GONE}/notes"),
        await client.post(f"/v1/customers/{GONE}/notes", json={"text": "x"}),
        await client.post(f"/v1/customers/{GONE}/consents", json={"purpose": "advertising", "given": True}),
    ]
    assert [answer.status_code for answer in asked] == [404] * len(asked)
    assert all("may have been erased" in answer.json()["message"] for answer in asked)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/customers?limit=1000", None),
        ("GET", "/v1/customers?kind=email", None),
        ("GET", "/v1/customers/{customer}/timeline?before=canary", None),
        ("POST", "/v1/customers/{customer}/notes", {"text": "x", "author": "canary"}),
        ("POST", "/v1/customers/{customer}/notes", {"text": "canary" * 500}),
        ("POST", "/v1/customers/{customer}/consents", {"purpose": "canaries", "given": True}),
        ("POST", "/v1/customers/{customer}/consents", {"purpose": "advertising", "given": "canary"}),
    ],
)
async def test_bad_input_is_named_without_its_value(client, customer, method, path, body):
    answer = await client.request(method, path.replace("{customer}", customer), json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")
    assert "canary" not in answer.json()["message"]
