"""Definitions through HTTP: planned, applied once, never over somebody else's."""

import asyncio

import httpx
import pytest

from shopkeeper.api.server import create_api
from shopkeeper.protect.rights import RIGHTS, Caller
from shopkeeper.testing.shop import NOW, basket, user


@pytest.fixture
def callers():
    return ["ann"]


@pytest.fixture
async def client(app, service, monkeypatch, callers):
    async def owner(_app, _request, _keys):
        return Caller(callers[0], RIGHTS, "owner")

    monkeypatch.setattr("shopkeeper.api.server.caller_of", owner)
    transport = httpx.ASGITransport(app=create_api(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
        await app.crowd.table()
        yield opened


async def version(client):
    return (await client.get("/v1/definitions")).json()["version"]


def put(name, **fields):
    return {"noun": "segment", "name": name, "value": fields or None}


async def send(client, expected, *edits, what="apply", note=""):
    body = {"edits": list(edits), "expected": expected} | ({"note": note} if note else {})
    return await client.post(f"/v1/definitions/{what}", json=body)


async def test_a_plan_shows_what_changes_and_whom_it_moves_and_changes_nothing(client):
    before = await version(client)
    plan = (await send(client, before, put("regulars", where="orders_90d >= 10"), what="plan")).json()
    assert plan["changes"] == [
        {
            "noun": "segment",
            "name": "regulars",
            "what": "changed",
            "fields": [{"field": "where", "old": "orders_90d >= 8", "new": "orders_90d >= 10"}],
        }
    ]
    assert "-regulars: {where: orders_90d >= 8}\n+regulars: {where: orders_90d >= 10}" in plan["diff"]
    meant = plan["consequences"][0]
    assert (meant["entered"], meant["before"] - meant["left"]) == (0, meant["after"])
    assert meant["left"] > 0
    assert [use["name"] for use in meant["uses"]] == ["club"]
    assert await version(client) == before


async def test_what_is_applied_holds_at_once_for_everybody(client, app):
    answer = await send(client, await version(client), put("tea_time", where="favourite_category = 'tea'"), note="Tea!")
    done = answer.json()
    assert (answer.status_code, done["already"], done["recording"]) == (200, False, ["tea_time"])
    await app.recorder.finish()
    shown = (await client.get("/v1/segments/tea_time")).json()
    assert shown["members"] == shown["rule"]["count"]["matches"] > 0
    assert (shown["changed"]["who"], shown["changed"]["note"]) == ("ann", "Tea!")
    listed = (await client.get("/v1/customers", params={"segment": "tea_time"})).status_code
    assert listed == 200


async def test_who_is_recorded_by_an_apply_does_not_enter_once_more(client, app):
    await client.get(f"/v1/customers/user_id/{user(5)}")
    await send(client, await version(client), put("everybody", where="orders_ever >= 1"))
    await app.recorder.finish()
    answer = (await client.post("/v1/track", json=basket(user(5), ["tea-0"], key="b1", at=NOW))).json()
    assert (answer["outcome"], answer.get("entered", [])) == ("accepted", [])


async def test_a_segment_that_is_taken_away_loses_its_members(client, app):
    await send(client, await version(client), put("lapsing"))
    await app.recorder.finish()
    assert (await client.get("/v1/segments/lapsing")).status_code == 404
    assert await app.store.members("lapsing") == []


async def test_the_same_request_again_finds_itself_applied(client, app):
    before = await version(client)
    first = (await send(client, before, put("regulars", where="orders_90d >= 9"))).json()
    again = (await send(client, before, put("regulars", where="orders_90d >= 9"))).json()
    assert (first["already"], again["already"]) == (False, True)
    assert again["applied"]["number"] == first["applied"]["number"]
    assert len(await app.store.versions()) == first["applied"]["number"]
    gone = await version(client)
    assert not (await send(client, gone, put("lapsing"))).json()["already"]
    assert (await send(client, gone, put("lapsing"))).json()["already"]


async def test_of_two_editors_the_second_is_told_who_was_faster_and_what_changed(client, callers):
    before = await version(client)
    callers[0] = "bo"
    await send(client, before, put("regulars", where="orders_90d >= 20"))
    callers[0] = "ann"
    for what in ("plan", "apply"):
        answer = await send(client, before, put("regulars", where="orders_90d >= 9"), what=what)
        told = answer.json()
        assert (answer.status_code, told["code"]) == (409, "conflict")
        assert told["message"].startswith("bo put version 2 in force")
        assert [(one["who"], one["changes"][0]["fields"][0]["new"]) for one in told["since"]] == [
            ("bo", "orders_90d >= 20")
        ]
    assert (await client.get("/v1/segments/regulars")).json()["where"] == "orders_90d >= 20"


async def test_of_two_who_apply_at_once_one_wins_and_the_other_is_told(client, app):
    before = await version(client)
    answers = await asyncio.gather(
        *(send(client, before, put("regulars", where=f"orders_90d >= {n}")) for n in (11, 12))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await app.store.versions()) == 2


async def test_an_edit_that_breaks_something_is_refused_as_a_whole(client):
    before = await version(client)
    answer = await send(
        client, before, put("fine", where="orders_ever > 1"), {"noun": "trait", "name": "bread_90d", "value": None}
    )
    told = answer.json()
    assert (answer.status_code, told["code"]) == (400, "bad_definitions")
    assert "segments.yaml" in told["message"]
    assert "bread_90d" in told["message"]
    assert await version(client) == before


async def test_a_name_that_cannot_be_is_refused(client):
    before = await version(client)
    for name in ("Bad Name", "<img src=x onerror=alert(1)>", "a: b", "", "x" * 80):
        assert (await send(client, before, put(name, where="orders_ever > 1"))).status_code == 400, name
    assert await version(client) == before


async def test_the_folders_file_follows_where_it_still_says_what_was_in_force(client, app):
    done = (await send(client, await version(client), put("regulars", where="orders_90d >= 9"))).json()
    assert [(file["name"], file["state"]) for file in done["folder"]] == [("segments.yaml", "written")]
    assert "orders_90d >= 9" in (app.folder / "segments.yaml").read_text()
    (app.folder / "segments.yaml").write_text("# somebody is at it\n")
    done = (await send(client, await version(client), put("regulars", where="orders_90d >= 10"))).json()
    assert [file["state"] for file in done["folder"]] == ["differs"]
    assert (app.folder / "segments.yaml").read_text() == "# somebody is at it\n"
    assert "orders_90d >= 10" in (await client.get("/v1/definitions")).json()["files"]["segments.yaml"]


async def test_a_folder_that_cannot_be_written_is_said_and_the_apply_holds(client, app, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "no")

    monkeypatch.setattr("shopkeeper.flows.definitions.write.replace_text", refuse)
    done = (await send(client, await version(client), put("regulars", where="orders_90d >= 9"))).json()
    assert [file["state"] for file in done["folder"]] == ["refused"]
    assert (await client.get("/v1/segments/regulars")).json()["where"] == "orders_90d >= 9"


async def test_an_offers_rule_is_edited_alike(client):
    edit = {"noun": "offer_rule", "name": "club", "value": {"where": "orders_90d >= 12"}}
    plan = (await send(client, await version(client), edit, what="plan")).json()
    meant = plan["consequences"][0]
    assert (meant["sentence_before"], meant["left"] > 0) == ("orders in 90 days is at least 8", True)
    done = (await send(client, await version(client), edit)).json()
    assert done["recording"] == []
    files = (await client.get("/v1/definitions")).json()["files"]
    assert "club: {group: club, where: orders_90d >= 12, per_customer: 1, pause: 28 days}" in files["offers.yaml"]


async def test_the_versions_tell_what_each_changed(client):
    await send(client, await version(client), put("regulars", where="orders_90d >= 9"), note="fewer")
    told = (await client.get("/v1/definitions/versions")).json()
    assert [one["number"] for one in told] == [2, 1]
    assert (told[0]["who"], told[0]["note"], told[0]["changes"][0]["name"]) == ("ann", "fewer", "regulars")
