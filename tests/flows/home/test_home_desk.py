"""The first page over the test kit's shop: at once, and the comparison when it is made."""

from datetime import timedelta

import msgspec
import pytest

from shopkeeper.core.account import Account
from shopkeeper.core.definitions import IdentifierKind
from shopkeeper.core.errors import StoreError
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.intake import Offering
from shopkeeper.flows.apart import Task
from shopkeeper.flows.home.crowds import CROWD
from shopkeeper.flows.home.desk import Desk, Standing
from shopkeeper.flows.report import lift_report
from shopkeeper.testing.arrivals import arrival
from shopkeeper.testing.shop import NOW, basket, track, user

pytestmark = pytest.mark.usefixtures("roomy")

OWNER = Account(id="u", name="olga", display="Olga", role="owner", created_at=NOW, changed_at=NOW, password="hash")


class Ready:
    """Makes the report here and now, instead of in a process of its own."""

    def __init__(self, app, failures=0):
        self.app, self.failures, self.runs = app, failures, 0

    async def run(self, task: Task, **_: object) -> msgspec.Raw:
        self.runs += 1
        if self.runs <= self.failures:
            raise StoreError("report: the process ended")
        made = await lift_report(self.app.store, self.app.batch, self.app.definitions, days=task.days, now=task.now)
        return msgspec.Raw(msgspec.json.encode(made))


@pytest.fixture
def apart(app):
    return Ready(app)


@pytest.fixture
async def desk(app, apart):
    made = Desk(app.store, app.lake, apart, environment=app.settings.environment, feed=app.feed_lake)
    yield made
    await made.close()


async def test_it_answers_at_once_and_the_comparison_comes_later(app, desk):
    standing = Standing(app.definitions)
    first = await desk.home(standing, days=28, now=NOW)
    assert (first.lift.computing, first.lift.rows, first.empty) == (True, (), False)
    assert first.today == "Monday, 2 March 2026"
    await desk.reports.settled()
    then = await desk.home(standing, days=28, now=NOW)
    assert (then.lift.computing, then.lift.as_of) == (False, NOW)
    assert {row.figure for row in then.lift.rows} == {"net revenue", "net margin", "orders", "coupons redeemed"}
    assert all(row.low <= row.difference <= row.high and row.words for row in then.lift.rows)
    assert then.lift.headline.endswith(".")
    assert "held out (20% declared)" in then.lift.people


async def test_a_healthy_shop_has_no_alerts(app, desk):
    await app.store.add_account(OWNER)
    found = await desk.home(Standing(app.definitions), days=28, now=NOW)
    assert found.alerts == ()


async def test_a_value_that_many_give_is_told_of_until_it_is_blocked(app, desk):
    guest = Identifier("user_id", "guest")
    visits = [arrival(guest, Identifier("anonymous_id", f"c-{n}"), at=NOW) for n in range(1 + CROWD)]
    await app.store.admit(Offering(visits, {"anonymous_id": 1}, NOW))
    told = await desk.home(Standing(app.definitions), days=28, now=NOW)
    assert "crowded" in {one.code for one in told.alerts}
    kinds = {**app.definitions.shop.identifiers, "user_id": IdentifierKind(blocked=("guest",))}
    blocked = app.definitions._replace(shop=msgspec.structs.replace(app.definitions.shop, identifiers=kinds))
    later = await desk.home(Standing(blocked), days=28, now=NOW + timedelta(minutes=1))
    assert "crowded" not in {one.code for one in later.alerts}


async def test_a_report_is_kept_until_it_is_old_or_the_definitions_change(app, desk, apart):
    for now in (NOW, NOW + timedelta(minutes=14), NOW + timedelta(minutes=16)):
        await desk.home(Standing(app.definitions), days=28, now=now)
        await desk.reports.settled()
    assert apart.runs == 2
    other = app.definitions._replace(version="another")
    changed = await desk.home(Standing(other), days=28, now=NOW + timedelta(minutes=16))
    assert (changed.lift.computing, changed.lift.rows) == (True, ())


async def test_a_failure_is_said_and_tried_again(app, desk, apart):
    apart.failures = 1
    await desk.home(Standing(app.definitions), days=28, now=NOW)
    await desk.reports.settled()
    failed = await desk.home(Standing(app.definitions), days=28, now=NOW)
    assert "it will be tried again" in failed.lift.unavailable
    await desk.home(Standing(app.definitions), days=28, now=NOW + timedelta(minutes=2))
    await desk.reports.settled()
    assert (await desk.home(Standing(app.definitions), days=28, now=NOW + timedelta(minutes=2))).lift.rows


async def test_without_a_holdout_it_says_what_to_do(app, desk, apart):
    shop = msgspec.structs.replace(
        app.definitions.shop, holdout=msgspec.structs.replace(app.definitions.shop.holdout, share=0)
    )
    found = await desk.home(Standing(app.definitions._replace(shop=shop)), days=28, now=NOW)
    assert "Set holdout.share in shop.yaml" in found.lift.unavailable
    assert (found.lift.computing, apart.runs) == (False, 0)


async def test_an_off_sample_ratio_comes_before_all_else(app, desk):
    shop = msgspec.structs.replace(
        app.definitions.shop, holdout=msgspec.structs.replace(app.definitions.shop.holdout, share=0.5)
    )
    app._definitions = app.definitions._replace(shop=shop)

    async def wrong(*args, **kwargs):
        made = await lift_report(*args, **kwargs)
        return msgspec.structs.replace(made, sample_ratio_p=1e-9)

    made = await wrong(app.store, app.batch, app.definitions, days=28, now=NOW)

    async def run(_task, **_):
        return msgspec.Raw(msgspec.json.encode(made))

    desk.reports._apart.run = run
    await desk.home(Standing(app.definitions), days=28, now=NOW)
    await desk.reports.settled()
    found = await desk.home(Standing(app.definitions), days=28, now=NOW)
    assert "do not trust the figures" in found.lift.warning
    assert found.alerts[0].code == "sample_ratio"


async def test_what_happens_today_is_counted_within_seconds(app, service, desk):
    before = await desk.home(Standing(app.definitions), days=28, now=NOW)
    for wire in (
        basket(user(5), ["pets-0", "tea-1"], key="b1", at=NOW - timedelta(minutes=5)),
        basket("newcomer", ["pets-0"], key="b2", at=NOW - timedelta(minutes=5)),
        track(user(7), "Offer Redeemed", {"offer": "save-tea"}, key="r1", at=NOW - timedelta(minutes=5)),
    ):
        await service.outcomes.take(wire, source="api", now=NOW)
    then = await desk.home(Standing(app.definitions), days=28, now=NOW + timedelta(seconds=6))
    old, new = ({one.code: one for one in home.changes} for home in (before, then))
    assert int(new["orders"].text) == int(old["orders"].text) + 2
    assert int(new["new_customers"].text) == 1
    assert int(new["offers_redeemed"].text) == int(old["offers_redeemed"].text) + 1
    assert new["sales"].text == "€5.50"
    assert all(one.usual and one.yesterday for code, one in new.items() if one.days)
    assert new["segments"].movers[0].link.startswith("/segments/")


async def test_rows_in_quarantine_and_lost_decisions_are_told(app, desk, service):
    with pytest.raises(Exception, match="order_id"):
        await service.outcomes.take(track(user(5), "Order Completed", {}, key="q", at=NOW), source="api", now=NOW)
    found = await desk.home(Standing(app.definitions, unread=("coupons",), lost=2), days=28, now=NOW)
    assert {one.code for one in found.alerts} == {"quarantine", "model_unread", "decisions_lost", "no_account"}
