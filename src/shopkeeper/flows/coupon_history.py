"""Coupon history: what the lake and the catalogue say about coupons before an instant, as arrays.

What is read: net order lines; `Offer Shown` and `Offer Redeemed` with the offer's id in their text `offer`; and
`Campaign Mailed` with the offers' `group` in its text `group`, for mailings that gave each customer a choice of a
group's coupons which nobody recorded (every coupon of the group that is valid then counts as listed, unless coupons of
that group are also named one by one). Showings by decisions are learned from as well, so what their counts say in
`customize.learning` is said twice, by at most the strength of the prior.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shopkeeper.core.instant import micros
from shopkeeper.core.item import Item
from shopkeeper.core.offer import Offer
from shopkeeper.customize.coupons.coverage import Covered, lay_out
from shopkeeper.customize.coupons.history import History, Shown, product_share
from shopkeeper.customize.coupons.purchases import Floats, Ints, Purchases, days

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from shopkeeper.engines.batch import Batch

OFFER_SHOWN, OFFER_REDEEMED, CAMPAIGN_MAILED = "Offer Shown", "Offer Redeemed", "Campaign Mailed"
MOST_CUSTOMERS = 20_000
ASSUMED_MARGIN = 0.25
"""The share of the price that is taken for margin where the lake does not know what an item cost."""
_DAY = 86_400_000_000


class Training(NamedTuple):
    """What was read.

    customers, products: Ids of the rows, sorted. margin: Of each per purchase, minor units.
    known_cost: Share of the lines whose cost the lake knows. upto: The lake's position.
    """

    history: History
    customers: NDArray[np.str_]
    products: NDArray[np.str_]
    margin: Floats
    known_cost: float
    upto: int


def read_training(
    batch: "Batch",
    offers: Sequence[Offer],
    items: Sequence[Item],
    *,
    merged: Mapping[str, str],
    before: datetime,
    rng: np.random.Generator,
) -> Training:
    """Read the lake before an instant, of at most about `MOST_CUSTOMERS` customers, as arrays.

    Args:
        merged: Whose the parts are, see `engines.batch.Batch`.
    """
    cut = micros(before)
    upto = batch.lake.upto()
    tables = batch.events(merged, upto), batch.lines(merged, upto)
    events, lines = (table.filter(table.at_us < cut) for table in tables)
    events, lines = _sampled(events, lines, rng)
    return lay_out_training(_net_lines(events, lines), _told(events), offers, items, before=before, upto=upto)


def lay_out_training(
    bought: pa.Table, told: pa.Table, offers: Sequence[Offer], items: Sequence[Item], *, before: datetime, upto: int
) -> Training:
    """Lay tables out as arrays.

    Args:
        bought: Net lines before `before`: customer, seq (of the order), at_us, product_id, amount, cost, coupon; in
            order of (at_us, seq).
        told: See `read_shown`.
        upto: The lake's position.
    """
    customers = np.unique(_texts(bought, "customer"))
    products = np.unique(np.concatenate([_texts(bought, "product_id"), _ids(offers)]))
    purchases, margin, known = _purchases(bought, customers, products)
    covered = _covered(offers, items, products, purchases, margin, now=days(micros(before)))
    shown = read_shown(told, offers, {str(c): row for row, c in enumerate(customers)})
    history = History(purchases, covered, shown, len(customers))
    return Training(history, customers, products, margin, known, upto)


def held_out_purchases(lines: pa.Table, training: Training) -> Purchases:
    """Lay later lines out in the rows of a training; customers and products that it does not know are left out.

    Args:
        lines: customer, seq (of the order), at_us, product_id, in any order; an order has one instant.
    """
    places = [
        _place(_texts(lines, "customer"), training.customers),
        _place(_texts(lines, "product_id"), training.products),
    ]
    seq, at = lines["seq"].to_numpy(), lines["at_us"].to_numpy()
    rank = np.lexsort((seq, at))
    rank = rank[(places[0][rank] >= 0) & (places[1][rank] >= 0)]
    order = np.cumsum(np.append(0, np.diff(seq[rank]) != 0))[: len(rank)]
    return Purchases(places[0][rank], order, places[1][rank], at[rank] / _DAY)


def _place(texts: NDArray[np.str_], known: NDArray[np.str_]) -> Ints:
    """Return the row of each text among the sorted known ones, -1 for a stranger."""
    row = np.minimum(np.searchsorted(known, texts), len(known) - 1)
    return np.where(known[row] == texts, row, -1)


def _sampled(events: "Table", lines: "Table", rng: np.random.Generator) -> tuple["Table", "Table"]:
    """Keep one part in so many of the customers, where there are too many."""
    parts = -(-int(lines.customer.nunique().execute()) // MOST_CUSTOMERS)
    if parts <= 1:
        return events, lines
    part = int(rng.integers(parts))
    kept = [table.filter(table.customer.hash().abs() % parts == part) for table in (events, lines)]
    return kept[0], kept[1]


def _net_lines(events: "Table", lines: "Table") -> pa.Table:
    from shopkeeper.engines.net_orders import NetOrders

    net = NetOrders(events, lines).lines()
    kept = net.select("customer", "seq", "at_us", "product_id", "amount", "cost", "coupon").order_by(["at_us", "seq"])
    table: pa.Table = kept.to_pyarrow()
    return table


def _told(events: "Table") -> pa.Table:
    told = events.filter(events.name.isin([OFFER_SHOWN, OFFER_REDEEMED, CAMPAIGN_MAILED]))
    offer, group = (told.texts.get(name, "") for name in ("offer", "group"))
    kept = told.select("name", "customer", "at_us", "seq", offer=offer, group=group)
    table: pa.Table = kept.order_by(["at_us", "seq"]).to_pyarrow()
    return table


def _texts(table: pa.Table, column: str) -> NDArray[np.str_]:
    return np.asarray(table[column].to_pylist(), dtype=np.str_)


def _ids(offers: Sequence[Offer]) -> NDArray[np.str_]:
    return np.array(sorted({item for offer in offers for item in offer.items}), dtype=np.str_)


def _purchases(
    bought: pa.Table, customers: NDArray[np.str_], products: NDArray[np.str_]
) -> tuple[Purchases, Floats, float]:
    """Return the lines as arrays, each product's mean margin without a coupon, and how many lines' cost is known."""
    seq = bought["seq"].to_numpy()
    product = np.searchsorted(products, _texts(bought, "product_id"))
    purchases = Purchases(
        customer=np.searchsorted(customers, _texts(bought, "customer")),
        order=np.cumsum(np.append(0, seq[1:] != seq[:-1]))[: len(seq)],
        product=product,
        day=bought["at_us"].to_numpy() / _DAY,
    )
    amount = bought["amount"].to_numpy().astype(np.float64)
    cost = bought["cost"].to_numpy(zero_copy_only=False).astype(np.float64)
    earned = np.where(np.isnan(cost), ASSUMED_MARGIN * amount, amount - cost)
    plain = bought["coupon"].is_null().to_numpy()
    count = np.bincount(product[plain], minlength=len(products))
    total = np.bincount(product[plain], earned[plain], minlength=len(products))
    usual = float(earned[plain].mean()) if plain.any() else 0.0
    margin = np.where(count > 0, total / np.maximum(count, 1), usual)
    return purchases, margin, float(1.0 - np.isnan(cost).mean()) if len(cost) else 0.0


def _covered(
    offers: Sequence[Offer],
    items: Sequence[Item],
    products: NDArray[np.str_],
    purchases: Purchases,
    margin: Floats,
    *,
    now: float,
) -> Covered:
    category = {item.id: item.category for item in items}
    ids = [str(product) for product in products]
    share = product_share(purchases, products=len(ids), now=now)
    return lay_out(offers, products=ids, categories=[category.get(i) for i in ids], share=share, margin=margin)


def read_shown(told: pa.Table, offers: Sequence[Offer], customers: Mapping[str, int]) -> Shown:
    """Lay out who was shown which coupon when, and redeemed it; the first showing of each counts, by whole days.

    Args:
        told: Events in order of time: name, customer, at_us, offer, group.
        customers: Row of each customer; events of others are left out.
    """
    rows = {offer.id: row for row, offer in enumerate(offers)}
    columns = [told[name].to_pylist() for name in ("name", "customer", "at_us", "offer", "group")]
    events = [event for event in zip(*columns, strict=True) if event[1] in customers]
    named = [
        (customers[who], rows[offer], at, 0.0)
        for name, who, at, offer, _ in events
        if name == OFFER_SHOWN and offer in rows
    ]
    apart = {offers[what].group for _, what, _, _ in named}
    groups = _Groups([offer for offer in offers if offer.group not in apart], rows)
    listed = [
        (customers[who], what, at, 1.0)
        for name, who, at, _, group in events
        if name == CAMPAIGN_MAILED
        for what in groups.valid(group, at)
    ]
    taken = {
        (customers[who], rows[offer]): at
        for name, who, at, offer, _ in reversed(events)
        if name == OFFER_REDEEMED and offer in rows
    }
    first = {(who, what): (at, kind) for who, what, at, kind in reversed(named + listed)}
    return _laid_out(first, offers, taken)


class _Groups:
    """Which coupons of a group are valid at an instant; a mailing may be noted up to a day before they start."""

    def __init__(self, offers: Sequence[Offer], rows: Mapping[str, int]) -> None:
        self._spans = [(rows[o.id], o.group, _instant(o.starts, -np.inf), _instant(o.ends, np.inf)) for o in offers]
        self._known: dict[tuple[str, int], list[int]] = {}

    def valid(self, group: str, at: int) -> list[int]:
        if (group, at) not in self._known:
            self._known[group, at] = [
                row for row, name, starts, ends in self._spans if name == group and starts - _DAY <= at < ends
            ]
        return self._known[group, at]


def _instant(at: datetime | None, otherwise: float) -> float:
    return otherwise if at is None else micros(at)


def _laid_out(
    first: Mapping[tuple[int, int], tuple[int, float]], offers: Sequence[Offer], taken: Mapping[tuple[int, int], int]
) -> Shown:
    table = np.array(
        [(*pair, at, taken.get(pair, np.inf), kind) for pair, (at, kind) in first.items()], dtype=np.float64
    ).reshape(-1, 5)
    ends = np.array([_instant(offer.ends, np.inf) for offer in offers], dtype=np.float64)
    coupon: Ints = table[:, 1].astype(np.int64)
    day = np.floor(table[:, 2] / _DAY)
    redeemed = np.where(table[:, 3] >= day * _DAY, table[:, 3], np.inf)
    return Shown(table[:, 0].astype(np.int64), coupon, day, ends[coupon] / _DAY, redeemed / _DAY, table[:, 4])
