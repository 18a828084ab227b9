"""Importing through HTTP: a file is sent, guessed at, tried, imported beside the requests; what waits is mended."""

import asyncio
import gzip
import stat
from datetime import timedelta

import httpx
import pytest

from shopkeeper.api.server import create_api
from shopkeeper.core.clock import StoppedClock
from shopkeeper.core.ids import new_id
from shopkeeper.core.settings import Settings
from shopkeeper.flows.imports.uploads import KEPT
from shopkeeper.flows.imports.work import Imports
from shopkeeper.protect.rights import RIGHTS, ROLES, Caller
from shopkeeper.testing.shop import NOW, user

ROWS = (
    "Kundennummer;Bon-Nr.;Kaufdatum;Filiale;Artikelnummer;Menge;Umsatz\n"
    f"{user(5)};g1;27.02.2026 08:15;Hauptstraße;bread-3;4;2,00\n"
    f"{user(5)};g1;27.02.2026 08:15;Hauptstraße;cheese-4;1;1.018,50\n"
    "neu-1;g2;28.02.2026 09:00;Hauptstraße;tea-1;2;3,00\n"
    "neu-1;g3;28.02.2026 09:30;Hauptstraße;tea-1;2;canary\n"
)
GERMAN = ROWS.encode("cp1252")
HOSTILE = '../../"><script>alert(1)</script>.csv'


@pytest.fixture
def caller():
    return {"now": Caller("ann", RIGHTS, "owner")}


@pytest.fixture
async def client(app, service, monkeypatch, caller):
    async def who(_app, _request, _keys=None):
        return caller["now"]

    monkeypatch.setattr("shopkeeper.api.server.caller_of", who)
    transport = httpx.ASGITransport(app=create_api(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
        yield opened


async def sent(client, content=GERMAN, name="orders.csv"):
    return await client.post("/v1/uploads", params={"name": name}, content=content)


async def finished(client, job):
    async with asyncio.timeout(60):
        while True:
            line = (await client.get(f"/v1/imports/{job}")).json()
            if line["state"] in {"done", "stopped", "interrupted"}:
                return line
            await asyncio.sleep(0.05)


async def test_a_german_file_is_guessed_tried_and_imported(client, app, service):
    warm = await service.profiles.get(await named(app, user(5)))
    upload = (await sent(client)).json()
    found = (await client.get(f"/v1/uploads/{upload['id']}")).json()
    assert (found["kind"], found["mapping"]["encoding"], found["mapping"]["delimiter"]) == ("orders", "cp1252", ";")
    assert (found["mapping"]["decimal"], found["mapping"]["dates"]) == (",", "%d.%m.%Y %H:%M")
    assert found["mapping"]["customer"] == {"user_id": "Kundennummer"}
    body = {"mapping": {**found["mapping"], "source": "german"}}
    trial = (await client.post(f"/v1/uploads/{upload['id']}/try", json=body)).json()
    assert (trial["rows"], trial["taken"], trial["refused"]) == (4, 3, 1)
    assert trial["first"][0]["text"].endswith("for €1,020.50 at Hauptstraße.")
    assert trial["refusals"][0]["row"] == 5
    line = (await client.post(f"/v1/uploads/{upload['id']}/import", json=body)).json()
    done = await finished(client, line["job"])
    assert (done["state"], done["accepted"], done["quarantined"], done["customers"]) == ("done", 3, 1, 2)
    people = (await client.get(f"/v1/imports/{line['job']}/customers")).json()["customers"]
    assert {one["title"] for one in people} == {f"user_id {user(5)}", "user_id neu-1"}
    page = (await client.get(f"/v1/customers/user_id/{user(5)}")).json()
    assert "€1,020.50" in {order["text"] for order in page["latest_orders"]}
    assert (await service.profiles.get(warm.customer)).seq > warm.seq
    assert app.lake.upto() == await app.store.head()
    assert (await client.get("/v1/uploads")).json()["uploads"] == []


async def named(app, value):
    from shopkeeper.core.identifier import identifier

    name = identifier("user_id", value)
    return (await app.store.find_customers([name]))[name]


async def test_a_trial_writes_nothing(client, app):
    upload = (await sent(client)).json()
    found = (await client.get(f"/v1/uploads/{upload['id']}")).json()
    before = (await app.store.head(), await app.store.list_customers(after="", limit=10_000), await app.store.imports())
    await client.post(f"/v1/uploads/{upload['id']}/try", json={"mapping": found["mapping"]})
    after = (await app.store.head(), await app.store.list_customers(after="", limit=10_000), await app.store.imports())
    assert before == after
    assert await app.store.quarantined() == []


async def test_mistakes_of_a_mapping_are_told_with_their_place(client):
    upload = (await sent(client)).json()
    wrong = {"mapping": {"kind": "orders", "customer": {"user_id": "Kunde"}, "delimiter": ";", "encoding": "cp1252"}}
    trial = (await client.post(f"/v1/uploads/{upload['id']}/try", json=wrong)).json()
    assert any("the field 'order_id' is missing" in one["message"] for one in trial["mistakes"])
    refused = await client.post(f"/v1/uploads/{upload['id']}/import", json=wrong)
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_definitions")
    assert (await client.get("/v1/imports")).json() == []


async def test_a_files_name_leads_nowhere_and_only_the_server_reads_it(client, app, shop):
    upload = (await sent(client, name=HOSTILE)).json()
    assert upload["name"] == "script>.csv"
    folder = shop / ".shopkeeper" / "uploads" / upload["id"]
    assert sorted(path.name for path in folder.iterdir()) == ["about.json", "file.csv"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_large_file_is_refused_before_it_is_read_and_while_it_is(client, app, shop, monkeypatch):
    monkeypatch.setattr(app.imports.uploads, "limit", 1_000_000)
    asked = []

    async def chunks(n):
        for _ in range(n):
            asked.append(1)
            yield b"a;b\n" * 25_000

    declared = await client.post(
        "/v1/uploads?name=x.csv", content=chunks(5), headers={"Content-Length": str(200_000_000)}
    )
    assert (declared.status_code, declared.json()["code"], asked) == (413, "too_large", [])
    assert "shopkeeper import FILE --guess" in declared.json()["message"]
    silent = await client.post("/v1/uploads?name=x.csv", content=chunks(50))
    assert silent.status_code == 413
    assert len(asked) < 50
    assert list((shop / ".shopkeeper" / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "an Excel workbook"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x00\x01\x02", "binary data"),
        (b"<!doctype html><p>x", "a web page"),
        (b"dear friend this is only a letter\n" * 30, "lines of text without columns"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "cut off or damaged"),
    ],
)
async def test_what_is_no_table_is_called_what_it_is_and_not_kept(client, shop, content, says):
    answer = await sent(client, content)
    assert answer.status_code == 400
    assert says in answer.json()["message"]
    assert list((shop / ".shopkeeper" / "uploads").iterdir()) == []


async def test_a_file_that_did_not_come_whole_leaves_nothing(client, app, shop):
    async def broken():
        yield b"a;b\n1;2\n"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await app.imports.uploads.receive(broken(), name="x.csv", length=None, by="ann", now=NOW)
    assert list((shop / ".shopkeeper" / "uploads").iterdir()) == []


async def test_files_that_nobody_imported_go_after_a_day_of_the_machine(client, app):
    await sent(client)
    wall = app.wall_clock.now()
    assert app.imports.uploads.sweep(wall=wall) == 0
    assert app.imports.uploads.sweep(wall=wall + KEPT * 1.1) == 1


async def test_who_may_not_see_personal_values_gets_no_samples(client, caller):
    upload = (await sent(client)).json()
    caller["now"] = Caller("eve", RIGHTS - {"personal"})
    found = await client.get(f"/v1/uploads/{upload['id']}")
    assert "neu-1" not in found.text
    trial = await client.post(f"/v1/uploads/{upload['id']}/try", json={"mapping": found.json()["mapping"]})
    assert "neu-1" not in trial.text
    caller["now"] = Caller("ron", ROLES["read_only"], "read_only")
    assert (await sent(client)).status_code == 403


async def test_an_import_that_was_broken_off_goes_on_when_the_server_starts(client, app):
    upload = (await sent(client)).json()
    mapping = (await client.get(f"/v1/uploads/{upload['id']}")).json()["mapping"]
    found = app.imports.uploads.find(upload["id"])
    app.imports._start = lambda _upload, _job: None
    job = (await client.post(f"/v1/uploads/{upload['id']}/import", json={"mapping": mapping})).json()["job"]
    line = (await client.get(f"/v1/imports/{job}")).json()
    assert (line["state"], line["resumable"]) == ("interrupted", True)
    again = Imports(
        app.store,
        app.imports.uploads,
        app.folder / ".shopkeeper",
        clock=app.clock,
        definitions=lambda: app.definitions,
        listener=app.imports.listener,
    )
    await again.resume_all(wall=app.wall_clock.now())
    async with asyncio.timeout(60):
        while (await again.line(job)).state != "done":
            await asyncio.sleep(0.05)
    assert (await again.line(job)).accepted == 3
    await again.close()
    assert found.id not in {one.id for one in app.imports.uploads.all()}


async def test_a_refused_event_is_mended_and_what_came_is_kept(client, app):
    wire = {"type": "track", "event": "Order Completed", "userId": user(5), "messageId": "m1", "properties": {}}
    assert (await client.post("/v1/track", json=wire)).status_code == 400
    (row,) = (await client.get("/v1/quarantine")).json()["rows"]
    still = await client.post(f"/v1/quarantine/{row['id']}/replay", json={"body": wire})
    assert (still.json()["taken"], still.json()["waiting"][0]["code"]) == (0, "no_order_id")
    assert len((await client.get("/v1/quarantine")).json()["rows"]) == 1
    mended = {**wire, "properties": {"order_id": "o-77", "total": 5}}
    done = (await client.post(f"/v1/quarantine/{row['id']}/replay", json={"body": mended})).json()
    assert done == {"taken": 1, "duplicates": 0, "waiting": [], "words": "1 taken."}
    kept = (await client.get(f"/v1/quarantine/{row['id']}")).json()
    assert (kept["body"], kept["mended"], kept["mended_by"]) == (wire, mended, "ann")
    twice = await client.post(f"/v1/quarantine/{row['id']}/replay", json={"body": mended})
    assert twice.status_code == 409


async def test_bodies_in_quarantine_are_for_those_who_may_see_them(client, caller):
    wire = {"type": "track", "event": "Order Completed", "userId": "canary-77", "messageId": "m1"}
    await client.post("/v1/track", json=wire)
    caller["now"] = Caller("ann", ROLES["analyst"], "analyst")
    found = await client.get("/v1/quarantine?code=no_order_id")
    assert found.json()["groups"] == [{"origin": "api", "code": "no_order_id", "waiting": 1}]
    assert found.json()["rows"][0]["body"] is None
    assert "canary" not in found.text
    row = await client.get(f"/v1/quarantine/{found.json()['rows'][0]['id']}")
    assert "canary" not in row.text
    replay = await client.post("/v1/quarantine/replay", json={"code": "no_order_id"})
    assert replay.status_code == 403


async def test_what_waits_is_listed_the_latest_first_page_by_page(client, app):
    for number in range(3):
        app.clock = StoppedClock(NOW + timedelta(hours=number))
        wire = {"type": "track", "event": "Order Completed", "userId": "x", "messageId": f"m{number}"}
        await client.post("/v1/track", json=wire)
    found, after = [], ""
    while after is not None:
        page = (await client.get("/v1/quarantine", params={"limit": 1, "after": after})).json()
        found += [row["body"]["messageId"] for row in page["rows"]]
        after = page["next"]
    assert found == ["m2", "m1", "m0"]
    for wrong in ("qua_1", "1.x.qua_1", f"1.{1 << 70}.qua_1", f"{'9' * 40}.1.qua_1", "1.1.q\0"):
        assert (await client.get("/v1/quarantine", params={"after": wrong})).status_code == 400, wrong
    assert (await client.post("/v1/quarantine/replay", json={"ids": ["qua_1"]})).status_code == 404


async def test_replaying_everything_has_to_be_meant(client):
    answer = await client.post("/v1/quarantine/replay", json={})
    assert answer.status_code == 400
    done = await client.post("/v1/quarantine/replay", json={"origin": "nowhere"})
    assert done.json() == {"taken": 0, "duplicates": 0, "waiting": [], "words": "Nothing was taken."}


async def test_sources_say_what_came_and_how_fresh_it_is(client, app):
    await client.post("/v1/track", json={"type": "track", "event": "Order Completed", "userId": "x", "messageId": "m"})
    found = (await client.get("/v1/sources")).json()
    till = next(one for one in found["sources"] if one["name"] == "till")
    assert till["events"] == sum(one["events"] for one in till["names"])
    assert len(till["days"]) == 28
    assert till["freshness"].startswith("last event ")
    assert next(one for one in found["sources"] if one["name"] == "api")["waiting"] == 1
    assert found["behind"] == 0


async def test_no_upload_is_found_by_an_id_that_is_a_path(client, app):
    for wrong in ("..", "upl_x", new_id("upl", NOW, app.rng)):
        assert (await client.get(f"/v1/uploads/{wrong}")).status_code == 404


def test_the_limit_is_a_setting():
    assert Settings(database="", lake="", models="").upload_limit_mb == 100


async def test_who_could_be_reached_is_foreseen_and_the_words_are_then_in_the_ledger(client, app, caller):
    upload = (await sent(client, f"member,ads\n{user(1)},no\nneu-9,yes\n".encode(), name="consents.csv")).json()
    mapping = {
        "kind": "consents",
        "customer": {"user_id": "member"},
        "states": {"advertising": "ads"},
        "as_of": NOW.isoformat(),
        "shown": "Advertise to me.",
    }
    found = (await client.post(f"/v1/uploads/{upload['id']}/reach", json={"mapping": mapping})).json()
    assert (found["rows"], found["refused"], found["fresh"]) == (2, 0, 1)
    advertising = next(one for one in found["purposes"] if one["purpose"] == "advertising")
    assert advertising["after"]["reachable"] == advertising["before"]["reachable"] + 1
    assert advertising["after"]["others"]["withdrawn"] == 1
    assert (advertising["title"], advertising["words"][:19]) == ("advertising", "1 more than before.")
    line = (await client.post(f"/v1/uploads/{upload['id']}/import", json={"mapping": mapping})).json()
    assert (await finished(client, line["job"]))["state"] == "done"
    path = f"/v1/customers/{await named(app, user(1))}/consents/ledger"
    (word,) = (await client.get(path)).json()
    assert (word["state"], word["via"], word["who"]) == ("withdrawn", "import", f"user_id {user(1)}")
    assert word["wording"] == "Advertise to me."
    caller["now"] = Caller("cem", ROLES["analyst"], "analyst")
    assert user(1) not in (await client.get(path)).text
