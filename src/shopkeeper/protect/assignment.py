"""Assignment: who is in the universal holdout, the same in every process and for ever."""

from collections.abc import Collection
from typing import Literal, NamedTuple

from shopkeeper.core.definitions import Holdout
from shopkeeper.core.hashing import unit_hash


def arm_of(customer: str, holdout: Holdout) -> Literal["treated", "holdout"]:
    """Assign a customer by a stable hash of the customer id under the holdout's salt."""
    return "holdout" if unit_hash(holdout.salt, customer) < holdout.share else "treated"


class Treatment(NamedTuple):
    """In which arm a customer is counted, and how they are treated.

    arm: The first-assigned one, by which the arms are compared. treated: Whether personal answers are given. crossed:
    Answers for them followed the other arm, that of another part: one of theirs, or one that was cut off since.
    follows: The part whose arm answers follow.
    """

    arm: Literal["treated", "holdout"]
    treated: bool
    crossed: bool = False
    follows: str = ""


def treatment(customer: str, decided: Collection[str], holdout: Holdout, *, parts: Collection[str]) -> Treatment:
    """Assign a customer of whom some parts may have been decided upon under arms of their own.

    They are counted in the arm of their oldest part, whatever was joined to it later: else active customers, of whom
    more parts are known, would drift into the holdout and bias the comparison. They are treated as the most
    restrictive arm has it: who was promised to be left alone is left alone. Once they are taken apart, each follows the
    arms of their own parts again; that answers followed another's meanwhile is remembered.

    Args:
        customer: The id of the oldest part.
        decided: The parts whose arms answers for them followed, see `core.event.ARM_OF`.
        parts: Those of the customer.
    """
    first = arm_of(customer, holdout)
    arms = {part: arm_of(part, holdout) for part in sorted(decided)}
    held = [part for part, arm in arms.items() if arm == "holdout" and part in parts]
    follows = held[0] if held and first == "treated" else customer
    return Treatment(first, first == "treated" and not held, not {first}.issuperset(arms.values()), follows)
