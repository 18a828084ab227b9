"""Assignment: who is in the universal holdout, the same in every process and for ever."""

from typing import Literal

from shopkeeper.core.definitions import Holdout
from shopkeeper.core.hashing import unit_hash


def arm_of(customer: str, holdout: Holdout) -> Literal["treated", "holdout"]:
    """Assign a customer by a stable hash of the customer id under the holdout's salt."""
    return "holdout" if unit_hash(holdout.salt, customer) < holdout.share else "treated"
