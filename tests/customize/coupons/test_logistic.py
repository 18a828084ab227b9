import numpy as np
import pytest
from scipy.special import expit

from shopkeeper.customize.coupons.logistic import fit_logistic, odds_ratio, times_odds


def test_a_known_model_is_found_whatever_the_scale_of_its_features():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(40_000, 2)) * [1.0, 1_000.0] + [0.0, 5_000.0]
    y = (rng.random(40_000) < expit(-1.0 + 0.8 * x[:, 0] - 0.002 * (x[:, 1] - 5_000))).astype(float)
    found = fit_logistic(x, y)
    assert found.weights == pytest.approx([0.8, -0.002], rel=0.06)
    assert found.probability(x).mean() == pytest.approx(y.mean(), abs=1e-5)


def test_a_feature_that_never_varies_changes_nothing():
    x = np.column_stack((np.tile([0.0, 1.0], 50), np.ones(100)))
    assert np.isfinite(fit_logistic(x, np.tile([0.0, 1.0], 50)).probability(x)).all()


def test_the_odds_ratio_is_found_and_stays_finite():
    rng = np.random.default_rng(2)
    p = rng.beta(1, 4, 50_000)
    assert odds_ratio(p, (rng.random(50_000) < times_odds(p, 3.0)).astype(float)) == pytest.approx(3.0, rel=0.05)
    assert 1.0 < odds_ratio(np.full(5, 0.5), np.ones(5)) < 100.0


def test_odds_are_multiplied():
    assert times_odds(np.array([0.0, 0.5, 1.0]), 3.0).tolist() == [0.0, 0.75, 1.0]
