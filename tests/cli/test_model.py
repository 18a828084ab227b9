"""model train, list and show, typed."""

import pytest

from shopkeeper.testing.commands import told, typed

pytestmark = pytest.mark.usefixtures("inside")


def test_training_puts_another_version_in_force() -> None:
    before = {one["name"]: one["version"] for one in told("model", "list")}
    (trained,) = told("model", "train", "recommend.category", "--before", "2026-02-01")
    assert trained["data_to"].startswith("2026-01-31T23:00:00")
    after = {one["name"]: one["version"] for one in told("model", "list")}
    assert after == before | {"recommend.category": trained["version"]}
    assert told("model", "show", "recommend.category")[0]["version"] == trained["version"]


def test_models_are_listed_and_shown_to_people() -> None:
    listed = typed("model", "list").stdout
    assert all(name in listed for name in ("recommend.product", "recommend.category", "coupons", "tifu-knn + ease"))
    shown = typed("model", "show", "coupons").stdout
    assert "log position" in shown
    assert "anyway_auc" in shown


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("model", "train", "recommend.produkt"), 1, "did you mean 'recommend.product'"),
        (("model", "train", "recommend.product", "--before", "yesterday"), 2, "--before: not an ISO 8601"),
        (("model", "train", "recommend.product", "--before", "2001-01-01"), 2, ""),
        (("model", "show", "nothing"), 1, "no version of 'nothing' was trained"),
    ],
)
def test_a_mistake_is_one_message(words: tuple[str, ...], code: int, said: str) -> None:
    done = typed(*words)
    assert done.exit_code == code
    assert said in done.stderr
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
