"""What would happen without the coupon, and who redeems: two small models over a customer's net purchases.

    model.p_anyway(covered, standing)          (customers, coupons): buys a covered product within 28 days, unaided
    model.p_redeem(covered, standing, ...)     (customers, coupons): redeems within 28 days of being shown it

`p_anyway` is fitted on earlier windows of customers who were *not* shown the coupon, so that no effect of a coupon is
in it. `p_redeem` is fitted on what was shown and redeemed; where the log holds fewer than `SUPPORT` redemptions the
shop's plain rate serves for everybody, and the manifest says so (`redemption: prior`).

Redeeming and buying anyway are not observed together: nobody is both shown a coupon and not shown it. The share of
redeemers who would have bought anyway is therefore p_anyway with its odds multiplied by `odds`: how much more often
*future* redeemers bought a covered product in the 28 days before they were shown the coupon than p_anyway said of
them then. 1 means that redeemers are no likelier buyers than their history says; above 1, they are.
"""

from collections.abc import Mapping
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from shopkeeper.customize.coupons.coverage import Covered, Standing
from shopkeeper.customize.coupons.logistic import Logistic, times_odds
from shopkeeper.customize.coupons.purchases import Floats

HORIZON_DAYS = 28
SUPPORT = 100
"""Fewer positive examples than this make no model."""
ANYWAY_FEATURES = 16
USUAL_DAYS = 28.0
"""The interval between purchases that is assumed of a customer who has bought once."""


class CouponModel(NamedTuple):
    """What was fitted.

    anyway, redemption: The models; `redemption` is None without support.
    rate: Redemptions per showing, the prior. fewest: The smallest mailing seen, in coupons per customer.
    odds: See the module. repeats: Further covered purchases within 84 days of a first one after as long a pause.
    products: Ids, shape (products,). share: Of customers who bought each in 28 days. margin: Minor units, NaN unknown.
    """

    anyway: Logistic
    redemption: Logistic | None
    rate: float
    fewest: float
    odds: float
    repeats: float
    products: NDArray[np.str_]
    share: Floats
    margin: Floats

    def p_anyway(self, covered: Covered, standing: Standing) -> Floats:
        """Return the probability that each customer buys a covered product within 28 days without the coupon."""
        return self.anyway.probability(anyway_features(covered, standing)).reshape(standing.orders.shape)

    def p_redeem(
        self, covered: Covered, standing: Standing, p_anyway: Floats, *, redeemed: Floats, together: Floats
    ) -> Floats:
        """Return the probability that each customer redeems each coupon within 28 days of being shown it.

        Args:
            redeemed: Coupons each customer redeemed before, shape (customers, 1).
            together: How many coupons are shown to each at once, shape (customers, 1).
        """
        if self.redemption is None:
            return np.full(p_anyway.shape, self.rate)
        together = np.maximum(together, self.fewest)
        features = redemption_features(
            covered, standing, p_anyway, redeemed=redeemed, together=together, listed=np.zeros_like(together)
        )
        return self.redemption.probability(features).reshape(p_anyway.shape)

    def redeemers_anyway(self, p_anyway: Floats) -> Floats:
        """Return the share of redeemers who would have bought a covered product anyway."""
        return times_odds(p_anyway, self.odds)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the model as named arrays for a file without pickle."""
        redemption = self.redemption or Logistic(np.zeros(0), 0.0)
        return {
            "anyway": np.append(self.anyway.weights, self.anyway.intercept),
            "redemption": np.append(redemption.weights, redemption.intercept),
            "scalars": np.array([self.rate, self.fewest, self.odds, self.repeats]),
            "products": self.products,
            "share": self.share,
            "margin": self.margin,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """Read a model back from `arrays`."""
        anyway, redemption = (np.asarray(arrays[name], dtype=np.float64) for name in ("anyway", "redemption"))
        rate, fewest, odds, repeats = np.asarray(arrays["scalars"], dtype=np.float64).tolist()
        return cls(
            anyway=Logistic(anyway[:-1], float(anyway[-1])),
            redemption=Logistic(redemption[:-1], float(redemption[-1])) if len(redemption) > 1 else None,
            rate=rate,
            fewest=fewest,
            odds=odds,
            repeats=repeats,
            products=np.asarray(arrays["products"], dtype=np.str_),
            share=np.asarray(arrays["share"], dtype=np.float64),
            margin=np.asarray(arrays["margin"], dtype=np.float64),
        )


def usual_interval(orders: Floats, first: Floats, last: Floats) -> Floats:
    """Return the mean days between orders; `USUAL_DAYS` for fewer than two, and never less than a day."""
    between = (first - last) / np.maximum(orders - 1.0, 1.0)
    return np.where(orders >= 2, np.maximum(between, 1.0), USUAL_DAYS)


def anyway_features(covered: Covered, standing: Standing) -> Floats:
    """Return the features of `p_anyway`, shape (customers * coupons, ANYWAY_FEATURES)."""
    s, shape = standing, standing.orders.shape
    bought = s.orders > 0
    overdue = np.where(bought, s.last / usual_interval(s.orders, s.first, s.last), 0.0)
    popular = logit(np.clip(covered.popularity, 1e-5, 1 - 1e-5))
    trips = np.log(s.trips_slow + 0.1)
    columns = [
        bought,
        np.log1p(s.orders),
        np.log(s.slow + 0.05),
        np.log1p(s.fast),
        np.log(s.category_slow + 0.05),
        np.log1p(s.category_fast),
        np.where(bought, np.log1p(np.minimum(s.last, 365.0)), np.log(366.0)),
        np.minimum(overdue, 6.0),
        (overdue > 2.0) & (s.orders >= 2),
        trips,
        np.log(s.trips_fast + 0.1),
        np.minimum(np.log1p(s.trip_last), np.log(366.0)),
        popular,
        popular * trips,
        popular * bought,
        np.log1p(covered.size),
    ]
    return _table(columns, shape)


def redemption_features(
    covered: Covered, standing: Standing, p_anyway: Floats, *, redeemed: Floats, together: Floats, listed: Floats
) -> Floats:
    """Return the features of `p_redeem`, shape (customers * coupons, 10).

    Args:
        listed: 1 where it is only known that the coupon was among those that a customer's were chosen from,
            (customers, 1); in what is asked at a decision, 0.
    """
    s = standing
    columns = [
        logit(np.clip(p_anyway, 1e-6, 1 - 1e-6)),
        s.orders > 0,
        np.log1p(s.orders),
        np.log1p(redeemed),
        redeemed > 0,
        np.log(s.trips_slow + 0.1),
        np.log(np.maximum(together, 1.0)),
        listed,
        logit(np.clip(covered.popularity, 1e-5, 1 - 1e-5)),
        np.log1p(covered.face),
    ]
    return _table(columns, s.orders.shape)


def _table(columns: list[Floats], shape: tuple[int, ...]) -> Floats:
    table = np.empty((*shape, len(columns)))
    for k, column in enumerate(columns):
        table[..., k] = column
    return table.reshape(-1, len(columns))
