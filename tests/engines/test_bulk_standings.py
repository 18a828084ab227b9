"""Live equals batch for consent: who stands where, word by word, and over the lake."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import ibis
import msgspec
import pytest

from shopkeeper.core.consent import GRADES, record_of
from shopkeeper.core.definitions import Purpose
from shopkeeper.core.event import Event
from shopkeeper.core.instant import micros
from shopkeeper.differentiate.fold import consents, empty_state, fold, plan_traits
from shopkeeper.engines import consent as bulk
from shopkeeper.engines.columns import events_table
from shopkeeper.engines.consent import standings
from shopkeeper.protect.consent import terms_of
from shopkeeper.testing.events import seeded

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DEMANDS = (
    Purpose(basis="consent"),
    Purpose(basis="consent", expires_after="20 days"),
    Purpose(basis="consent", least_grade="single_opt_in"),
)


def word(rng: Random, seq: int) -> Event:
    via = rng.choice([None, "event", "gpc", "staff", "carried", "import"])
    texts = {"purpose": rng.choice(["ads", "ads", "ads", "mail"])}
    for name, options in {
        "grade": (None, *GRADES, "odd"),
        "wording": (None, "Yes."),
        "channel": (None, None, "email"),
    }.items():
        if (text := rng.choice(options)) is not None:
            texts[name] = text
    at = NOW - timedelta(days=rng.randrange(40))
    came = at + timedelta(days=rng.choice([0, 0, 3, -3]), microseconds=rng.randrange(3))
    ends = rng.choice([None, None, NOW, NOW + timedelta(seconds=1)])
    return Event(
        source=rng.choice(["web", "staff"]),
        message_id=str(seq),
        name="Consent Withdrawn" if via == "gpc" or rng.random() < 0.4 else "Consent Given",
        customer=f"cus_{rng.randrange(60)}",
        at=at,
        received_at=came,
        seq=seq,
        texts=texts if via is None else texts | {"via": via},
        numbers={} if ends is None else {"expires_at": micros(ends)},
    )


def live(log: Sequence[Event], purpose: Purpose) -> dict[str, str]:
    plan = plan_traits({}, zone=ZoneInfo("UTC"), digits=2)
    states = {event.customer: empty_state() for event in log}
    for event in log:
        fold(plan, states[event.customer], event)
    found = {who: consents(state, {"ads": purpose}, NOW)["ads"] for who, state in states.items()}
    return {who: standing for who, standing in found.items() if standing != "unknown"}


@pytest.mark.parametrize("purpose", DEMANDS)
@pytest.mark.parametrize("seed", range(4))
def test_the_lake_says_what_the_folds_say(seed: int, purpose: Purpose) -> None:
    """Planted bugs: ignore the cutoff, the least grade, or the signal in the table's query."""
    rng = seeded(seed)
    log = [word(rng, seq) for seq in range(1, 200)]
    table = ibis.duckdb.connect(threads=1).create_table("events", events_table(log, ZoneInfo("UTC")))
    rows = standings(table, "ads", terms_of(purpose, NOW)).to_pyarrow().to_pylist()
    expected = live(log, purpose)
    assert {row["customer"]: row["sk__stands"] for row in rows} == expected
    assert len(set(expected.values())) >= 3


def test_every_word_of_these_logs_can_be_read() -> None:
    rng = seeded(1)
    assert all(record_of(word(rng, seq)) is not None for seq in range(1, 200))


def test_a_clock_that_runs_ahead_is_seen_in_the_lake_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted bug: the lake takes the sender's instant as it is."""
    rng = seeded(0)
    texts, sender = {"purpose": "ads"}, {"source": "web", "customer": "cus_1", "texts": {"purpose": "ads"}}
    ahead = msgspec.structs.replace(word(rng, 1), **sender, name="Consent Given", at=NOW, received_at=NOW - DAY)
    no = msgspec.structs.replace(ahead, seq=2, message_id="2", name="Consent Withdrawn", at=NOW - DAY / 2, numbers={})
    no = msgspec.structs.replace(no, received_at=no.at, texts=texts)
    table = ibis.duckdb.connect(threads=1).create_table("events", events_table([ahead, no], ZoneInfo("UTC")))

    def lake() -> list[str]:
        return [
            row["sk__stands"] for row in standings(table, "ads", terms_of(DEMANDS[0], NOW)).to_pyarrow().to_pylist()
        ]

    assert lake() == list(live([ahead, no], DEMANDS[0]).values()) == ["withdrawn"]
    read = bulk._read
    monkeypatch.setattr(bulk, "_read", lambda words: read(words) | {"sk__at": words.at_us})
    assert lake() == ["given"]
