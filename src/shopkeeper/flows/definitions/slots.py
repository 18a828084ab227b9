"""slots.yaml: where something is shown."""

from collections.abc import Iterable, Mapping

from shopkeeper.core.definitions import Definitions, Shop, Slot
from shopkeeper.core.trait import TraitType
from shopkeeper.flows.definitions.mistakes import Mistakes
from shopkeeper.flows.definitions.name import check_names
from shopkeeper.flows.definitions.node import Node
from shopkeeper.flows.definitions.offers import OFFER_KINDS
from shopkeeper.flows.definitions.predicates import Readable, check_where
from shopkeeper.flows.definitions.shape import read_each
from shopkeeper.flows.definitions.traits import check_purpose

SLOT_KINDS = ("product", *OFFER_KINDS)
MAX_PLACES = 200


def read_slots(tree: Node, shop: Shop | None, mistakes: Mistakes) -> Mapping[str, Slot]:
    """Read slots.yaml, all but the predicates, which may name the context that the slots declare."""
    check_names(tree.items(), mistakes)
    slots = read_each(tree, Slot, mistakes)
    for name, slot in slots.items():
        _check(slot, tree.get(name), mistakes)
        if shop is not None:
            check_purpose(slot.purpose, tree.get(name), shop, mistakes)
    _check_contexts(tree, slots, mistakes)
    return slots


def _check(slot: Slot, node: Node, mistakes: Mistakes) -> None:
    if slot.kind not in SLOT_KINDS:
        mistakes.unknown(node.get("kind"), "kind of slot", slot.kind, SLOT_KINDS)
    if not 1 <= slot.n <= MAX_PLACES:
        mistakes.value(node.get("n"), f"from 1 to {MAX_PLACES}")
    if not 0.001 <= slot.temperature <= 100:
        mistakes.value(node.get("temperature"), "from 0.001 to 100")
    if not 0 <= slot.skip_bought_days <= 3660:
        mistakes.value(node.get("skip_bought_days"), "from 0 to 3660")
    for key, most in slot.max_per.items():
        if most < 1:
            mistakes.value(node.get("max_per", key), "1 or more")
    both = sorted(set(slot.pins) & set(slot.exclude))
    if both:
        mistakes.at(
            node.get("pins"), f"items both pinned and excluded: {', '.join(both[:5])}", expected="one of the two"
        )
    if len(slot.pins) > slot.n:
        mistakes.at(node.get("pins"), f"{len(slot.pins)} pins", expected=f"at most the slot's n, {slot.n}")


def context_schema(slots: Iterable[Slot]) -> dict[str, TraitType]:
    """Return the types of `context.place` and of every `context.…` that some slot declares."""
    schema = {"context.place": TraitType.TEXT}
    for slot in slots:
        for name, word in slot.context.items():
            schema.setdefault(f"context.{name}", TraitType(word))
    return schema


def rule_schema(definitions: Definitions) -> dict[str, TraitType]:
    """Return what the predicates of offers, their rules and slots may read: traits and the moment's facts, by name."""
    traits = {name: trait.type for name, trait in definitions.traits.items() if not trait.personal}
    return traits | context_schema(definitions.slots.values())


def unread_context(tree: Node, slots: Mapping[str, Slot]) -> set[str]:
    """Return the `context.…` that slots declare which could not be read themselves."""
    contexts = [node.get("context") for name, node in tree.items() if name not in slots and node.has("context")]
    return {f"context.{name}" for node in contexts for name, _ in node.items()}


def _check_contexts(tree: Node, slots: Mapping[str, Slot], mistakes: Mistakes) -> None:
    schema = context_schema(slots.values())
    for slot in slots:
        declared = tree.get(slot, "context") if tree.get(slot).has("context") else None
        for name, node in declared.items() if declared else ():
            check_names([(name, node)], mistakes)
            if schema[f"context.{name}"] != node.value:
                mistakes.value(node, f"{schema[f'context.{name}'].value!r}, as declared before")


def check_slot_predicates(tree: Node, slots: Mapping[str, Slot], scope: Readable, mistakes: Mistakes) -> None:
    """Note what is wrong with the predicates of slots."""
    for name, slot in slots.items():
        check_where(tree.get(name, "where"), slot.where, scope, mistakes)
