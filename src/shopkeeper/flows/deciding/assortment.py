"""The assortment: definitions, models, catalogue and offers of one moment, ready to decide with."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from shopkeeper.core.definitions import Definitions, OfferRules, Slot
from shopkeeper.core.errors import StoreError
from shopkeeper.core.model import Manifest
from shopkeeper.core.money import digits
from shopkeeper.core.predicate import Predicate, compile_predicate, parse_predicate
from shopkeeper.core.store import Store
from shopkeeper.customize.eligibility import Rule
from shopkeeper.flows.deciding.picks import Choice
from shopkeeper.flows.deciding.products import NO_MODEL, ProductChooser
from shopkeeper.flows.deciding.rack import Counts, Rack
from shopkeeper.flows.deciding.trace import NO_TRACE, NoTrace
from shopkeeper.flows.deciding.visit import Visit
from shopkeeper.flows.definitions import rule_schema
from shopkeeper.flows.loading import load_coupon_model, load_recommender

RECOMMENDER, COUPONS = "recommend.product", "coupons"
"""The models that decisions use."""

Model = TypeVar("Model")


class Loaded(NamedTuple):
    """What an assortment was made of; another value means that it is out of date."""

    definitions: str
    catalogue: int
    models: tuple[tuple[str, str], ...]
    day: int


class Assortment:
    """What a decision chooses from and by which rules; everything but what was learned is immutable."""

    def __init__(
        self,
        loaded: Loaded,
        definitions: Definitions,
        *,
        products: ProductChooser,
        rack: Rack,
        predicates: Mapping[str, Predicate],
        rules: Mapping[str, Rule],
        manifests: Mapping[str, Manifest],
        unread: Sequence[str],
        now: datetime,
    ) -> None:
        self.loaded = loaded
        self.definitions = definitions
        self.products = products
        self.rack = rack
        self.predicates = predicates
        self.manifests = {name: one for name, one in manifests.items() if name not in unread}
        self.unread = tuple(unread)
        self.versions = {
            "definitions": loaded.definitions,
            **{name: version for name, version in loaded.models if name not in self.unread},
        }
        self._rules = rules
        self._coupons = rack.at(now)

    def at(self, then: datetime) -> "Assortment":
        """Return the same assortment with the offers of another moment, past or to come."""
        found = copy(self)
        found._coupons = self.rack.at(then)
        self.rack.trim(keep=self._coupons)
        return found

    def under(self, rule: OfferRules) -> "Assortment":
        """Return the same assortment with one rule of offers edited, to see what it would change."""
        found = copy(self)
        found.definitions = self.definitions._replace(offer_rules={**self.definitions.offer_rules, rule.name: rule})
        found.predicates = _predicates(found.definitions)
        found._rules = {where: compile_predicate(predicate) for where, predicate in found.predicates.items()}
        found._coupons = self.rack.under(found.definitions, found._rules, self._coupons)
        return found

    def believe(self, counts: Counts) -> None:
        """Take what was learned, by (offer, role)."""
        self.rack.believe(counts)

    def is_for(self, slot: Slot, visit: Visit) -> bool:
        """Say whether a slot's own rule lets it be filled for this visit."""
        return slot.where is None or self._rules[slot.where](visit.values, visit.moment) is True

    def choose(
        self,
        slot: Slot,
        visit: Visit,
        *,
        n: int,
        place: str | None,
        rng: np.random.Generator,
        trace: NoTrace = NO_TRACE,
    ) -> Choice:
        """Fill a slot; without what it needs it falls back and says so."""
        if slot.kind == "product":
            return self.products.choose(slot, visit, n=n, place=place, rng=rng, trace=trace)
        chooser = self._coupons.get(slot.kind)
        if chooser is None:
            why = (
                cannot_be_read(COUPONS)
                if COUPONS in self.unread
                else "no coupon model is in force; run 'shopkeeper model train'"
            )
            return self.fall_back(slot, n=n, place=place, rng=rng, why=why)
        return chooser.choose(slot, visit, products=self.products, n=n, rng=rng, trace=trace)

    def fall_back(self, slot: Slot, *, n: int, place: str | None, rng: np.random.Generator, why: str) -> Choice:
        """Fill a slot by what is popular, or leave it empty, and say what was missing."""
        if slot.kind != "product":
            return Choice((), 0, why)
        return self.products.popular(slot, n=n, place=place, rng=rng, degraded=why)


async def versions_in_force(store: Store, *, now: datetime) -> Loaded:
    """Return what an assortment would be made of now; offers come and go by days."""
    applied = await store.in_force()
    models = sorted((name, manifest.version) for name, manifest in (await store.models_in_force()).items())
    return Loaded(
        definitions="" if applied is None else applied.version,
        catalogue=await store.catalogue_version(),
        models=tuple(models),
        day=now.toordinal(),
    )


async def load_assortment(store: Store, definitions: Definitions, models: Path, *, now: datetime) -> Assortment:
    """Load everything that decisions need.

    A model whose files cannot be read is left out and named in `unread`; slots that need it fall back.

    Args:
        models: The folder of model files.
    """
    loaded = await versions_in_force(store, now=now)
    manifests = await store.models_in_force()
    items = {item.id: item for item in await store.items()}
    unread: list[str] = []
    recommender = _readable(load_recommender, models, manifests.get(RECOMMENDER), unread)
    missing = cannot_be_read(RECOMMENDER) if unread else NO_MODEL
    products = ProductChooser(recommender, items, await store.stock(), missing=missing)
    predicates = _predicates(definitions)
    rules = {where: compile_predicate(predicate) for where, predicate in predicates.items()}
    model = _readable(load_coupon_model, models, manifests.get(COUPONS), unread)
    rack = Rack(definitions, await store.offers(), model, items=items, rules=rules, products=products)
    return Assortment(
        loaded._replace(definitions=definitions.version),
        definitions,
        products=products,
        rack=rack,
        predicates=predicates,
        rules=rules,
        manifests=manifests,
        unread=unread,
        now=now,
    )


def cannot_be_read(model: str) -> str:
    """Say of a model in force that it cannot be used."""
    return f"the files of model {model} cannot be read; run 'shopkeeper model train'"


def _readable(
    load: Callable[[Path, Manifest], Model], models: Path, manifest: Manifest | None, unread: list[str]
) -> Model | None:
    if manifest is None:
        return None
    try:
        return load(models, manifest)
    except (LookupError, ValueError, StoreError):
        unread.append(manifest.name)
        return None


def _predicates(definitions: Definitions) -> dict[str, Predicate]:
    """Read every rule of slots and offers, by its text."""
    schema = rule_schema(definitions)
    wheres = [slot.where for slot in definitions.slots.values()]
    wheres += [offer.where for offer in definitions.offers.values()]
    wheres += [rules.where for rules in definitions.offer_rules.values()]
    places = digits(definitions.shop.currency)
    return {
        where: parse_predicate(where, schema, place="where", digits=places) for where in wheres if where is not None
    }
