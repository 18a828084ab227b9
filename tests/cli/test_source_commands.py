"""source, typed: added, shown, rotated, disabled, removed."""

import pytest

from shopkeeper.cli import sources as module
from shopkeeper.core.source import Basis
from shopkeeper.testing.commands import told, typed

pytestmark = pytest.mark.usefixtures("inside")
ADD = ("source", "add", "web", "--kind", "browser", "--basis", "consent", "--category", "analytics")


def test_the_bases_of_the_command_are_those_of_the_rules():
    assert Basis.__args__ == module.BASES


def test_a_source_is_added_shown_rotated_disabled_and_removed():
    made = told(*ADD)
    assert made["write_key"].startswith("sk_browser_")
    assert made["identity_secret"]
    shown = typed("source", "show", "web").stdout
    assert f"key …{made['write_key'][-4:]}" in shown
    assert "no event yet" in shown
    assert "@segment/analytics-next" in shown
    assert made["write_key"] not in shown
    assert made["identity_secret"] not in shown
    other = told("source", "rotate", "web", "--grace-hours", "1")
    assert [key["hint"] for key in other["source"]["keys"]] == [made["write_key"][-4:], other["write_key"][-4:]]
    assert "No key before it works any more." in typed("source", "rotate", "web", "--grace-hours", "0").stdout
    assert "works on until 20" in typed("source", "rotate", "web", "--grace-hours", "1").stdout
    assert typed("source", "disable", "web").stdout == "web is disabled.\n"
    assert "disabled" in typed("source", "show", "web").stdout
    terms = "browser, production, on the basis of consent (analytics)"
    assert f"{terms}, disabled" in typed("source", "list").stdout
    assert typed("source", "disable", "web", "--undo").stdout == "web may send again.\n"
    listed = {line["name"]: line for line in told("source", "list")["sources"]}
    assert (listed["web"]["registered"]["kind"], listed["till"]["registered"]) == ("browser", None)
    assert typed("source", "remove", "web").exit_code == 0
    assert typed("source", "show", "web").exit_code == 1


def test_what_does_not_fit_is_said():
    assert typed(*ADD[:-2]).exit_code == 2
    assert typed("source", "add", "api", "--kind", "server", "--basis", "contract").exit_code == 2
    assert typed("source", "rotate", "nobody").exit_code == 1
    typed(*ADD)
    nothing = typed("source", "change", "web")
    assert (nothing.exit_code, "--environment, --basis or --category" in nothing.stderr) == (2, True)


def test_what_came_without_consent_is_told_and_the_lines_to_paste_carry_it():
    typed("source", "add", "app", "--kind", "server", "--basis", "consent", "--category", "analytics")
    event = '{"type":"track","userId":"1","event":"Product Viewed","messageId":"m"}'
    assert typed("event", "send", event, "--source", "app").exit_code == 0
    said = "1 event came without consent to 'analytics' and was not kept"
    assert said in typed("source", "list").stdout
    shown = typed("source", "show", "app").stdout
    assert said in shown
    assert '"categoryPreferences": {"analytics": True}' in shown
    [line] = [line for line in told("source", "list")["sources"] if line["name"] == "app"]
    assert (line["refused"], line["refused_words"], line["events"]) == (1, said, 0)


def test_a_site_of_a_shop_that_knows_no_cookie_is_warned_of(inside, shop):
    said = shop / "shop.yaml"
    assert "declares no" not in typed(*ADD).stdout
    kept = [line for line in said.read_text().splitlines() if "anonymous_id" not in line]
    said.write_text("\n".join(kept))
    assert typed("apply", "--yes", "--who", "me").exit_code == 0
    assert "add `anonymous_id: {limit: 5}`" in typed("source", "add", "app", *ADD[3:]).stdout
    assert "add `anonymous_id: {limit: 5}`" in typed("source", "show", "app").stdout


def test_of_a_source_of_another_environment_it_is_said_that_nothing_is_taken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHOPKEEPER_ENVIRONMENT", "staging")
    assert told(*ADD)["source"]["environment"] == "staging"
    assert "not taken" not in typed("source", "list").stdout
    monkeypatch.delenv("SHOPKEEPER_ENVIRONMENT")
    why = "registered for 'staging', while this shop is 'production'"
    assert f"nothing is taken from it: it is {why}" in typed("source", "show", "web").stdout
    listed = {line["name"]: line for line in told("source", "list")["sources"]}
    assert listed["web"]["elsewhere"] == why
    assert "not taken" in typed("source", "list").stdout
    assert typed("source", "change", "web", "--environment", "production").stdout == "web is changed.\n"
    assert "not taken" not in typed("source", "list").stdout
