"""Assignment: who is in the universal holdout, the same in every process and for ever."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from shopkeeper.core.definitions import Holdout
from shopkeeper.core.hashing import unit_hash


def arm_of(customer: str, holdout: Holdout) -> Literal["treated", "holdout"]:
    """Assign a customer by a stable hash of the customer id under the holdout's salt."""
    return "holdout" if unit_hash(holdout.salt, customer) < holdout.share else "treated"


class Treatment(NamedTuple):
    """In which arm a customer is counted, and how they are treated.

    arm: The first-assigned one, by which the arms are compared. treated: Whether personal answers are given. crossed:
    Parts of theirs that were decided upon were in different arms before they turned out to be one customer.
    """

    arm: Literal["treated", "holdout"]
    treated: bool
    crossed: bool = False


def treatment(customer: str, decided: Iterable[str], holdout: Holdout) -> Treatment:
    """Assign a customer of whom some parts may have been decided upon under arms of their own.

    They are counted in the arm of their oldest part, whatever was joined to it later: else active customers, of whom
    more parts are known, would drift into the holdout and bias the comparison. They are treated as the most
    restrictive arm has it: who was promised to be left alone is left alone.

    Args:
        customer: The id of the oldest part.
        decided: The parts that decisions were made about.
    """
    first = arm_of(customer, holdout)
    arms = {first, *(arm_of(part, holdout) for part in decided)}
    return Treatment(first, "holdout" not in arms, len(arms) > 1)
