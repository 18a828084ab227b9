"""The service as a whole: swaps while serving, the journal behind the decisions, the report over both arms."""

import asyncio
import math
from datetime import timedelta

import numpy as np
import pytest

import shopkeeper.flows.journal as journal_module
import shopkeeper.flows.report as report_module
from shopkeeper.core.decision import DecideRequest
from shopkeeper.core.errors import BadInput, StoreError
from shopkeeper.core.event import Event
from shopkeeper.core.item import Item, Stock
from shopkeeper.flows.definitions import apply
from shopkeeper.flows.journal import Journal
from shopkeeper.flows.report import lift_report
from shopkeeper.flows.service import _renew
from shopkeeper.flows.training import train
from shopkeeper.testing.shop import DEFINITIONS, NOW, basket, favourites, user

FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}


def ids_of(decision):
    return [pick.item for pick in decision.picks]


async def test_applied_definitions_are_in_force_at_the_next_look(app, service, decide, take, treated):
    was = await decide("recommendations", treated)
    await take(basket(user(treated), ["pets-0"], key="b1", at=NOW))
    slots = FILES["slots.yaml"].replace("n: 6}", "n: 3}", 1) + "window: {kind: product, n: 2}\n"
    await apply(app.store, FILES | {"slots.yaml": slots}, who="t", now=NOW, expected=was.versions["definitions"])
    assert len((await decide("recommendations", treated)).picks) == 6
    await _renew(service, app.models)
    now = await decide("recommendations", treated)
    assert len(now.picks) == 3
    assert now.versions["definitions"] != was.versions["definitions"]
    assert len((await decide("window", treated)).picks) == 2


async def test_nothing_is_loaded_again_while_nothing_changes(app, service):
    before = service.decider
    await _renew(service, app.models)
    assert service.decider is before


async def test_an_event_taken_before_a_swap_is_known_after_it(app, service, take, decide, treated):
    version = service.definitions.version
    traits = FILES["traits.yaml"] + "teas: {count: Order Completed, each: products, where: category = 'tea'}\n"
    await take(basket(user(treated), ["pets-0", "pets-1", "pets-2"], key="b1", at=NOW))
    await apply(app.store, FILES | {"traits.yaml": traits}, who="t", now=NOW, expected=version)
    await _renew(service, app.models)
    answer = await take(basket(user(treated), ["pets-0"], key="b2", at=NOW))
    assert "pet_owners" not in answer.entered
    assert (await decide("recommendations", treated)).personal


async def test_another_model_and_another_catalogue_are_taken_up(app, service, decide, treated):
    was = await decide("recommendations", treated)
    (manifest,) = await train(
        app.store,
        app.batch,
        app.models,
        before=NOW,
        now=NOW,
        rng=np.random.default_rng(9),
        names=["recommend.product"],
    )
    await app.store.put_items([Item(id=was.picks[0].item, title="Another name", category="bread")])
    await app.store.put_stock([Stock(item=was.picks[1].item, place="s1", available=False)])
    await _renew(service, app.models)
    now = await decide("recommendations", treated, place="s1")
    assert now.versions["recommend.product"] == manifest.version != was.versions["recommend.product"]
    assert now.picks[0].title == "Another name"
    assert was.picks[1].item not in ids_of(now)


async def test_offers_go_when_their_time_is_over_without_a_reload(app, service, decide, treated):
    assert (await decide("coupons", treated)).picks
    app.clock.move(timedelta(days=21))
    assert (await decide("coupons", treated)).picks == ()


async def test_ending_writes_decisions_and_profiles(app, decide_once, ids):
    found, seq = await decide_once()
    assert await app.store.find_event("shopkeeper", found.id) is not None
    assert (await app.store.ground([ids[4]])).stored[ids[4]].seq >= seq


@pytest.fixture
def decide_once(app):
    async def once():
        async with app.serving() as service:
            answer = await service.outcomes.take(basket(user(4), ["tea-0"], key="e", at=NOW), source="api", now=NOW)
            request = DecideRequest(slot="recommendations", customer={"user_id": user(4)})
            return await service.decider.decide(request, now=NOW), answer.seq

    return once


class Log:
    """A log that can be stopped."""

    def __init__(self):
        self.rows = []
        self.stopped = False
        self.slow = False
        self.begun = asyncio.Event()
        self.refused = None
        self.refusal = BadInput("a value that the database cannot keep")

    async def append(self, events):
        if self.refused in {event.message_id for event in events}:
            raise self.refusal
        if self.slow:
            self.begun.set()
            await asyncio.Event().wait()
        if self.stopped:
            raise StoreError("stopped")
        self.rows += [event.message_id for event in events]
        return []


async def until(reached):
    while not reached():
        await asyncio.sleep(0.001)


def row(number):
    return Event(source="s", message_id=str(number), name="Decision Made", customer="", at=NOW, received_at=NOW)


async def test_decisions_wait_while_the_store_is_down_and_keep_their_order():
    log = Log()
    journal = Journal(log)
    log.stopped = True
    for number in range(1200):
        journal.note(row(number))
    with pytest.raises(StoreError):
        await journal._write()
    assert log.rows == []
    log.stopped = False
    journal.start()
    await journal.close()
    assert log.rows == [str(number) for number in range(1200)]
    assert journal.lost == 0


async def test_a_decision_that_no_store_can_keep_takes_no_other_with_it():
    log = Log()
    log.refused = "7"
    journal = Journal(log)
    for number in range(20):
        journal.note(row(number))
    journal.start()
    await journal.close()
    assert (journal.lost, log.rows) == (1, [str(number) for number in range(20) if number != 7])


async def test_a_decision_that_cannot_be_written_for_no_foreseen_reason_ends_neither_the_journal_nor_the_shop(caplog):
    log = Log()
    log.refused, log.refusal = "7", OverflowError("canary")
    journal = Journal(log)
    journal.start()
    journal.note(row(7))
    await until(lambda: journal.lost)
    journal.note(row(8))
    await until(lambda: log.rows)
    assert (journal.lost, log.rows) == (1, ["8"])
    journal.note(row(7))
    journal.note(row(9))
    await journal.close()
    assert (journal.lost, log.rows) == (2, ["8", "9"])
    assert "unforeseen OverflowError" in caplog.text
    assert "canary" not in caplog.text


async def test_what_the_bound_pushes_out_is_counted(monkeypatch):
    monkeypatch.setattr(journal_module, "WAITING", 10)
    log = Log()
    journal = Journal(log)
    for number in range(25):
        journal.note(row(number))
    await journal.close()
    assert (journal.lost, log.rows) == (15, [str(number) for number in range(15, 25)])


async def test_a_batch_on_its_way_when_the_shop_ends_is_written_after_all():
    log = Log()
    log.slow = True
    journal = Journal(log)
    journal.start()
    journal.note(row(1))
    await log.begun.wait()
    log.slow = False
    await journal.close()
    assert log.rows == ["1"]


async def test_treated_and_holdout_that_were_treated_alike_do_not_differ(app, arms):
    found = await lift_report(app.store, app.batch, app.definitions, days=140, now=NOW)
    assert (found.treated, found.holdout) == (len(arms["treated"]), len(arms["holdout"]))
    assert found.treated + found.holdout == 150
    assert found.sample_ratio_p > 0.001
    lines = {line.figure: line for line in found.lines}
    assert set(lines) == {"net revenue", "net margin", "orders", "coupons redeemed"}
    for line in lines.values():
        assert line.low <= 0 <= line.high
        assert line.difference == pytest.approx(line.treated - line.holdout)
    assert lines["orders"].treated == pytest.approx(16, abs=2)


async def test_an_effect_that_is_there_is_found(app, service, take, arms):
    for number in arms["treated"]:
        await take(basket(user(number), [f"{favourites(number)[0]}-4"] * 9, key=f"big{number}", at=NOW))
    await app.feed_lake()
    found = await lift_report(app.store, app.batch, app.definitions, days=7, now=NOW)
    orders = next(line for line in found.lines if line.figure == "orders")
    assert orders.low > 0.5
    assert math.isclose(orders.difference, 1.0, abs_tol=0.5)


async def test_an_arm_of_another_size_than_declared_is_named(app, monkeypatch):
    monkeypatch.setattr(report_module, "arm_of", lambda customer, _: "holdout" if customer[-1] in "01234567" else "")
    found = await lift_report(app.store, app.batch, app.definitions, days=28, now=NOW)
    assert found.sample_ratio_p < 0.001


@pytest.mark.parametrize("days", [0, -3, 3651])
async def test_a_report_over_no_days_is_refused(app, days):
    with pytest.raises(BadInput, match="days == "):
        await lift_report(app.store, app.batch, app.definitions, days=days, now=NOW)
