"""From a folder's texts to definitions, or to the list of everything that is wrong with them."""

from collections.abc import Mapping
from hashlib import sha256

import msgspec

from shopkeeper.core.definitions import Definitions, Shop
from shopkeeper.core.money import digits
from shopkeeper.core.trait import Segment
from shopkeeper.flows.definitions.folder import FILES
from shopkeeper.flows.definitions.mistakes import Mistakes
from shopkeeper.flows.definitions.name import check_names
from shopkeeper.flows.definitions.node import Node
from shopkeeper.flows.definitions.offers import read_offers
from shopkeeper.flows.definitions.predicates import Readable, check_where, readable
from shopkeeper.flows.definitions.shape import read_each
from shopkeeper.flows.definitions.shop import read_shop
from shopkeeper.flows.definitions.slots import check_slot_predicates, context_schema, read_slots, unread_context
from shopkeeper.flows.definitions.traits import read_traits
from shopkeeper.flows.definitions.tree import read_tree

_MEANWHILE = Shop(name="", currency="USD", time_zone="UTC", identifiers={}, purposes={})
"""Stands in while the other files are checked beside a shop.yaml that is wrong; never returned."""


def load_definitions(files: Mapping[str, str]) -> Definitions:
    """Check and build a shop's definitions.

    Args:
        files: Texts by file name, as `load_folder` reads them and the store keeps them.

    Raises: DefinitionErrors: with every mistake of every file.
    """
    mistakes = Mistakes()
    trees = _read_trees(files, mistakes)
    shop = read_shop(trees["shop.yaml"], mistakes) if "shop.yaml" in trees else None
    found = _read_rest(trees, shop, set(files), mistakes)
    mistakes.raise_any()
    return found._replace(version=_version(trees))


def _read_trees(files: Mapping[str, str], mistakes: Mistakes) -> dict[str, Node]:
    for name in sorted(set(files) - set(FILES)):
        mistakes.in_file(name, "a file that is not a definition", expected="one of " + ", ".join(FILES))
    if "shop.yaml" not in files:
        mistakes.in_file("shop.yaml", "no such file; make a shop with 'shopkeeper init'")
    trees = {name: read_tree(name, files[name], mistakes) for name in FILES if name in files}
    return {name: tree for name, tree in trees.items() if tree is not None}


def _read_rest(trees: Mapping[str, Node], shop: Shop | None, files: set[str], mistakes: Mistakes) -> Definitions:
    """Read everything but shop.yaml, in the order in which one file names what another declares."""
    setting = shop or _MEANWHILE
    places = digits(setting.currency)
    tree = {name: trees.get(name, Node(name, "", 1, 1, {})) for name in FILES}
    zone = setting.zone
    traits, broken = read_traits(tree["traits.yaml"], shop, digits=places, zone=zone, mistakes=mistakes)
    judged = "traits.yaml" in trees or "traits.yaml" not in files
    scope = readable(traits, broken=broken, digits=places, judged=judged)
    slots = read_slots(tree["slots.yaml"], shop, mistakes)
    momentary = scope.with_context(context_schema(slots.values()), broken=unread_context(tree["slots.yaml"], slots))
    check_slot_predicates(tree["slots.yaml"], slots, momentary, mistakes)
    offers = read_offers(tree["offers.yaml"], momentary, currency=setting.currency, zone=zone, mistakes=mistakes)
    segments = _read_segments(tree["segments.yaml"], scope, mistakes)
    return Definitions("", setting, traits, segments, offers.offers, offers.rules, slots)


def _read_segments(tree: Node, scope: Readable, mistakes: Mistakes) -> Mapping[str, Segment]:
    check_names(tree.items(), mistakes)
    segments = read_each(tree, Segment, mistakes)
    for name, segment in segments.items():
        check_where(tree.get(name, "where"), segment.where, scope, mistakes)
    return segments


def _version(trees: Mapping[str, Node]) -> str:
    """Digest what the files say: comments, spacing and the order of names do not count."""
    said = {name: tree.plain() for name, tree in trees.items() if tree.value}
    return sha256(msgspec.json.encode(said, order="sorted")).hexdigest()[:16]
