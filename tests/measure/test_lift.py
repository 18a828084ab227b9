import numpy as np
import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.measure.lift import adjusted, lift, sample_ratio


def spend(n, rng, *, mean=20.0):
    """Spend as shops see it: a third buys nothing, the rest is skewed."""
    return rng.gamma(1.0, mean * 1.5, n) * (rng.random(n) < 2 / 3)


def test_welch_reproduces_a_published_example():
    # R documentation of t.test: extra ~ group of the `sleep` data (Cushny & Peebles 1905), Welch: t = -1.8608,
    # df = 17.776, p = 0.07939, 95 % interval -3.3654832 to 0.2054832.
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    found = lift(first, second)
    assert (found.low, found.high) == pytest.approx((-3.3654832, 0.2054832))
    assert found.p_value == pytest.approx(0.07939, abs=1e-5)


def test_between_equal_arms_a_difference_is_claimed_as_often_as_alpha():
    rng, tries = np.random.default_rng(1), 2_000
    claims = sum(lift(spend(900, rng), spend(100, rng)).verdict in {"higher", "lower"} for _ in range(tries))
    # 3 standard errors of the binomial, and the t interval's own error on skewed money with a small holdout.
    assert abs(claims / tries - 0.05) < 3 * (0.05 * 0.95 / tries) ** 0.5 + 0.015


@pytest.mark.parametrize("covariate", [False, True])
def test_the_interval_covers_the_true_lift(covariate):
    rng, tries, hits, width = np.random.default_rng(2), 1_000, 0, 0.0
    for _ in range(tries):
        taste = rng.gamma(2.0, 10.0, 1_000)
        after = taste + rng.normal(0, 5, 1_000)
        after[:800] += 1.5
        before = (taste[:800], taste[800:]) if covariate else None
        found = lift(after[:800], after[800:], before=before)
        hits += found.low <= 1.5 <= found.high
        width += found.high - found.low
    assert abs(hits / tries - 0.95) < 3 * (0.05 * 0.95 / tries) ** 0.5
    assert width / tries < (2.0 if covariate else 6.0)


def test_the_relative_lift_is_covered_too():
    rng, tries, hits = np.random.default_rng(3), 1_000, 0
    for _ in range(tries):
        relative = lift(spend(2_000, rng, mean=22.0), spend(500, rng, mean=20.0)).relative
        hits += relative is not None and relative[1] <= 0.10 <= relative[2]
    assert abs(hits / tries - 0.95) < 3 * (0.05 * 0.95 / tries) ** 0.5 + 0.01


def test_adjusting_leaves_the_difference_unbiased():
    rng, kept = np.random.default_rng(4), []
    for _ in range(400):
        x = rng.normal(0, 1, 400)
        y = 3 * x + rng.normal(0, 1, 400)
        treated, holdout = adjusted((y[:200] + 1, y[200:]), (x[:200], x[200:]))
        kept.append(treated.mean() - holdout.mean())
    assert np.mean(kept) == pytest.approx(1.0, abs=4 * np.std(kept) / 20)


def test_a_holdout_of_the_wrong_size_is_not_to_be_trusted():
    rng = np.random.default_rng(5)
    assert sample_ratio(900, 100, share=0.1) == pytest.approx(1.0)
    # chi-square = (50^2 / 900 + 50^2 / 100) = 27.78 with one degree of freedom
    assert sample_ratio(950, 50, share=0.1) == pytest.approx(1.36e-7, rel=0.01)
    assert lift(spend(950, rng), spend(50, rng), share=0.1).verdict == "not to be trusted"


def test_few_customers_give_an_interval_but_no_verdict():
    found = lift(np.linspace(5, 6, 40), np.linspace(0, 1, 40))
    assert found.low > 0
    assert found.verdict == "needs more data"


def test_it_says_how_many_customers_a_difference_needs():
    rng = np.random.default_rng(6)
    found = lift(rng.normal(0.1, 1, 200), rng.normal(0, 1, 200))
    # Two arms, one standard deviation: 2 * 2 * (1.96 + 0.84)^2 / d^2.
    assert found.needed == pytest.approx(4 * 7.849 / found.difference**2, rel=0.2)


def test_no_ratio_is_given_where_the_holdout_may_have_done_nothing():
    assert lift(np.ones(200), np.zeros(200)).relative is None


@pytest.mark.parametrize(
    ("treated", "holdout", "before", "message"),
    [
        (np.ones(1), np.ones(9), None, "treated: 1 customers"),
        (np.ones(9), np.array([1.0, np.nan]), None, "holdout: a figure that is not finite"),
        (np.ones(9), np.ones(9), (np.ones(9), np.ones(8)), "before: must hold one figure"),
    ],
)
def test_figures_that_cannot_be_compared_are_refused(treated, holdout, before, message):
    with pytest.raises(BadInput, match=message):
        lift(treated, holdout, before=before)
