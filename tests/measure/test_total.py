"""Totals from samples: the published example, and how often the interval holds the truth."""

import numpy as np
import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.measure.total import estimated_total


def test_signatures_on_petitions():
    """Cochran (1977), section 2.9: 50 of 676 sheets, 1,471 signatures, squares 54,497: 19,888 ± 1,781 by 1.28."""
    rng = np.random.default_rng(1)
    raw = rng.normal(size=50)
    raw = (raw - raw.mean()) / raw.std(ddof=1)
    sheets = 1471 / 50 + raw * np.sqrt((54_497 - 1471**2 / 50) / 49)
    found = estimated_total(sheets, population=676, level=0.8)
    assert found.total == pytest.approx(19_888, abs=1)
    assert found.high - found.total == pytest.approx(1.299 * 676 * np.sqrt(229.0 * (1 - 50 / 676) / 50), rel=0.01)


def test_who_asks_everybody_knows():
    assert estimated_total(np.array([1.0, 2.5]), population=2) == (3.5, 3.5, 3.5)
    assert estimated_total(np.array([]), population=0) == (0.0, 0.0, 0.0)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(2)
    everybody = rng.exponential(3.0, size=1_000)
    held = [
        found.low <= everybody.sum() <= found.high
        for found in (
            estimated_total(rng.choice(everybody, size=150, replace=False), population=1_000) for _ in range(1_000)
        )
    ]
    assert 0.92 < np.mean(held) < 0.975


@pytest.mark.parametrize(("drawn", "population"), [(3, 2), (1, 5), (0, 5)])
def test_what_cannot_be_estimated_is_refused(drawn, population):
    with pytest.raises(BadInput, match=r"population|drawn"):
        estimated_total(np.ones(drawn), population=population)
