"""Each alert fires where there is reason for it, says what to do, and is silent on a healthy shop."""

import re
from datetime import timedelta

import msgspec
import pytest

from shopkeeper.core.definitions import NotRecommended
from shopkeeper.core.model import Manifest
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.home.alert import SEVERITIES, Facts
from shopkeeper.flows.home.alerts import LAKE_LAG, RULES, WAITING, alerts
from shopkeeper.flows.home.crowds import Crowd
from shopkeeper.flows.home.model_alerts import MODEL_AGE
from shopkeeper.testing.shop import DEFINITIONS, NOW
from tests.docs.blocks import ROOT

DEFINED = load_definitions({name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")})


def manifest(name: str) -> Manifest:
    return Manifest(
        name=name,
        version="1",
        family="f",
        trained_at=NOW,
        data_from=None,
        data_to=NOW,
        upto_seq=1,
        parameters={},
        metrics={},
    )


HEALTHY = Facts(
    now=NOW,
    definitions=DEFINED,
    models={name: manifest(name) for name in ("recommend.product", "recommend.category", "coupons")},
    trained_under={"coupons": DEFINED},
    consented=frozenset({"advertising"}),
    sample_ratio_p=0.4,
)
OTHER = DEFINED._replace(
    shop=msgspec.structs.replace(DEFINED.shop, not_recommended=NotRecommended(categories=("wine",)))
)
SICK = {
    "sample_ratio": {"sample_ratio_p": 0.0001},
    "decisions_lost": {"lost": 1},
    "store_behind": {"waiting": WAITING + 1},
    "disk_full": {"free": 1 << 29, "disk": 1 << 40},
    "model_unread": {"unread": ("coupons",)},
    "degraded": {"degraded": (("coupons", "no store", 3), ("fresh", "no model", 1))},
    "model_missing": {"models": {"recommend.product": manifest("recommend.product")}},
    "model_old": {"now": NOW + MODEL_AGE + timedelta(days=1)},
    "model_other_definitions": {"trained_under": {"coupons": OTHER}},
    "lake_behind": {"lag": LAKE_LAG + 1},
    "never_consented": {"consented": frozenset()},
    "quarantine": {"quarantined": {("orders.csv", "bad_amount"): 3, ("web", "no_id"): 1}},
    "source_quiet": {"quiet": (("till", "2 days ago; usually every hour"),)},
    "contract_drift": {"drifts": (("web", "Cart Viewed: “x” is new."), ("web", "Cart Viewed: “y” is new."))},
    "looks_personal": {"looks_personal": (("web", "Cart Viewed: “phone” looks like a phone number."),)},
    "crowded": {"crowded": (Crowd("cus_1", "email", 14), Crowd("cus_2", "phone", 12))},
    "no_account": {"can_sign_in": False},
}


def test_a_healthy_shop_has_no_alerts() -> None:
    assert alerts(HEALTHY) == ()


@pytest.mark.parametrize("code", sorted(SICK))
def test_each_alert_fires_for_its_own_reason_alone(code: str) -> None:
    found = alerts(HEALTHY._replace(**SICK[code]))
    assert {one.code for one in found} == {code}
    for one in found:
        assert one.title and one.words.endswith(".") and one.action
        assert one.link.startswith("/")


def test_every_rule_has_a_reason_here() -> None:
    assert len(SICK) == len(RULES)


def test_every_way_to_the_mend_is_a_page_of_the_console() -> None:
    screens = "\n".join(path.read_text() for path in (ROOT / "console" / "src" / "screens").glob("*/screen.tsx"))
    pages = set(re.findall(r"path: '(/[a-z]+)'", screens))
    links = {one.link for facts in SICK.values() for one in alerts(HEALTHY._replace(**facts))}
    assert {"/" + link.split("?")[0].split("/")[1] for link in links} <= pages


def test_the_worst_stands_first() -> None:
    found = alerts(HEALTHY._replace(**{key: value for facts in SICK.values() for key, value in facts.items()}))
    order = [SEVERITIES.index(one.severity) for one in found]
    assert order == sorted(order)
    assert {one.code for one in found} == set(SICK) - {"model_other_definitions"}  # of a model that is missing here


def test_what_is_only_near_a_bound_is_no_alert() -> None:
    near = HEALTHY._replace(
        now=NOW + MODEL_AGE, lag=LAKE_LAG, waiting=WAITING, sample_ratio_p=0.001, free=1 << 29, disk=1 << 30
    )
    assert alerts(near) == ()


def test_words_name_the_most_frequent_cause() -> None:
    (waits,) = alerts(HEALTHY._replace(**SICK["quarantine"]))
    assert waits.title == "4 rows wait in quarantine"
    assert "“orders.csv” (bad_amount)" in waits.words
    (fell,) = alerts(HEALTHY._replace(**SICK["degraded"]))
    assert fell.title == "4 decisions of the last hour fell back"
    assert "“coupons”: no store" in fell.words
