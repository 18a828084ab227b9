"""shop.yaml: name, currency, time zone, identifiers, purposes, holdout."""

from shopkeeper.core.definitions import Shop
from shopkeeper.core.errors import BadInput
from shopkeeper.core.identifier import identifier
from shopkeeper.core.instant import zone
from shopkeeper.core.money import digits
from shopkeeper.flows.definitions.groups import check_group_kind
from shopkeeper.flows.definitions.mistakes import Mistakes
from shopkeeper.flows.definitions.node import Node
from shopkeeper.flows.definitions.purposes import check_purpose
from shopkeeper.flows.definitions.shape import read_struct
from shopkeeper.identify.telephone import is_region


def read_shop(tree: Node, mistakes: Mistakes) -> Shop | None:
    """Read shop.yaml, or note what is wrong and return None."""
    shop = read_struct(tree, Shop, mistakes)
    if shop is None:
        return None
    if not shop.name.strip():
        mistakes.value(tree.get("name"), "the shop's name")
    _check_names(shop, tree, mistakes)
    if shop.region and not is_region(shop.region):
        mistakes.value(tree.get("region"), "a country's code such as 'AT'")
    for name, purpose in shop.purposes.items():
        check_purpose(purpose, tree.get("purposes", name), mistakes)
    for kind in shop.groups:
        check_group_kind(kind, shop.groups[kind], tree.get("groups", kind), mistakes)
    if not 0 <= shop.holdout.share <= 0.5:
        mistakes.value(tree.get("holdout", "share"), "from 0 to 0.5")
    if not 0 < len(shop.holdout.salt.encode()) <= 64:
        mistakes.at(tree.get("holdout", "salt"), "a salt of another length", expected="of 1 to 64 bytes")
    return None if mistakes.among([tree.file]) else shop


def _check_names(shop: Shop, tree: Node, mistakes: Mistakes) -> None:
    for key, check in (("currency", digits), ("time_zone", zone)):
        try:
            check(getattr(shop, key))
        except BadInput as error:
            mistakes.at(tree.get(key), str(error).removeprefix(f"{key} == "))
    if not shop.identifiers:
        mistakes.at(tree.get("identifiers"), "no identifier", expected="at least one, such as 'user_id: {limit: 1}'")
    for kind, rule in shop.identifiers.items():
        try:
            identifier(kind, "1")
        except BadInput as error:
            mistakes.at(tree.get("identifiers", kind), str(error))
        if rule.limit is not None and rule.limit < 1:
            mistakes.value(tree.get("identifiers", kind, "limit"), "1 or more")
