"""Logistic regression with a ridge, on standardised features: small enough to read, honest enough to bet money on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]


class Logistic(NamedTuple):
    """A fitted model: probability = expit(intercept + features @ weights); weights of shape (features,)."""

    weights: Floats
    intercept: float

    def probability(self, features: Floats) -> Floats:
        """Predict, for features of shape (rows, features)."""
        probability: Floats = expit(features @ self.weights + self.intercept)
        return probability


def fit_logistic(features: Floats, labels: Floats, *, ridge: float = 1.0) -> Logistic:
    """Fit by penalised maximum likelihood.

    Args:
        features: Shape (rows, features), any scale. labels: Shape (rows,), 0 or 1.
        ridge: Penalty on the squared weights of standardised features, in rows; the intercept is free, so that the
            mean prediction equals the mean label.
    """
    from scipy.optimize import minimize  # A third of a second, for those alone who train.

    centre, scale = features.mean(axis=0), features.std(axis=0)
    scale[scale < 1e-9] = 1.0
    design = np.column_stack((np.ones(len(labels)), (features - centre) / scale))
    penalty = np.append(0.0, np.full(features.shape[1], ridge))

    def loss(theta: Floats) -> tuple[float, Floats]:
        margin = design @ theta
        value = np.logaddexp(0.0, margin).sum() - labels @ margin + penalty @ theta**2 / 2
        slope = design.T @ (expit(margin) - labels) + penalty * theta
        return float(value) / len(labels), slope / len(labels)

    def curvature(theta: Floats) -> Floats:
        p = expit(design @ theta)
        bent: Floats = (design.T * (p * (1 - p))) @ design + np.diag(penalty)
        return bent / len(labels)

    rate = np.clip(labels.mean(), 1e-6, 1 - 1e-6)
    start = np.append(logit(rate), np.zeros(features.shape[1]))
    theta = minimize(loss, start, jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-7}).x
    weights = theta[1:] / scale
    return Logistic(weights, float(theta[0] - weights @ centre))


def odds_ratio(probability: Floats, labels: Floats) -> float:
    """Fit by how much the odds of `labels` differ from the predicted odds: one number, by maximum likelihood.

    A standard-normal prior on its logarithm keeps it finite when the labels are all alike.
    """
    offset, log_odds = logit(np.clip(probability, 1e-6, 1 - 1e-6)), 0.0
    for _ in range(50):
        fitted = expit(offset + log_odds)
        step = ((labels - fitted).sum() - log_odds) / ((fitted * (1 - fitted)).sum() + 1.0)
        log_odds += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-10:
            break
    return float(np.exp(log_odds))


def times_odds(probability: Floats, ratio: float) -> Floats:
    """Multiply the odds of probabilities by `ratio`."""
    return probability * ratio / (1.0 - probability + probability * ratio)
