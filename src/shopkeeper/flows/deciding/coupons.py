"""The coupons of a slot: valued by what they change, learned from what was taken, explained by what was bought."""

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.definitions import Slot
from shopkeeper.core.item import Item
from shopkeeper.core.money import digits, format_money
from shopkeeper.core.offer import Offer
from shopkeeper.core.predicate import Moment
from shopkeeper.customize.affinity import Covers
from shopkeeper.customize.arrange import NO_ATTRIBUTE, Placed, arrange, held_back
from shopkeeper.customize.coupons.anyway import CouponModel
from shopkeeper.customize.coupons.coverage import Covered, Standing, lay_out, stand
from shopkeeper.customize.coupons.purchases import days, purchases_of
from shopkeeper.customize.coupons.value import NO_ROLE, ROLES, Named, Prospect, Worth, explain, prospects, value_coupons
from shopkeeper.customize.eligibility import Eligibility, OfferBook, Rule, eligible_offers, offer_book
from shopkeeper.customize.learning import Belief, Evidence, believe, best_weights, contextual_gain
from shopkeeper.differentiate.facts import Purchase
from shopkeeper.differentiate.fold import offer_facts, purchase_history
from shopkeeper.flows.deciding.picks import Choice, Chosen
from shopkeeper.flows.deciding.products import ProductChooser
from shopkeeper.flows.deciding.trace import NO_TRACE, NoTrace, Ranking
from shopkeeper.flows.deciding.visit import Visit
from shopkeeper.flows.profiles import Profile

ATTRIBUTES = ("category", "department", "brand")
HOUR = 3_600_000_000
WARM = 20_000
NAMED = 3
GAIN_DRAWS = 200
TRIED, EXPLORE_DRAWS = 40, 500
"""Among how many of the most valuable coupons a slot explores, and how many draws say which is the best."""
WEIGHED_AGAIN = 1.1
"""Whether roles pay is asked again when takings have grown by a tenth: asking costs some 20 ms."""


class CouponShelf(NamedTuple):
    """The coupons that are or will soon be valid, laid out; arrays have shape (coupons,).

    codes: Of the most frequent category, department and brand of what each covers. categories: Every one it covers.
    words: What each covers, as a sentence may call it.
    """

    book: OfferBook
    model: CouponModel
    covered: Covered
    products: Mapping[str, int]
    items: tuple[frozenset[str], ...]
    codes: Mapping[str, NDArray[np.int64]]
    categories: tuple[frozenset[str], ...]
    words: tuple[str, ...]
    currency: str


def coupon_shelf(book: OfferBook, model: CouponModel, items: Mapping[str, Item], *, currency: str) -> CouponShelf:
    """Lay out coupons over the model's products."""
    products = [str(product) for product in model.products]
    known = [items.get(product) for product in products]
    covered = lay_out(
        book.offers,
        products=products,
        categories=[None if item is None else item.category for item in known],
        share=model.share,
        margin=model.margin,
    )
    return CouponShelf(
        book=book,
        model=model,
        covered=covered,
        products={product: row for row, product in enumerate(products)},
        items=tuple(frozenset(offer.items) for offer in book.offers),
        codes={name: _codes([_main(offer, items, name) for offer in book.offers]) for name in ATTRIBUTES},
        categories=tuple(_categories(offer, items) for offer in book.offers),
        words=tuple(_words(offer, items) for offer in book.offers),
        currency=currency,
    )


def _main(offer: Offer, items: Mapping[str, Item], name: str) -> str | None:
    found = Counter(getattr(items[item], name) for item in offer.items if item in items)
    found.pop(None, None)
    return min(found, key=lambda value: (-found[value], value)) if found else None


def _categories(offer: Offer, items: Mapping[str, Item]) -> frozenset[str]:
    found = {items[item].category for item in offer.items if item in items}
    return frozenset(category for category in found if category is not None)


def _words(offer: Offer, items: Mapping[str, Item]) -> str:
    """Name what a coupon covers: its one item, else its most frequent categories."""
    known = [items[item] for item in offer.items if item in items]
    if len(known) == 1 and known[0].title:
        return known[0].title
    found = Counter(item.category for item in known if item.category is not None)
    names = sorted(found, key=lambda name: (-found[name], name))
    return " or ".join(names[:2]) + (" and the like" if len(names) > 2 else "") or "what it covers"


def _codes(values: Sequence[str | None]) -> NDArray[np.int64]:
    seen: dict[str, int] = {}
    return np.array([NO_ATTRIBUTE if v is None else seen.setdefault(v, len(seen)) for v in values], dtype=np.int64)


class _Order(NamedTuple):
    """An order as reasons name it."""

    name: str
    products: frozenset[str]
    categories: frozenset[str | None]


class _Look(NamedTuple):
    """What is worked out of one customer until their orders change, they redeem something, or the next hour.

    edition: See `State`. redeemed: How often they redeemed an offer. orders: Newest first.
    """

    edition: object
    redeemed: int
    hour: int
    orders: list[_Order]
    standing: Standing
    prospect: Prospect
    named: dict[int, Named]

    def purchases_for(self, coupon: int, shelf: CouponShelf) -> Named:
        """Return the orders that a coupon's reasons name, worked out once."""
        if coupon not in self.named:
            self.named[coupon] = _named(self.orders, shelf.items[coupon], shelf.categories[coupon])
        return self.named[coupon]


class CouponChooser:
    """Chooses coupons for visits.

    Args:
        covers: The items of each coupon in the recommender's universe.
    """

    def __init__(self, shelf: CouponShelf, covers: Covers) -> None:
        self._shelf = shelf
        self._covers = covers
        self._evidence = Evidence.of({}, offers=shelf.covered.ids, arms=ROLES)
        self._apart = False
        self._weighed = 0.0
        self._looks: OrderedDict[tuple[str, int], _Look] = OrderedDict()

    def believe(self, counts: Mapping[tuple[str, str], tuple[int, int]]) -> None:
        """Take what was learned, by (offer, role); telling roles apart must pay, or every role learns from all."""
        found = Evidence.of(counts, offers=self._shelf.covered.ids, arms=ROLES)
        taken = float(found.taken.sum())
        if taken > WEIGHED_AGAIN * self._weighed:
            rng = np.random.default_rng(int(taken))
            self._apart = contextual_gain(found, rng=rng, draws=GAIN_DRAWS).pays
            self._weighed = taken
        self._evidence = found if self._apart else found.pooled()

    def under(self, offers: Mapping[str, Offer], rules: Mapping[str, Rule]) -> "CouponChooser":
        """Return a chooser of the same coupons under other rules; what was worked out of customers is shared."""
        found = copy(self)
        book = offer_book([offers[one.id] for one in self._shelf.book.offers], rules)
        found._shelf = self._shelf._replace(book=book)
        return found

    def choose(
        self,
        slot: Slot,
        visit: Visit,
        *,
        products: ProductChooser,
        n: int,
        rng: np.random.Generator,
        trace: NoTrace = NO_TRACE,
    ) -> Choice:
        """Fill a slot with coupons for a visit that is personal; `products` says what suits the customer."""
        profile = visit.profile
        if profile is None:
            return Choice((), 0)
        shelf = self._shelf
        facts = offer_facts(profile.state)
        able = eligible_offers(
            shelf.book, values=visit.values, history=facts, exclude=slot.exclude, moment=visit.moment
        )
        look = self._look(profile, visit.moment, n, products)
        belief = self._learned(look.prospect)
        worth = value_coupons(shelf.model, shelf.covered, look.prospect, p_redeem=belief.mean[None])
        pins = [shelf.book.rows[pin] for pin in slot.pins if pin in shelf.book.rows]
        least = slot.least_value * 10 ** digits(shelf.currency)
        _note(trace, able, shelf.book)
        worthy = able.mask & (look.prospect.role[0] != NO_ROLE)
        worthy[pins] = able.mask[pins]
        trace.left("role", worthy)
        worthy &= worth.value[0] > least
        worthy[pins] = able.mask[pins]
        trace.left("value", worthy)
        scores = worth.value[0]
        if slot.policy == "explore":
            scores = _drawn(slot, belief, scores, worthy, pins=pins, n=n, rng=rng)
            trace.left("explored", worthy & np.isfinite(scores))
        placed = arrange(scores, shelf.codes, slot=slot, n=n, rng=rng, pins=pins, feasible=worthy)

        def rank() -> Ranking:
            held = held_back(scores, shelf.codes, slot=slot, n=n, placed=placed, pins=pins, feasible=worthy)
            return Ranking(
                worth.value[0], held, lambda which: [self._chosen(slot, look, worth, Placed(k, 0.0, 0)) for k in which]
            )

        trace.ranked(shelf.covered.ids, placed, rank)
        chosen = [self._chosen(slot, look, worth, place) for place in placed]
        return Choice(chosen, int(able.mask.sum()), blocked=_blocked(able))

    def _look(self, profile: Profile, moment: Moment, n: int, products: ProductChooser) -> _Look:
        if profile.supposed:
            return self._worked_out(profile, moment, n, products)
        key, now = (profile.customer, n), (_redeemed(profile), moment.micros // HOUR)
        look = self._looks.get(key)
        if look is None or look.edition is not profile.state.edition or (look.redeemed, look.hour) != now:
            look = self._looks[key] = self._worked_out(profile, moment, n, products)
            while len(self._looks) > WARM:
                self._looks.popitem(last=False)
        self._looks.move_to_end(key)
        return look

    def _worked_out(self, profile: Profile, moment: Moment, n: int, products: ProductChooser) -> _Look:
        purchases = [one for one in purchase_history(profile.state) if one.at <= moment.micros]
        redeemed = _redeemed(profile)
        standing = stand(
            self._shelf.covered,
            purchases_of(purchases, rows=self._shelf.products),
            customers=1,
            now=days(moment.micros),
        )
        affinity = products.affinity(profile, self._covers)
        prospect = prospects(
            self._shelf.model,
            self._shelf.covered,
            standing,
            redeemed=np.array([[float(redeemed)]]),
            together=np.array([[float(n)]]),
            affinity=None if affinity is None else affinity[None],
        )
        return _Look(profile.state.edition, redeemed, moment.micros // HOUR, _orders(purchases), standing, prospect, {})

    def _learned(self, prospect: Prospect) -> Belief:
        role = prospect.role[0]
        rows, known = np.arange(len(role)), role != NO_ROLE
        shown = np.where(known, self._evidence.shown[rows, role], 0.0)
        taken = np.where(known, self._evidence.taken[rows, role], 0.0)
        return believe(prospect.p_redeem[0], shown, taken)

    def _chosen(self, slot: Slot, look: _Look, worth: Worth, place: Placed) -> Chosen:
        shelf, k = self._shelf, place.index
        offer = shelf.book.offers[k]
        reasons = explain(
            shelf.covered,
            look.standing,
            look.prospect,
            worth,
            coupon=k,
            title=shelf.words[k],
            named=look.purchases_for(k, shelf),
            money=lambda minor: format_money(minor, shelf.currency),
        )
        role = look.prospect.role[0, k]
        name = "" if role == NO_ROLE else ROLES[role].value
        return Chosen(
            item=offer.id,
            kind=slot.kind,
            title=offer.title or offer.id,
            score=float(worth.value[0, k]),
            probability=place.probability,
            reasons=reasons,
            details=_details(shelf, worth, look.prospect, k, name),
            arm=name,
        )


def _drawn(
    slot: Slot,
    belief: Belief,
    value: NDArray[np.float64],
    worthy: NDArray[np.bool_],
    *,
    pins: Sequence[int],
    n: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Score the most valuable coupons by how probably each is the best of them, as Thompson sampling draws."""
    able = np.flatnonzero(worthy)
    if not len(able):
        return value
    tried = able[np.argsort(-value[able], kind="stable")[: max(TRIED, 4 * n)]]
    mine = Belief(belief.taken[tried], belief.missed[tried])
    weights = best_weights(mine, value[tried] / mine.mean, draws=EXPLORE_DRAWS, rng=rng)
    scores = np.full(len(value), -np.inf)
    scores[pins] = 0.0
    scores[tried] = slot.temperature * np.log(weights)
    return scores


def _details(shelf: CouponShelf, worth: Worth, prospect: Prospect, k: int, role: str) -> dict[str, Any]:
    return {
        "role": role or None,
        "face_value": int(shelf.covered.face[k]),
        "cost": round(float(worth.cost[0, k]), 2),
        "wasted": round(float(worth.wasted[0, k]), 2),
        "p_anyway": round(float(prospect.p_anyway[0, k]), 4),
        "p_redeem": round(float(worth.p_redeem[0, k]), 4),
        "value": round(float(worth.value[0, k]), 2),
        "currency": shelf.currency,
    }


def _redeemed(profile: Profile) -> int:
    return sum(seen.redeemed for seen in offer_facts(profile.state).values())


def _orders(purchases: Sequence[Purchase]) -> list[_Order]:
    return [
        _Order(one.order_id or str(one.seq), frozenset(one.products), frozenset(line.category for line in one.lines))
        for one in reversed(purchases)
    ]


def _named(orders: Sequence[_Order], items: frozenset[str], categories: frozenset[str]) -> Named:
    return Named(
        covered=[one.name for one in orders if not items.isdisjoint(one.products)],
        category=[one.name for one in orders if not categories.isdisjoint(one.categories)],
        trips=[one.name for one in orders[:NAMED]],
    )


def _blocked(able: Eligibility) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((offer, why.words) for offer, why in able.blocked.items()))


def _note(trace: NoTrace, able: Eligibility, book: OfferBook) -> None:
    """Tell a trace which offers each rule left, in the order in which the rules are asked."""
    left = able.valid.copy()
    trace.left("validity", left)
    for rule in ("for", "pause", "cap", "excluded"):
        refused = {book.rows[offer]: why.words for offer, why in able.blocked.items() if why.rule == rule}
        left[list(refused)] = False
        trace.left(rule, left)
        trace.said(refused)
