"""Masking: which values of an event somebody sees who may not see what names a person.

What a sender wrote is free text until something says otherwise: a name, an address or a telephone number stands under
any property. So nothing is shown but what is known to be of the shop.
"""

from collections.abc import Mapping
from typing import Any, Final

from shopkeeper.core.consent import CONSENT
from shopkeeper.core.event import SCALE, Event
from shopkeeper.core.trait import Trait
from shopkeeper.flows.door.canonical import OURS
from shopkeeper.flows.door.groups import GROUPED
from shopkeeper.protect.personal import name_says, value_looks

_STAFFS: Final = frozenset({"wording", "taken_by"})
"""Properties in which staff may have written a name."""
_OF_CONSENT: Final = frozenset(
    {"purpose", "basis", "via", "grade", "channel", "policy_version", "jurisdiction", "wording_hash", "heard_from"}
)
"""What the ledger tells of a word too."""
_OF_GOODS: Final = frozenset(
    {
        "product_id",
        "sku",
        "category",
        "department",
        "brand",
        "currency",
        "coupon",
        "offer",
        "slot",
        "decision",
        "list_id",
        "promotion_id",
    }
)
_LARGEST: Final = 10**6
"""Numbers of more digits may be a telephone's, a card's or a person's."""


def is_open(event: Event, name: str, value: Any, traits: Mapping[str, Trait]) -> bool:
    """Say whether a property of an event names nobody.

    Args:
        value: As the event has it; a number in millionths.
    """
    if name in _STAFFS:
        return False
    if event.name in OURS or isinstance(value, bool):
        return True
    if name_says(name) is not None or (isinstance(value, str) and value_looks(value) is not None):
        return False
    declared = traits.get(name)
    if declared is not None:
        return not declared.personal
    if isinstance(value, int):
        return name in event.money or abs(value) < _LARGEST * SCALE or (name == "expires_at" and event.name in CONSENT)
    return _is_of_the_shop(event, name)


def _is_of_the_shop(event: Event, name: str) -> bool:
    if event.name in CONSENT:
        return name in _OF_CONSENT
    return name in _OF_GOODS or event.name in GROUPED  # of groups no trait is in the log but a declared one
