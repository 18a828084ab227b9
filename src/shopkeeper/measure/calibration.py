"""How good probabilities are: whether they rank, and whether they mean what they say.

Predictions and outcomes are arrays of shape (rows,); outcomes are 0 or 1.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]


class Calibration(NamedTuple):
    """Logistic recalibration: logit(outcome) = intercept + slope * logit(predicted); 0 and 1 are perfect.

    A slope below 1: predictions are too extreme; above: too timid.
    """

    intercept: float
    slope: float


def auc(predicted: Floats, happened: Floats) -> float:
    """Return the probability that a positive is ranked above a negative, ties counted half; NaN without both."""
    positives = float(happened.sum())
    negatives = len(happened) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    values, group = np.unique(predicted, return_inverse=True)
    count = np.bincount(group, minlength=len(values))
    rank = np.cumsum(count) - (count - 1) / 2
    return float((rank[group] @ happened - positives * (positives + 1) / 2) / (positives * negatives))


def log_loss(predicted: Floats, happened: Floats) -> float:
    """Return the mean negative log-likelihood, in nats."""
    p = np.clip(predicted, 1e-12, 1 - 1e-12)
    return float(-np.mean(happened * np.log(p) + (1 - happened) * np.log1p(-p)))


def calibration(predicted: Floats, happened: Floats) -> Calibration:
    """Fit the recalibration by Newton's method, under a faint prior that keeps it finite where outcomes are alike.

    Source: Cox (1958), Two further applications of a model for binary regression.
    """
    x = np.column_stack((np.ones(len(predicted)), logit(np.clip(predicted, 1e-9, 1 - 1e-9))))
    start = theta = np.array([0.0, 1.0])
    for _ in range(50):
        p = expit(x @ theta)
        slope = x.T @ (happened - p) - 1e-3 * (theta - start)
        step = np.linalg.solve((x.T * (p * (1 - p))) @ x + 1e-3 * np.eye(2), slope)
        theta = theta + np.clip(step, -2.0, 2.0)
        if float(np.abs(step).max()) < 1e-9:
            break
    return Calibration(float(theta[0]), float(theta[1]))
