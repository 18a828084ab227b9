"""What stands in bulk: `protect.consent.stand` over the lake, for customers of whom one part alone has spoken."""

from typing import Any, Final, cast

import ibis
from ibis.expr.types import BooleanColumn, StructColumn, Table

from shopkeeper.core.consent import CONSENT, CONSENT_GIVEN, EXPRESS, GRADES, STAFF, USUAL
from shopkeeper.protect.consent import Terms

_VIAS: Final = tuple(USUAL)
_EPOCH: Final = ibis.timestamp("1970-01-01 00:00:00", timezone="UTC")


def standings(events: Table, purpose: str, terms: Terms) -> Table:
    """Find where customers stand towards a purpose: `customer` and `sk__stands`; who said nothing is absent.

    Of a customer several of whose parts have spoken it takes every word for each part's.
    """
    words = events.filter(events.name.isin(list(CONSENT)), events.customer != "")
    words = words.filter(words.texts["purpose"] == purpose, words.texts["channel"].isnull())
    words = words.mutate(**_read(words))
    words = words.mutate(sk__counts=~words.sk__given | (words.sk__grade >= terms.least))
    signals = words.sk__via == "gpc"
    proven = words.texts["wording"].notnull() | words.texts["wording_hash"].notnull()
    lifts = words.sk__given & (words.sk__via == "staff") & proven
    express, yes, no = (
        words.sk__via.isin(list(EXPRESS)),
        words.sk__given & words.sk__counts,
        ~words.sk__given & ~signals,
    )
    when: Any = ibis.struct({"at": words.sk__at, "seq": words.seq, "ends": words.numbers["expires_at"]})
    found = words.group_by("customer").aggregate(
        sk__signal=when.max(where=signals),
        sk__lifted=when.max(where=lifts & words.sk__counts),
        sk__no=when.max(where=no & express),
        sk__yes=when.max(where=yes & express),
        sk__carried_no=when.max(where=no & ~express),
        sk__any_yes=when.max(where=yes & ~signals),
    )
    return found.select("customer", sk__stands=_stands(found, terms))


def _read(words: Table) -> dict[str, Any]:
    """Read a word as `core.consent.record_of` does."""
    said = words.texts["via"]
    via = ibis.cases((said.isin(list(_VIAS)), said), (words.source == STAFF, "staff"), else_="event")
    grade = words.texts["grade"]
    named = ibis.cases(*((grade == name, place) for place, name in enumerate(GRADES)), else_=0)
    usual = ibis.cases(*((via == name, GRADES.index(USUAL[name])) for name in _VIAS), else_=0)
    came = words.received_at.delta(_EPOCH, unit="microsecond")
    return {
        "sk__at": (via == "staff").ifelse(words.at_us, ibis.least(words.at_us, came)),
        "sk__via": via,
        "sk__given": words.name == CONSENT_GIVEN,
        "sk__grade": grade.isnull().ifelse(usual, named),
    }


def _stands(found: Table, terms: Terms) -> Any:
    signal, lifted = found.sk__signal, found.sk__lifted
    in_force: BooleanColumn = signal.notnull() & (lifted.isnull() | (lifted < signal))
    refused = _stands_against(found.sk__no, found.sk__yes, terms)
    refused |= _stands_against(found.sk__carried_no, found.sk__any_yes, terms)
    return ibis.cases(
        (in_force, "gpc"),
        (refused, "withdrawn"),
        (found.sk__any_yes.isnull(), "weak"),
        (_ended(found.sk__any_yes, terms), "expired"),
        else_="given",
    )


def _stands_against(no: Any, yes: Any, terms: Terms) -> Any:
    """Say whether a refusal stands: no later yes, in force, lifted it."""
    return no.notnull() & (yes.isnull() | (yes < no) | _ended(yes, terms))


def _ended(yes: Any, terms: Terms) -> Any:
    word = cast("StructColumn", yes)
    ended = (word["ends"] <= terms.now).fill_null(False)
    return ended if terms.cutoff is None else ended | (word["at"] <= terms.cutoff)
