"""The value of a coupon in one customer's hands: what it changes, less what it costs.

One decision does, for all live coupons at once (arrays of shape (customers, coupons), here one customer):

    standing = stand(covered, purchases, customers=1, now=days(micros(now)))        until the next purchase
    prospect = prospects(model, covered, standing, redeemed=…, together=…, affinity=…)
    belief   = believe(prospect.p_redeem[0], shown, taken)                          customize.learning, by role
    worth    = value_coupons(model, covered, prospect, p_redeem=belief.mean[None])
    worth.value[0]                                                                  to arrange
    explain(covered, standing, prospect, worth, coupon=k, …)                        for each pick

With a = p_anyway, r = p_redeem, s = the share of redeemers who would have bought anyway (a with its odds multiplied by
the model's `odds`), f the face value, m the margin of one covered purchase and k the model's `repeats`:

    p_with = a + r (1 - s)
    value  = (p_with - a) m (1 + k) - f r

Assumptions: whoever is persuaded redeems; a coupon that is not redeemed changes nothing; a redeemer who would have
bought anyway buys no more for it; what follows a won purchase is what followed alike purchases made without a coupon.
The split of redeemers into persuaded and anyway is principal stratification (Frangakis & Rubin 2002); it cannot be
seen in data where nobody is withheld, only bounded by how redeemers bought before. A holdout replaces it.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.decision import Reason
from shopkeeper.core.offer import Role
from shopkeeper.customize.coupons.anyway import CouponModel, usual_interval
from shopkeeper.customize.coupons.coverage import Covered, Standing
from shopkeeper.customize.coupons.purchases import Floats

ROLES = (Role.THANK_YOU, Role.STRETCH, Role.BRING_BACK, Role.DISCOVER)
NO_ROLE = -1
"""Never bought, not even in the category, and the recommender knows no affinity: nothing speaks for the coupon."""

REGULAR_ORDERS = 3
"""Covered orders that make a customer a regular of the products."""
REGULAR_TRIPS = 4.0
"""Decayed trips (mean life 112 days) that make a valued regular of the shop: about one in four weeks, kept up."""
LAPSED_INTERVALS = 2.0
LEAST_INTERVAL = 7.0
"""Days; nobody lapses within a fortnight, however often they used to come."""


class Prospect(NamedTuple):
    """What is expected of each coupon; shape (customers, coupons).

    role: Index in `ROLES`, or `NO_ROLE`; int64. lapsing: The customer stays away from the shop, (customers, 1).
    """

    role: NDArray[np.int64]
    p_anyway: Floats
    p_redeem: Floats
    lapsing: NDArray[np.bool_]


class Worth(NamedTuple):
    """What each coupon is worth, expected, in minor units; shape (customers, coupons).

    p_redeem: As learned. p_with: Buys a covered product, given the coupon.
    redeemers_anyway: Share of redeemers who would have bought without it.
    cost: Face value times p_redeem. won: Margin of what it changes. wasted: Cost for what would be bought anyway.
    value: won - cost.
    """

    p_redeem: Floats
    p_with: Floats
    redeemers_anyway: Floats
    cost: Floats
    won: Floats
    wasted: Floats
    value: Floats


def prospects(
    model: CouponModel,
    covered: Covered,
    standing: Standing,
    *,
    redeemed: Floats,
    together: Floats,
    affinity: Floats | None = None,
) -> Prospect:
    """Expect what each coupon meets.

    Args:
        redeemed: Coupons each customer redeemed so far, (customers, 1).
        together: How many coupons are shown to each at once, (customers, 1).
        affinity: The recommender's score for the products that a coupon covers, (customers, coupons), > 0 where it
            speaks for them; None: not asked, so every coupon may be a discovery.
    """
    p_anyway = model.p_anyway(covered, standing)
    p_redeem = model.p_redeem(covered, standing, p_anyway, redeemed=redeemed, together=together)
    lapsing = _lapsed(standing.trips, standing.trip_first, standing.trip_last)
    return Prospect(_roles(standing, lapsing, affinity), p_anyway, p_redeem, lapsing)


def _lapsed(orders: Floats, first: Floats, last: Floats) -> NDArray[np.bool_]:
    usual = np.maximum(usual_interval(orders, first, last), LEAST_INTERVAL)
    return (orders >= 2) & (last > LAPSED_INTERVALS * usual)


def _roles(standing: Standing, lapsing: NDArray[np.bool_], affinity: Floats | None) -> NDArray[np.int64]:
    """Give each coupon the first role that fits: bring back, thank you, stretch, discover."""
    s = standing
    away = _lapsed(s.orders, s.first, s.last) | lapsing
    regular = (s.orders >= REGULAR_ORDERS) & (s.trips_slow >= REGULAR_TRIPS)
    near = (s.orders > 0) | (s.category_slow > 0)
    liked = np.ones(s.orders.shape, dtype=np.bool_) if affinity is None else affinity > 0
    fits = [(away, Role.BRING_BACK), (regular, Role.THANK_YOU), (near, Role.STRETCH), (liked, Role.DISCOVER)]
    return np.select([fit for fit, _ in fits], [np.int64(ROLES.index(role)) for _, role in fits], np.int64(NO_ROLE))


def value_coupons(model: CouponModel, covered: Covered, prospect: Prospect, *, p_redeem: Floats | None = None) -> Worth:
    """Value coupons by what they change; the formula is the module's.

    Args:
        p_redeem: What was learned online, in place of the model's own estimate.
    """
    r = prospect.p_redeem if p_redeem is None else p_redeem
    anyway = model.redeemers_anyway(prospect.p_anyway)
    persuaded = r * (1.0 - anyway)
    cost = r * covered.face
    won = persuaded * covered.margin * (1.0 + model.repeats)
    return Worth(
        p_redeem=r,
        p_with=prospect.p_anyway + persuaded,
        redeemers_anyway=anyway,
        cost=cost,
        won=won,
        wasted=cost * anyway,
        value=won - cost,
    )


class Named(NamedTuple):
    """The purchases that a reason names, newest first: ids of covered orders, of the category's, of any."""

    covered: Sequence[str]
    category: Sequence[str]
    trips: Sequence[str]


def explain(
    covered: Covered,
    standing: Standing,
    prospect: Prospect,
    worth: Worth,
    *,
    coupon: int,
    title: str,
    named: Named,
    money: Callable[[int], str],
) -> tuple[Reason, ...]:
    """Say why a coupon is worth what it is; the parts of the reasons add up to its value.

    Args:
        coupon: Index of the coupon; the customer is row 0.
        title: What it covers, in words. money: Writes minor units for people.
    """
    cell = (0, coupon)
    cost, wasted = float(worth.cost[cell]), float(worth.wasted[cell])
    text, data = _why(standing, prospect, coupon=coupon, title=title, named=named)
    face, redeem = money(round(covered.face[coupon])), _percent(worth.p_redeem[cell])
    anyway = _percent(worth.redeemers_anyway[cell])
    return (
        Reason(text=text, data=tuple(data), part=float(worth.won[cell])),
        Reason(text=f"It costs {face} when it is redeemed, which {redeem} would.", part=wasted - cost),
        Reason(
            text=f"Of those who redeem it, {anyway} would have bought without it.",
            data=tuple(named.covered),
            part=-wasted,
        ),
    )


def _why(standing: Standing, prospect: Prospect, *, coupon: int, title: str, named: Named) -> tuple[str, Sequence[str]]:
    role = prospect.role[0, coupon]
    orders, last = int(standing.orders[0, coupon]), round(standing.last[0, coupon])
    if prospect.lapsing[0, 0]:
        away = round(standing.trip_last[0, 0])
        return f"Bring back: last came {away} days ago, more than twice the usual interval.", named.trips
    if role == NO_ROLE:
        return f"Nothing bought so far speaks for {title}.", ()
    name = ROLES[role].capitalize()
    if orders:
        return f"{name}: bought {title} on {_times(orders)}, the last {last} days ago.", named.covered
    if role == ROLES.index(Role.STRETCH):
        return f"{name}: buys in the same category on {_times(len(named.category))}, but not {title}.", named.category
    return f"{name}: never bought {title}, but what was bought suggests it.", named.trips


def _times(count: int) -> str:
    return "one shopping trip" if count == 1 else f"{count} shopping trips"


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"
