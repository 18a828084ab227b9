"""traits.yaml: stated, imported, predicted and computed traits."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shopkeeper.core.definitions import Shop
from shopkeeper.core.errors import BadInput
from shopkeeper.core.trait import Computed, Trait, TraitType
from shopkeeper.differentiate.fields import computed_type, field_schema
from shopkeeper.differentiate.filters import compile_filter
from shopkeeper.flows.definitions.duration import parse_days, parse_window
from shopkeeper.flows.definitions.forms import KINDS, TraitForm
from shopkeeper.flows.definitions.mistakes import Mistakes
from shopkeeper.flows.definitions.name import check_trait_names
from shopkeeper.flows.definitions.node import Node
from shopkeeper.flows.definitions.predicates import note_refusal
from shopkeeper.flows.definitions.shape import read_struct

_SOURCES = ("stated", "imported", "predicted", *KINDS)
_ONLY_COMPUTED = ("of", "each", "where", "window", "at_least", "type")


class ReadTraits(NamedTuple):
    """The traits that could be read, and the names of those that could not."""

    traits: Mapping[str, Trait]
    broken: frozenset[str]


def read_traits(tree: Node, shop: Shop | None, *, digits: int, zone: ZoneInfo, mistakes: Mistakes) -> ReadTraits:
    """Read traits.yaml; `shop` is None where shop.yaml itself is wrong, and purposes are then not checked."""
    check_trait_names(tree.items(), mistakes)
    traits: dict[str, Trait] = {}
    for name, node in tree.items():
        own = Mistakes()
        form = read_struct(node, TraitForm, own, name=name)
        trait = None if form is None else _Builder(form, node, own, digits, zone).trait()
        if trait is not None and shop is not None:
            check_purpose(trait.purpose, node, shop, own)
        mistakes.extend(own)
        if trait is not None and not own:
            traits[name] = trait
    return ReadTraits(traits, frozenset(dict(tree.items())) - frozenset(traits))


def check_purpose(purpose: str, node: Node, shop: Shop, mistakes: Mistakes) -> None:
    """Note a purpose that shop.yaml does not declare; every use of data has one that it does."""
    if purpose in shop.purposes:
        return
    if not node.has("purpose"):
        missing = f"no purpose, and shop.yaml declares no {purpose!r}, which would be taken"
        mistakes.at(node, f"{missing}: name one under 'purposes' there")
    else:
        mistakes.unknown(node.get("purpose"), "purpose", purpose, shop.purposes)


class _Builder:
    """Turns one form into a trait, noting what contradicts itself."""

    def __init__(self, form: TraitForm, node: Node, mistakes: Mistakes, digits: int, zone: ZoneInfo) -> None:
        self._form = form
        self._node = node
        self._mistakes = mistakes
        self._digits = digits
        self._zone = zone

    def trait(self) -> Trait | None:
        given = [name for name in _SOURCES if getattr(self._form, name) is not None]
        if len(given) != 1:
            came = "no source" if not given else "more than one source: " + ", ".join(given)
            kinds = ", ".join(_SOURCES)
            self._mistakes.at(self._node, came, expected=f"exactly one of {kinds}")
            return None
        source = given[0]
        self._check_fields(source)
        if source in KINDS:
            computed = self._computed(source)
            return None if computed is None else self._build("computed", self._type_of(computed), computed)
        return self._build(source, TraitType(getattr(self._form, source)), None)

    def _check_fields(self, source: str) -> None:
        if source not in KINDS:
            for name in _ONLY_COMPUTED:
                if getattr(self._form, name) is not None:
                    self._mistakes.at(self._node.get(name), f"{name!r} on a {source} trait", expected="left out")
        elif self._form.personal:
            self._mistakes.at(self._node.get("personal"), "a computed trait that is personal", expected="false")
        if source == "predicted" and not self._form.model:
            self._mistakes.at(self._node, "a predicted trait without 'model'", expected="the name of a model")
        if source != "predicted" and self._form.model is not None:
            self._mistakes.at(self._node.get("model"), f"'model' on a {source} trait", expected="left out")
        if self._form.personal and getattr(self._form, source) != "text" and source not in KINDS:
            self._mistakes.at(self._node.get(source), "a personal trait of this type", expected="'text'")

    def _computed(self, kind: str) -> Computed | None:
        form, node = self._form, self._node
        event = form.count if kind == "count" else form.of
        if kind == "count" and form.of is not None:
            self._mistakes.at(node.get("of"), "'of' beside 'count', which names the event itself", expected="left out")
        if not event:
            self._mistakes.at(node, f"{kind!r} without 'of'", expected="the name of an event: 'of: Order Completed'")
            return None
        if form.at_least is not None and (kind != "most_frequent" or form.at_least < 1):
            self._mistakes.at(node.get("at_least"), "'at_least'", expected="1 or more, and only for most_frequent")
        window = None
        if form.window is not None:
            try:
                window = parse_window(form.window)
            except BadInput as error:
                self._mistakes.at(node.get("window"), str(error))
        return Computed(
            kind=kind,  # type: ignore[arg-type]  # one of KINDS, which are the Literal's words
            of=event,
            field=None if kind == "count" else getattr(form, kind),
            each=form.each,
            where=form.where,
            window=window,
            at_least=2 if form.at_least is None else form.at_least,
        )

    def _type_of(self, computed: Computed) -> TraitType | None:
        form, node = self._form, self._node
        self._check_spelling(computed.kind, [] if computed.field is None else [computed.field])
        self._check_filter(computed)
        declared = None if form.type is None else TraitType(form.type)
        try:
            return computed_type(computed, declared=declared)
        except BadInput as error:
            self._mistakes.at(node.get(computed.kind if declared is None else "type"), str(error))
            return None

    def _check_filter(self, computed: Computed) -> None:
        if computed.where is None:
            return
        try:
            found = compile_filter(computed.where, computed.each, zone=self._zone, digits=self._digits)
        except BadInput as error:
            note_refusal(self._node.get("where"), error, self._mistakes, place="where")
        else:
            self._check_spelling("where", [field.name for field in found.fields])

    def _check_spelling(self, key: str, names: Sequence[str]) -> None:
        """Note names that are nearly a known field: as properties of their own they would never hold a value."""
        known = field_schema(self._form.each)
        for name in names:
            meant = get_close_matches(name, known, n=1, cutoff=0.85) if name not in known else []
            if meant:
                self._mistakes.at(self._node.get(key), f"unknown field {name!r}", hint=f", did you mean {meant[0]!r}?")

    def _build(self, source: str, kind: TraitType | None, computed: Computed | None) -> Trait | None:
        form = self._form
        days = None
        if form.retention is not None:
            try:
                days = parse_days(form.retention, least=1, most=36_600)
            except BadInput as error:
                self._mistakes.at(self._node.get("retention"), str(error))
        if kind is None:
            return None
        return Trait(
            name=form.name,
            type=kind,
            source=source,  # type: ignore[arg-type]  # one of _SOURCES less the kinds, which are the Literal's words
            purpose="personalization" if form.purpose is None else form.purpose,
            description=form.description,
            sensitive=form.sensitive,
            personal=form.personal,
            retention_days=days,
            computed=computed,
            model=form.model,
        )
