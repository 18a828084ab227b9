"""offers.yaml: the shop's own offers, and rules for groups of imported ones."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shopkeeper.core.definitions import OfferRules
from shopkeeper.core.errors import BadInput
from shopkeeper.core.instant import parse_instant, start_of_day
from shopkeeper.core.money import to_minor
from shopkeeper.core.offer import Offer
from shopkeeper.flows.definitions.duration import parse_days
from shopkeeper.flows.definitions.forms import OfferForm, RuleForm
from shopkeeper.flows.definitions.mistakes import Mistakes
from shopkeeper.flows.definitions.name import check_names
from shopkeeper.flows.definitions.node import Node
from shopkeeper.flows.definitions.predicates import Readable, check_where
from shopkeeper.flows.definitions.shape import read_each

OFFER_KINDS = ("coupon",)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_FACE_VALUE = 1e9


class ReadOffers(NamedTuple):
    """What offers.yaml holds."""

    offers: Mapping[str, Offer]
    rules: Mapping[str, OfferRules]


def read_offers(tree: Node, scope: Readable, *, currency: str, zone: ZoneInfo, mistakes: Mistakes) -> ReadOffers:
    """Read offers.yaml, whose top has `offers` and `rules`."""
    for key, node in tree.items():
        if key not in {"offers", "rules"}:
            mistakes.unknown(node, "field", key, ("offers", "rules"))
        elif node.value is not None and not isinstance(node.value, dict):
            mistakes.value(node, "a mapping by name")
    offers, rules = (_under(tree, key) for key in ("offers", "rules"))
    for name, node in offers.items():
        if not _ID.fullmatch(name):
            mistakes.at(node, f"the id {name[:60]!r}", expected="letters, digits and _.:-, at most 128")
    check_names(rules.items(), mistakes)
    reader = _Reader(scope, currency, zone, mistakes)
    return ReadOffers(
        {key: reader.offer(form, offers.get(key)) for key, form in read_each(offers, OfferForm, mistakes).items()},
        {key: reader.rule(form, rules.get(key)) for key, form in read_each(rules, RuleForm, mistakes).items()},
    )


def _under(tree: Node, key: str) -> Node:
    """Return the mapping under a key, empty where it is absent."""
    node = tree.get(key)
    return node if tree.has(key) and isinstance(node.value, dict) else Node(tree.file, key, 1, 1, {})


class _Reader:
    """Turns forms into offers and rules, noting what is wrong."""

    def __init__(self, scope: Readable, currency: str, zone: ZoneInfo, mistakes: Mistakes) -> None:
        self._scope = scope
        self._currency = currency
        self._zone = zone
        self._mistakes = mistakes

    def offer(self, form: OfferForm, node: Node) -> Offer:
        if form.kind not in OFFER_KINDS:
            self._mistakes.unknown(node.get("kind"), "kind of offer", form.kind, OFFER_KINDS)
        starts = self._instant(form.starts, node.get("starts"), last=False)
        ends = self._instant(form.ends, node.get("ends"), last=True)
        if starts is not None and ends is not None and ends <= starts:
            self._mistakes.at(node.get("ends"), "an end that is not after the start", expected="later than 'starts'")
        return Offer(
            id=form.name,
            kind=form.kind,
            title=form.title,
            items=form.items,
            face_value=self._face_value(form, node.get("face_value")),
            starts=starts,
            ends=ends,
            where=self._where(form, node),
            per_customer=self._per_customer(form, node),
            pause_days=self._pause(form, node),
            group=form.group,
        )

    def rule(self, form: RuleForm, node: Node) -> OfferRules:
        if not form.group.strip():
            self._mistakes.value(node.get("group"), "the name of a group of imported offers")
        return OfferRules(
            name=form.name,
            group=form.group,
            where=self._where(form, node),
            per_customer=self._per_customer(form, node),
            pause_days=self._pause(form, node),
        )

    def _where(self, form: OfferForm | RuleForm, node: Node) -> str | None:
        check_where(node.get("where"), form.where, self._scope, self._mistakes)
        return form.where

    def _per_customer(self, form: OfferForm | RuleForm, node: Node) -> int | None:
        if form.per_customer is not None and form.per_customer < 1:
            self._mistakes.value(node.get("per_customer"), "1 or more, or null for no limit")
        return form.per_customer

    def _pause(self, form: OfferForm | RuleForm, node: Node) -> int:
        try:
            return parse_days(form.pause, least=0, most=3660)
        except BadInput as error:
            self._mistakes.at(node.get("pause"), str(error))
            return 0

    def _face_value(self, form: OfferForm, node: Node) -> int:
        if not 0 <= form.face_value <= _MAX_FACE_VALUE:
            self._mistakes.value(node, f"an amount of {self._currency} from 0 to 1,000,000,000")
            return 0
        return to_minor(form.face_value, self._currency)

    def _instant(self, text: str | None, node: Node, *, last: bool) -> datetime | None:
        """Read a day or an instant in the shop's zone; a day as an end is meant to its last moment."""
        if text is None:
            return None
        try:
            if _DATE.fullmatch(text):
                return start_of_day(date.fromisoformat(text) + timedelta(days=last), self._zone)
            return parse_instant(text, naive=self._zone)
        except (ValueError, OverflowError):
            self._mistakes.value(node, "a day '2017-12-24' or an instant '2017-12-24T18:00:00'")
            return None
