"""The funnel: what a traced decision's candidates passed and what stopped them, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.definitions import Definitions, Slot
from shopkeeper.core.money import digits, format_money
from shopkeeper.core.offer import Offer
from shopkeeper.core.predicate import Predicate, compile_predicate, conditions, sentence
from shopkeeper.core.predicate.sentence import trait_words
from shopkeeper.flows.customers.beliefs import value_text
from shopkeeper.flows.customers.dates import day_in_words
from shopkeeper.flows.deciding.simulation import Sieve, Unmet
from shopkeeper.flows.deciding.trace import Trace
from shopkeeper.flows.deciding.visit import Visit
from shopkeeper.flows.definitions import rule_schema

PLACES = "places"
"""The last sieve: the slot has so many places."""
KNOWN = "Bought by enough customers for the recommender, and not among what the shop never recommends"


class Refusal(NamedTuple):
    """The rule that stopped a candidate, what it says, and the conditions that did not hold."""

    rule: str
    why: str
    unmet: tuple[Unmet, ...] = ()


class Funnel:
    """Puts one traced decision into words."""

    def __init__(
        self,
        trace: Trace,
        slot: Slot,
        *,
        n: int,
        place: str | None,
        definitions: Definitions,
        predicates: Mapping[str, Predicate],
        visit: Visit,
    ) -> None:
        self._trace = trace
        self._slot = slot
        self._n = n
        self._place = place
        self._definitions = definitions
        self._predicates = predicates
        self._visit = visit
        self._stopped = _first_stops(trace)

    def sieves(self, *, total: int, places: int) -> tuple[Sieve, ...]:
        """Return every step in order.

        Args:
            total: How many candidates there are outside of the trace too. places: How many got one.
        """
        steps: list[tuple[str, str, int]] = []
        known = len(self._trace.ids)
        if self._slot.kind == "product":
            steps.append(("known", KNOWN, known))
        asked = [(rule, mask) for rule, mask in self._trace.sieves if rule != "excluded" or self._slot.exclude]
        steps += [(rule, self._says(rule), int(mask.sum())) for rule, mask in asked]
        if self._slot.policy == "best":
            steps.append((PLACES, f"Among the first {self._n}", places))
        else:
            steps.append((PLACES, f"Drawn for one of the {self._n} places", places))
        counts = [total, *(passed for _, _, passed in steps)]
        return tuple(
            Sieve(rule=rule, text=text, before=before, failed=before - passed, passed=passed)
            for before, (rule, text, passed) in zip(counts, steps, strict=False)
        )

    def eligible(self) -> NDArray[np.bool_]:
        """Return who passed every sieve, shape (candidates,)."""
        if not self._trace.sieves:
            return np.ones(len(self._trace.ids), dtype=np.bool_)
        return self._trace.sieves[-1][1]

    def refusal(self, index: int, offer: Offer | None, score_text: str, *, at: datetime) -> Refusal:
        """Say what stopped a candidate at an instant."""
        stop = int(self._stopped[index])
        rule = self._trace.sieves[stop][0]
        if rule == "for" and offer is not None and offer.where is not None:
            predicate = self._predicates[offer.where]
            return Refusal(
                rule, f"It is for customers of whom this holds: {sentence(predicate)}.", self.unmet(predicate)
            )
        if rule == "validity" and offer is not None:
            return Refusal(rule, _validity(offer, at, self._definitions))
        return Refusal(rule, self._refuses(rule, index, score_text))

    def unmet(self, predicate: Predicate) -> tuple[Unmet, ...]:
        """Return the conditions of a predicate that do not hold for this visit, and what they read."""
        visit, schema = self._visit, rule_schema(self._definitions)
        currency = self._definitions.shop.currency
        return tuple(
            Unmet(
                sentence=sentence(one),
                values=tuple(
                    (
                        trait_words(name),
                        value_text(schema[name], visit.values.get(name), currency),
                    )
                    for name in sorted(one.reads)
                ),
            )
            for one in conditions(predicate)
            if compile_predicate(one)(visit.values, visit.moment) is not True
        )

    def _says(self, rule: str) -> str:
        slot = self._slot
        limits = " and ".join(f"{most} of one {name}" for name, most in slot.max_per.items())
        return {
            "validity": "Valid at this time",
            "stock": f"In stock at {self._place}",
            "excluded": "Not left out by the slot",
            "bought": f"Not bought in the last {slot.skip_bought_days} days",
            "for": "Meant for this customer",
            "pause": "Not dismissed lately",
            "cap": "Not redeemed as often as one customer may",
            "role": "Something that was bought speaks for it",
            "value": f"Expected to change more than {self._least()}",
            "explored": "Among the most valuable, which the slot explores",
            "variety": f"At most {limits}",
        }[rule]

    def _refuses(self, rule: str, index: int, score_text: str) -> str:
        said = self._trace.words.get(index, "")
        if said:
            return f"{said[:1].upper()}{said[1:]}."
        slot = self._slot
        limits = " and ".join(f"{most} of one {name}" for name, most in slot.max_per.items())
        return {
            "stock": f"It is not in stock at {self._place}.",
            "excluded": "The slot leaves it out.",
            "bought": f"It was bought in the last {slot.skip_bought_days} days.",
            "role": "Nothing that was bought speaks for it.",
            "value": f"It is expected to change {score_text}, which is not more than {self._least()}.",
            "explored": "It is not among the most valuable, which the slot explores.",
            "variety": f"The slot shows at most {limits}, and better ones took those places.",
        }[rule]

    def _least(self) -> str:
        currency = self._definitions.shop.currency
        return format_money(round(self._slot.least_value * 10 ** digits(currency)), currency)


def _first_stops(trace: Trace) -> NDArray[np.int64]:
    """Return which sieve stopped each candidate first, -1 for none; shape (candidates,)."""
    found = np.full(len(trace.ids), -1)
    for number, (_, mask) in enumerate(trace.sieves):
        found[~mask & (found < 0)] = number
    return found


def _validity(offer: Offer, at: datetime, definitions: Definitions) -> str:
    zone = definitions.shop.zone
    if offer.starts is not None and at < offer.starts:
        return f"It begins on {day_in_words(offer.starts.astimezone(zone).date())}."
    return f"It ended on {day_in_words((offer.ends or at).astimezone(zone).date())}."
