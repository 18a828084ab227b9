import numpy as np
import pytest
from scipy.special import expit, logit

from shopkeeper.measure.calibration import auc, calibration, log_loss


def test_auc_is_the_share_of_pairs_ranked_right_with_ties_halved():
    assert auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])) == pytest.approx(0.75)
    assert auc(np.full(4, 0.5), np.array([0.0, 0.0, 1.0, 1.0])) == pytest.approx(0.5)
    assert np.isnan(auc(np.array([0.5]), np.array([1.0])))


def test_log_loss_of_a_coin_is_the_entropy():
    assert log_loss(np.full(2, 0.5), np.array([0.0, 1.0])) == pytest.approx(np.log(2))


def test_calibration_finds_by_how_much_predictions_were_bent():
    rng = np.random.default_rng(1)
    truth = rng.beta(1, 4, 60_000)
    happened = (rng.random(60_000) < truth).astype(float)
    good = calibration(truth, happened)
    assert (good.intercept, good.slope) == (pytest.approx(0, abs=0.05), pytest.approx(1, abs=0.04))
    extreme = calibration(expit(2 * logit(truth) - 0.6), happened)
    assert extreme.slope == pytest.approx(0.5, abs=0.03)


def test_calibration_stays_finite_where_everything_happened():
    assert np.isfinite(calibration(np.array([0.2, 0.9]), np.ones(2))).all()
