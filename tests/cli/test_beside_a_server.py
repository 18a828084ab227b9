"""Commands beside a running server: what writes goes through it, and what is refused says what to do."""

import json
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.testing.commands import typed
from shopkeeper.testing.shop import user
from tests.process import finished, served

KEY = "a-key-for-this-test"
WHO = f"user_id:{user(5)}"


def test_notes_and_words_of_consent_are_taken_down_by_the_server(shop: Path) -> None:
    with served(shop, SHOPKEEPER_API_KEY=KEY) as (_, url):

        def answer(*words: str) -> Any:
            done = finished(*words, "--url", url, "--key", KEY, "--json", shop=shop)
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)

        said = answer("customer", "consent", WHO, "personalization", "--withdrawn")
        assert {line["purpose"]: line["said"] for line in said}["personalization"] == "withdrawn"
        task = answer("customer", "note", "add", WHO, "ring back", "--task", "--due", "2026-03-03")
        assert (task["author"], task["due"]) == ("api key", "due tomorrow")
        note = answer("customer", "note", "add", WHO, "likes tea")
        assert answer("customer", "note", "done", task["id"])["done_by"] == "api key"
        assert answer("customer", "note", "done", note["id"], "--text", "likes coffee")["text"] == "likes coffee"
        assert answer("customer", "note", "remove", note["id"])["text"] == "likes coffee"
        nobody = finished("customer", "note", "add", "user_id:nobody", "x", "--url", url, "--key", KEY, shop=shop)
        assert nobody.stderr == "user_id: no customer has this identifier\n"


def test_who_has_no_key_is_told_how_to_get_one_and_of_the_clock(shop: Path) -> None:
    with served(shop) as (server, url):
        said = [server.stdout.readline() for _ in range(3)]
        assert said[1].startswith("The clock is set: it started at 2026-03-02 10:00 UTC")
        assert "shopkeeper user add NAME --role owner" in said[2]
        refused = finished("customer", "note", "add", WHO, "likes tea", "--url", url, shop=shop)
        assert "set api_key in shopkeeper.toml" in refused.stderr
        beside = finished("user", "link", "ann", shop=shop)
        assert "stop the server, do this, and start it again" in beside.stderr


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(("first", "second", "named"), [(WHO, "user_id:canary", "B"), ("canary", WHO, "A")])
def test_of_two_names_the_wrong_one_is_told_by_its_place_and_not_repeated(first: str, second: str, named: str) -> None:
    done = typed("customer", "merge", first, second, "--yes")
    assert done.exit_code != 0
    assert done.stderr.startswith(f"{named}: ")
    assert "canary" not in done.stderr
