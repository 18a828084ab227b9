"""event send, event replay and contracts on the command line: on the store, and through the server that has it."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.cli.event_files import span
from shopkeeper.core.errors import BadInput
from shopkeeper.testing.commands import told, typed
from tests.process import finished, served

VIEW = {"type": "track", "event": "Product Viewed"}


def view(key: str | None, user: str | None = "1023", **properties: Any) -> str:
    wire = VIEW | {"messageId": key, "userId": user, "properties": {"product_id": "tea", **properties}}
    return json.dumps({name: value for name, value in wire.items() if value is not None})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop in force, in whose folder the commands are typed."""
    for name in [name for name in os.environ if name.startswith("SHOPKEEPER_")]:
        monkeypatch.delenv(name)
    shop = tmp_path / "shop"
    assert typed("init", str(shop), "--example", "grocery").exit_code == 0
    monkeypatch.chdir(shop)
    assert typed("apply", "--yes").exit_code == 0
    return shop


def test_a_file_is_sent_and_each_event_is_accounted_for(folder: Path) -> None:
    (folder / "e.jsonl").write_text("\n".join([view("a"), view("b"), "", view("a"), view("c", user=None)]))
    found = told("event", "send", "--file", "e.jsonl", "--source", "site")
    assert (found["accepted"], found["duplicates"], found["waiting"], found["unreadable"]) == (2, 1, 1, [])
    assert [(fate["n"], fate["outcome"], fate.get("code")) for fate in found["events"]] == [
        (4, "duplicate", None),
        (5, "waits", "no_customer"),
    ]
    again = typed("event", "send", "--file", "e.jsonl", "--source", "site")
    assert "0 taken, 3 were there already, 1 waits in quarantine." in again.output
    assert told("event", "tail", "--source", "site")["head"] >= 2


def test_the_tail_says_whose_an_event_is_and_finds_a_customer_by_what_they_are_called(folder: Path) -> None:
    (folder / "e.jsonl").write_text("\n".join([view("a"), view("b", user="2044")]))
    assert typed("event", "send", "--file", "e.jsonl", "--source", "site").exit_code == 0
    (line,) = told("event", "tail", "--customer", "user_id:2044")["events"]
    (shown,) = typed("event", "tail", "--customer", "user_id:2044").output.splitlines()
    assert shown.endswith(f"(site, {line['customer']})")
    assert " UTC  " in shown
    assert typed("event", "tail", "--customer", line["customer"]).output.splitlines() == [shown]
    nobody = typed("event", "tail", "--customer", "user_id:99")
    assert (nobody.exit_code, "no customer has this identifier" in nobody.output) == (1, True)


def test_a_file_that_is_not_there_is_said_to_be_so(folder: Path) -> None:
    done = typed("event", "send", "--file", "none.jsonl")
    assert (done.exit_code, done.stderr) == (2, "none.jsonl: cannot be read: no such file or directory\n")
    (folder / "shopkeeper.toml").write_bytes(b"\xff")
    assert "shopkeeper.toml: cannot be read: it is no text in UTF-8" in typed("source", "list").stderr


def test_somebody_without_orders_is_told_to_have_none(folder: Path) -> None:
    typed("event", "send", view("a"))
    shown = typed("customer", "show", "user_id:1023").output
    assert ("No orders." in shown, "the latest" in shown) == (True, False)


def test_lines_that_are_no_json_are_named_and_the_others_go_in(folder: Path) -> None:
    (folder / "e.jsonl").write_text(f"{view('a')}\n{{canary-77\n{view('b')}\n")
    done = typed("event", "send", "--file", "e.jsonl")
    assert done.exit_code == 2
    assert "2 taken." in done.output
    assert "line 2: not JSON" in done.output
    assert "canary" not in done.output


def test_hostile_lines_are_named_or_wait_and_the_others_go_in(folder: Path) -> None:
    huge, deep = view("h", note="x" * 400_000), view("d", note="?").replace('"?"', "[" * 40 + "]" * 40)
    endless = "[" * 100_000
    (folder / "e.jsonl").write_text("\n".join([huge, view("l", note="x" * 40_000), deep, endless, view("a")]))
    done = typed("event", "send", "--file", "e.jsonl")
    assert (done.exit_code, "line 1: 400" in done.output, "line 4: not JSON" in done.output) == (2, True, True)
    assert "1 taken, 2 wait in quarantine." in done.output
    counts = told("quarantine", "list")["counts"]
    assert [one["code"] for one in counts] == ["too_deep", "too_large"]


DOUBLED = view("dd").replace('"product_id"', '"product_id": "coffee", "product_id"')


def test_a_key_that_comes_twice_waits_as_it_does_for_clients(folder: Path) -> None:
    found = told("event", "send", DOUBLED)
    assert [(fate["outcome"], fate["code"]) for fate in found["events"]] == [("waits", "double_key")]
    assert "1 wait on" in typed("event", "replay", "--code", "double_key").output


def test_more_than_one_batch_keeps_the_lines_numbers(folder: Path) -> None:
    lines = [view(f"m{n}", user=None if n == 450 else "1023") for n in range(1, 501)]
    (folder / "e.jsonl").write_text("\n".join(lines))
    found = told("event", "send", "--file", "e.jsonl")
    assert found["accepted"] == 499
    assert [fate["n"] for fate in found["events"]] == [450]


@pytest.mark.parametrize("words", [(), ("{}", "--file", "x"), ("--file", "nothing.jsonl")])
def test_send_says_what_it_needs(folder: Path, words: tuple[str, ...]) -> None:
    assert typed("event", "send", *words).exit_code == 2


def test_a_name_that_shopkeeper_writes_under_cannot_be_borrowed(folder: Path) -> None:
    done = typed("event", "send", view("a"), "--source", "staff")
    assert done.exit_code == 2
    assert "Shopkeeper's own" in done.output


def test_a_file_is_replayed_without_effect_and_only_where_that_is_sure(folder: Path) -> None:
    (folder / "e.jsonl").write_text("\n".join([view("a"), view("b"), view(None)]))
    assert told("event", "replay", "e.jsonl", "--lines", "1-2")["accepted"] == 2
    done = typed("event", "replay", "e.jsonl")
    assert done.exit_code == 2
    assert "2 were there already" in done.output
    assert "line 3: neither messageId nor timestamp" in done.output


def test_what_waits_is_replayed_by_when_it_came(folder: Path) -> None:
    typed("event", "send", view("a", user=None))
    assert told("event", "replay", "--until", "2001-01-01T00:00:00Z") == {
        "taken": 0,
        "waiting": [],
        "words": "Nothing was taken.",
        "duplicates": 0,
    }
    found = told("event", "replay", "--since", "2001-01-01T00:00:00Z", "--origin", "api")
    assert [one["code"] for one in found["waiting"]] == ["no_customer"]
    assert typed("event", "replay").exit_code == 2
    assert typed("event", "replay", "--since", "yesterday").exit_code == 2


@pytest.mark.parametrize(("text", "lines"), [("3", (3, 3)), ("3-", (3, None)), ("3-9", (3, 9)), (None, (1, None))])
def test_a_span_of_lines_is_read(text: str | None, lines: tuple[int, int | None]) -> None:
    assert span(text) == lines


@pytest.mark.parametrize("text", ["-3", "a", "1-b", ""])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        span(text)


def test_a_strict_contract_holds_a_source_until_it_learns_again(folder: Path) -> None:
    typed("event", "send", view("a", price=1.5), "--source", "site")
    assert "Strict" in typed("contract", "strict", "site", "Product Viewed").output
    found = told("event", "send", view("b", price="canary-77"), "--source", "site")
    assert found["events"][0]["code"] == "contract"
    assert found["events"][0]["reason"].startswith("price: ")
    assert "canary" not in found["events"][0]["reason"]
    assert told("quarantine", "replay", "--source", "site")["taken"] == 0
    typed("contract", "learn", "site", "Product Viewed")
    assert told("quarantine", "replay", "--source", "site")["taken"] == 1
    whole = told("contract", "show", "site", "Product Viewed")
    types = {one["path"]: {seen["type"] for seen in one["types"]} for one in whole["properties"]}
    assert types["price"] == {"number", "text"}


def test_a_contract_is_listed_with_what_looks_personal(folder: Path) -> None:
    typed("event", "send", view("a", Telefonnummer="+49 170 1234567"), "--source", "site")
    listed = typed("contract", "list").output
    assert "site: Product Viewed  (learn; 1 events, 2 properties)" in listed
    assert "“Telefonnummer” looks like a phone number, by its name" in listed
    assert "1234567" not in listed
    assert typed("contract", "freeze", "site", "Nothing").exit_code == 1


def test_beside_a_running_server_the_server_is_asked(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    key = {"SHOPKEEPER_API_KEY": "k" * 32, "SHOPKEEPER_PORT": port}
    with served(folder, "--port", port, **key) as (_, url):
        sent = finished("event", "send", view("a", price=1), "--source", "site", shop=folder, **key)
        assert (sent.returncode, sent.stdout.strip()) == (0, "1 taken."), sent.stderr
        doubled = finished("event", "send", DOUBLED, "--source", "site", shop=folder, **key)
        assert "double_key" in doubled.stdout, doubled.stderr
        named = finished("event", "send", view("a", price=1), "--source", "site", "--url", url, shop=folder, **key)
        assert "1 was there already" in named.stdout
        strict = finished("contract", "strict", "site", "Product Viewed", shop=folder, **key)
        assert "Strict" in strict.stdout, strict.stderr
        broken = finished("event", "send", view("b", price="x"), "--source", "site", shop=folder, **key)
        assert "waits in quarantine" in broken.stdout
        replayed = finished("quarantine", "replay", "--code", "contract", shop=folder, **key)
        assert "1 wait on" in replayed.stdout, replayed.stderr
        without = {"SHOPKEEPER_PORT": port}
        refused = finished("event", "send", view("c"), "--url", url, shop=folder, **without)
        assert (refused.returncode, "sign in" in refused.stderr) == (1, True)
    gone = finished("event", "send", view("c"), "--url", url, shop=folder, **key)
    assert "no server answers" in gone.stderr
