"""The rack: every offer of a shop, laid out for one moment or another."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.item import Item
from shopkeeper.core.offer import Offer
from shopkeeper.customize.coupons.anyway import CouponModel
from shopkeeper.customize.eligibility import Rule, offer_book
from shopkeeper.flows.deciding.coupons import CouponChooser, coupon_shelf
from shopkeeper.flows.deciding.products import ProductChooser

AHEAD = timedelta(days=2)
"""Offers that begin so soon are laid out already."""
KEPT = 4
"""How many other moments stay laid out."""

Counts = Mapping[tuple[str, str], tuple[int, int]]
Choosers = Mapping[str, CouponChooser]


class Rack:
    """Lays offers out by kind; moments at which the same offers are valid share a layout, and what was learned.

    Args:
        imported: Offers that are not in the definitions; those of a group come under its rules.
        model: None: nothing can be laid out.
    """

    def __init__(
        self,
        definitions: Definitions,
        imported: Sequence[Offer],
        model: CouponModel | None,
        *,
        items: Mapping[str, Item],
        rules: Mapping[str, Rule],
        products: ProductChooser,
    ) -> None:
        self.offers = _under_their_rules(definitions, imported)
        self._kinds = sorted({slot.kind for slot in definitions.slots.values()} - {"product"})
        self._currency = definitions.shop.currency
        self._model = model
        self._items = items
        self._rules = rules
        self._products = products
        self._counts: Counts = {}
        self._laid: OrderedDict[tuple[str, ...], Choosers] = OrderedDict()

    def at(self, now: datetime) -> Choosers:
        """Return the choosers of a moment by kind; laying out a thousand offers takes a second."""
        if self._model is None:
            return {}
        live = [offer for offer in self.offers.values() if _is_near(offer, now)]
        key = tuple(offer.id for offer in live)
        if key not in self._laid:
            self._laid[key] = {kind: self._chooser(kind, live, self._model) for kind in self._kinds}
        self._laid.move_to_end(key)
        return self._laid[key]

    def under(self, definitions: Definitions, rules: Mapping[str, Rule], laid: Choosers) -> Choosers:
        """Return a layout under the rules of other definitions; the offers themselves must be the same."""
        offers = _under_their_rules(definitions, list(self.offers.values()))
        return {kind: chooser.under(offers, rules) for kind, chooser in laid.items()}

    def trim(self, keep: Choosers) -> None:
        """Let go of the layouts that were asked for longest ago, but never of `keep`."""
        for key in [key for key, laid in self._laid.items() if laid is not keep][:-KEPT]:
            del self._laid[key]

    def believe(self, counts: Counts) -> None:
        """Take what was learned, by (offer, role)."""
        self._counts = counts
        for laid in list(self._laid.values()):
            for chooser in laid.values():
                chooser.believe(counts)

    def _chooser(self, kind: str, live: Sequence[Offer], model: CouponModel) -> CouponChooser:
        book = offer_book([offer for offer in live if offer.kind == kind], self._rules)
        shelf = coupon_shelf(book, model, self._items, currency=self._currency)
        chooser = CouponChooser(shelf, self._products.covers([offer.items for offer in book.offers]))
        chooser.believe(self._counts)
        return chooser


def _under_their_rules(definitions: Definitions, imported: Sequence[Offer]) -> dict[str, Offer]:
    """Return every offer in order of id, imported ones under the rules of their group."""
    by_group = {rules.group: rules for rules in definitions.offer_rules.values()}
    found = dict(definitions.offers)
    for offer in imported:
        rules = by_group.get(offer.group or "")
        if rules is not None:
            offer = msgspec.structs.replace(  # noqa: PLW2901 - the same offer, under its group's rules
                offer, where=rules.where, per_customer=rules.per_customer, pause_days=rules.pause_days
            )
        found.setdefault(offer.id, offer)
    return dict(sorted(found.items()))


def _is_near(offer: Offer, now: datetime) -> bool:
    """Say whether an offer is valid, or will soon be."""
    return (offer.starts is None or offer.starts <= now + AHEAD) and (offer.ends is None or now < offer.ends)
