"""slots.yaml: where something is shown."""

from collections.abc import Mapping

from shopkeeper.core.definitions import Shop, Slot
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


def read_context(tree: Node, mistakes: Mistakes) -> dict[str, TraitType]:
    """Return the types of `context.place` and of every `context.…` that some slot declares."""
    context = {"context.place": TraitType.TEXT}
    for mapping in [slot.get("context") for slot in tree.children() if slot.has("context")]:
        for key, node in mapping.items():
            check_names([(key, node)], mistakes)
            if node.value not in {"text", "number", "boolean"}:
                continue
            known = context.setdefault(f"context.{key}", TraitType(node.value))
            if known != node.value:
                mistakes.value(node, f"{known.value!r}, as declared before")
    return context


def check_slot_predicates(tree: Node, slots: Mapping[str, Slot], scope: Readable, mistakes: Mistakes) -> None:
    """Note what is wrong with the predicates of slots."""
    for name, slot in slots.items():
        check_where(tree.get(name, "where"), slot.where, scope, mistakes)
