"""History: what was bought and shown, and the questions that fitting asks of it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.customize.coupons.anyway import HORIZON_DAYS
from shopkeeper.customize.coupons.coverage import Covered, stand
from shopkeeper.customize.coupons.purchases import Floats, Ints, Purchases, distinct


class Shown(NamedTuple):
    """Coupons shown to customers; arrays of shape (showings,), in any order.

    customer, coupon: Rows. day: When it was shown. until: The end of its validity, in days; inf for open.
    redeemed: The day of its redemption, inf for none. listed: 1 where it is only known that the customer's coupons
    were chosen from a list with this one on it, else 0.
    """

    customer: Ints
    coupon: Ints
    day: Floats
    until: Floats
    redeemed: Floats
    listed: Floats

    def rows(self, which: NDArray[np.bool_] | Ints) -> "Shown":
        """Return some of the showings."""
        return Shown(
            self.customer[which],
            self.coupon[which],
            self.day[which],
            self.until[which],
            self.redeemed[which],
            self.listed[which],
        )


class History(NamedTuple):
    """What the shop knows: net purchases, coupons laid out, showings; customers are rows 0 to `customers` - 1."""

    purchases: Purchases
    covered: Covered
    shown: Shown
    customers: int


class Tested(NamedTuple):
    """Predictions and what happened, shape (rows,), on a window that the fit had not seen."""

    predicted: Floats
    happened: Floats


def product_share(purchases: Purchases, *, products: int, now: float) -> Floats:
    """Return the share of the customers active in the 28 days before `now` who bought each product then."""
    recent = purchases.between(now - HORIZON_DAYS, now)
    pairs = distinct(recent.customer * products + recent.product)
    active = max(len(distinct(recent.customer)), 1)
    return np.bincount(pairs % products, minlength=products) / active


def some(history: History, customers: Ints, coupons: Ints) -> tuple[Covered, Purchases]:
    """Cut coupons and purchases down to some customers, numbered anew."""
    place = np.full(history.customers, -1)
    place[customers] = np.arange(len(customers))
    row = place[history.purchases.customer]
    kept = history.purchases.lines(row >= 0)
    return history.covered.only(coupons), kept._replace(customer=row[row >= 0])


def exposed(history: History, cut: float) -> Ints:
    """Return the keys of (customer, coupon) whose showing may work in the window."""
    shown, end = history.shown, cut + HORIZON_DAYS
    working = (shown.day < end) & (shown.until > cut)
    return distinct(shown.customer[working] * len(history.covered.ids) + shown.coupon[working])


def unaided(customers: Ints, coupons: Ints, many: int, exposed: Ints) -> NDArray[np.bool_]:
    """Return which pairs of customers and coupons no showing works on, shape (customers * coupons,).

    Args:
        many: How many coupons there are in all. exposed: Of `exposed`.
    """
    keys = (customers[:, None] * many + coupons).ravel()
    if not len(exposed):
        return np.ones(len(keys), dtype=np.bool_)
    found: NDArray[np.bool_] = exposed[np.minimum(np.searchsorted(exposed, keys), len(exposed) - 1)] != keys
    return found


def bought(covered: Covered, purchases: Purchases, customers: int, start: float) -> Floats:
    """Return 1 where a covered product was bought in the window from `start`, shape (customers * coupons,)."""
    end = start + HORIZON_DAYS
    orders = stand(covered, purchases.between(start, end), customers=customers, now=end).orders
    return (orders > 0).ravel().astype(np.float64)
