"""decide and rank, typed."""

import json

import pytest

from shopkeeper.testing.commands import told, typed
from shopkeeper.testing.shop import user

MINE = f"user_id:{user(5)}"

pytestmark = pytest.mark.usefixtures("inside")


def test_decide_prints_the_picks_and_why() -> None:
    done = typed("decide", "recommendations", MINE)
    assert done.exit_code == 0
    assert "recommendations: personal (personalization, on the basis of legitimate interest), treated" in done.stdout
    assert "You bought it" in done.stdout


def test_decide_answers_programs() -> None:
    found = told("decide", "coupons", MINE, "--n", "3", "--explain")
    assert found["personal"]
    assert [pick["place"] for pick in found["picks"]] == [1, 2, 3]
    assert "old-wine" not in {pick["item"] for pick in found["picks"]}
    stranger = told("decide", "recommendations", "--place", "s2")
    assert (stranger["personal"], stranger["why"]) == (False, "no customer was named")


def test_facts_of_the_moment_are_read_as_the_slot_declares_them() -> None:
    facts = ("--context", "channel=web", "--context", "basket=12.5", "--context", "member=true")
    assert told("decide", "spread", MINE, *facts)["picks"]
    assert told("decide", "spread", MINE, "--context", "channel=1010")["picks"] == []
    assert told("decide", "spread", MINE, "--context", "channel=true")["picks"] == []
    wrong = typed("decide", "spread", MINE, "--context", "basket=many")
    assert (wrong.exit_code, wrong.stderr) == (2, "context.basket: must be a number\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("decide", "coupon", MINE), 1, "did you mean 'coupons'"),
        (("decide", "coupons", "u005"), 2, "must be KIND:VALUE"),
        (("decide", "coupons", "userid:5"), 2, "did you mean 'user_id'"),
        (("decide", "coupons", MINE, "--context", "x"), 2, "NAME=VALUE"),
        (("decide", "coupons", MINE, "--n", "0"), 2, "0 is not in the range"),
        (("rank", MINE, "a", "a"), 2, "the same id twice"),
        (("rank", "", "a"), 2, "KIND:VALUE"),
    ],
)
def test_a_mistake_is_one_message(words: tuple[str, ...], code: int, said: str) -> None:
    done = typed(*words)
    assert done.exit_code == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_is_json_for_programs() -> None:
    done = typed("--json", "decide", "coupon", MINE)
    assert json.loads(done.stderr)["code"] == "not_found"
    assert done.stdout == ""


def test_rank_keeps_every_item() -> None:
    found = told("rank", MINE, "tea-0", "nothing", "milk-1", "--explain")
    assert sorted(pick["item"] for pick in found["picks"]) == ["milk-1", "nothing", "tea-0"]
    done = typed("rank", MINE, "tea-0", "milk-1")
    assert "rank: personal" in done.stdout
