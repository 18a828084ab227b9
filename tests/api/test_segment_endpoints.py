"""Segments through HTTP: checked while they are written, counted as in batch, compared, listed."""

import httpx
import pytest

from shopkeeper.api.server import create_api
from shopkeeper.flows.segments import count_segments
from shopkeeper.protect.rights import RIGHTS, Caller
from shopkeeper.testing.shop import CUSTOMERS, NOW, track, user

WHERE = "orders_90d >= 8"


@pytest.fixture
async def client(app, service, monkeypatch):
    async def owner(_app, _request, _keys):
        return Caller("ann", RIGHTS, "owner")

    monkeypatch.setattr("shopkeeper.api.server.caller_of", owner)
    transport = httpx.ASGITransport(app=create_api(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
        await app.crowd.table()
        yield opened


async def check(client, where, **more):
    return (await client.post("/v1/segments/check", json={"where": where, **more})).json()


async def test_a_check_says_all_of_a_rule_in_one_answer(client):
    found = await check(client, f"{WHERE} and last_order < now() - interval 21 day")
    assert found["ok"]
    assert found["sentence"] == "orders in 90 days is at least 8 and last order was more than 21 days ago"
    assert [part["trait"] for part in found["tree"]["of"]] == ["orders_90d", "last_order"]
    assert found["reads"] == ["last_order", "orders_90d"]
    assert found["timed"]
    assert found["count"]["of"] == CUSTOMERS
    assert found["count"]["as_of"].startswith("2026-03-02T10:00")


async def test_the_count_is_that_of_the_batch_and_of_what_is_recorded(client, app):
    batch = {one.name: one.customers for one in await count_segments(app.store, app.batch, app.definitions, now=NOW)}
    listed = {one["name"]: one for one in (await client.get("/v1/segments")).json()}
    for name, segment in app.definitions.segments.items():
        counted = (await check(client, segment.where))["count"]["matches"]
        assert counted == batch[name] == listed[name]["members"]
        assert listed[name]["share"] == counted / CUSTOMERS


async def test_reachable_are_those_for_whom_a_permit_is_given_outside_the_holdout(client, app, service):
    everybody = "orders_ever >= 0"
    before = (await check(client, everybody))["count"]
    held = sum(await in_holdout(app))
    assert before["reachable"] == CUSTOMERS - held
    objects = track(user(7), "Consent Withdrawn", {"purpose": "personalization"}, key="no", at=NOW)
    await service.outcomes.take(objects, source="test", now=NOW)
    await app.crowd.renew()
    after = (await check(client, everybody))["count"]
    assert after["matches"] == before["matches"]
    assert before["reachable"] - after["reachable"] == (not (await in_holdout(app))[7])


async def in_holdout(app):
    from shopkeeper.core.identifier import Identifier
    from shopkeeper.protect.assignment import arm_of

    names = [Identifier("user_id", user(n)) for n in range(CUSTOMERS)]
    found = await app.store.find_customers(names)
    return [arm_of(found[name], app.definitions.shop.holdout) == "holdout" for name in names]


async def test_every_mistake_is_placed_with_its_mend(client):
    text = "order_90d >= 8 and (spnd_90d > 3 or last_order < 5)"
    found = await check(client, text)
    assert not found["ok"]
    assert [(text[m["start"] : m["end"]], m["fix"]) for m in found["mistakes"][:2]] == [
        ("order_90d", "orders_90d"),
        ("spnd_90d", "spend_90d"),
    ]
    assert "type mismatch" in found["mistakes"][2]["message"]
    assert found["count"] is None


async def test_personal_traits_stay_out_of_rules_and_of_the_crowd(client, app):
    found = await check(client, "orders_ever > 1 and email = 'x'")
    assert found["mistakes"][0]["start"] == 20
    assert "names a person" in found["mistakes"][0]["message"]
    email = next(one for one in (await client.get("/v1/traits")).json()["traits"] if one["name"] == "email")
    assert (email["operators"], email["usual"], email["known"]) == ([], [], None)
    assert "email" not in (await app.crowd.table()).table.table.columns


async def test_an_offers_rule_may_read_the_moment_and_is_then_not_counted(client):
    where = "context.channel = 'web' and orders_ever > 1"
    assert not (await check(client, where))["ok"]
    found = await check(client, where, of="offer_rule")
    assert found["ok"]
    assert (found["count"], found["counting"]) == (None, False)
    assert "context.channel" in found["uncounted"]


async def test_a_tree_becomes_text_and_wrong_values_are_named(client):
    found = await check(client, "not (orders_90d between 2 and 5) or contains(favourite_category, 'it''s')")
    answer = await client.post("/v1/segments/text", json={"tree": found["tree"]})
    assert answer.json()["text"] == found["canonical"]
    wrong = {"is": "condition", "trait": "orders_90d", "operator": ">=", "values": ["1 or true"]}
    answer = await client.post("/v1/segments/text", json={"tree": wrong})
    assert (answer.status_code, "expected a number" in answer.json()["message"]) == (400, True)


async def test_traits_come_with_what_fits_them_and_what_their_values_look_like(client):
    found = {one["name"]: one for one in (await client.get("/v1/traits")).json()["traits"]}
    assert found["last_order"]["operators"][0] == "longer ago than"
    assert found["spend_90d"]["usual"][1]["text"].startswith("€")
    top = found["favourite_category"]["usual"]
    assert top[0]["customers"] >= top[1]["customers"] > 0
    assert found["context.place"]["source"] == "moment"


async def test_a_preview_pages_through_exactly_those_who_are_counted(client):
    seen, after = [], ""
    while True:
        rows = (await client.post("/v1/segments/preview", json={"where": WHERE, "n": 50, "after": after})).json()
        seen += [row["customer"] for row in rows["rows"]]
        after = rows["next"]
        if not after:
            break
    assert len(seen) == len(set(seen)) == rows["total"]
    assert rows["columns"][0] == {"trait": "orders_90d", "words": "orders in 90 days", "read": True}
    assert all(int(row["traits"][0]) >= 8 for row in rows["rows"])
    assert rows["rows"][0]["identifiers"]["user_id"]


async def test_members_are_listed_with_since_when(client):
    rows = (await client.get("/v1/segments/lapsing/members", params={"limit": 10})).json()
    assert (rows["total"], len(rows["rows"])) == (CUSTOMERS // 10, 10)
    more = (await client.get("/v1/segments/lapsing/members", params={"after": rows["next"]})).json()
    assert len(more["rows"]) == rows["total"] - 10
    assert rows["rows"][0]["since"].startswith("2026-03-02")
    assert (await client.get("/v1/segments/lapsin/members")).status_code == 404


async def test_who_lacks_the_right_to_names_sees_none(client, monkeypatch):
    async def analyst(_app, _request, _keys):
        return Caller("bo", frozenset({"see", "customers"}), "analyst")

    monkeypatch.setattr("shopkeeper.api.server.caller_of", analyst)
    rows = (await client.post("/v1/segments/preview", json={"where": WHERE})).json()
    assert rows["rows"]
    assert all(row["identifiers"] == {} for row in rows["rows"])
    assert (await client.post("/v1/definitions/plan", json={"edits": [], "expected": ""})).status_code == 403


async def test_a_comparison_puts_first_what_sets_the_segment_apart(client):
    found = (await client.post("/v1/segments/compare", json={"where": "bread_90d >= 10"})).json()
    assert found["inside"] + found["outside"] == CUSTOMERS
    assert found["traits"][0]["trait"] in {"bread_90d", "favourite_category"}
    lines = {one["trait"]: one for one in found["traits"]}
    assert lines["bread_90d"]["inside"] >= 10 > lines["bread_90d"]["outside"]
    bread = next(one for one in lines["favourite_category"]["values"] if one["value"] == "bread")
    assert bread["inside"] > bread["outside"]
    assert "email" not in lines


async def test_a_segment_is_shown_with_where_its_rule_is_met_again(client):
    found = (await client.get("/v1/segments/regulars")).json()
    assert found["rule"]["count"]["matches"] == found["members"]
    assert {(use["noun"], use["name"], use["how"]) for use in found["uses"]} == {("offer_rule", "club", "same")}
    assert found["changed"]["who"] == "test kit"
    assert found["recording"]["state"] == "recorded"
