"""What stands in bulk: `protect.consent.stand` over the lake, for customers of whom one part alone has spoken."""

from typing import Any, Final, cast

import ibis
from ibis.expr.types import BooleanColumn, StructColumn, Table

from shopkeeper.core.consent import CONSENT, CONSENT_GIVEN, GRADES, STAFF, USUAL
from shopkeeper.protect.consent import Terms

_VIAS: Final = tuple(USUAL)


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
    when: Any = ibis.struct(
        {"at": words.at_us, "seq": words.seq, "given": words.sk__given, "ends": words.numbers["expires_at"]}
    )
    found = words.group_by("customer").aggregate(
        sk__signal=when.max(where=signals),
        sk__lifted=when.max(where=lifts & words.sk__counts),
        sk__last=when.max(where=words.sk__counts & ~signals),
    )
    return found.select("customer", sk__stands=_stands(found, terms))


def _read(words: Table) -> dict[str, Any]:
    """Read a word as `core.consent.record_of` does."""
    said = words.texts["via"]
    via = ibis.cases((said.isin(list(_VIAS)), said), (words.source == STAFF, "staff"), else_="event")
    grade = words.texts["grade"]
    named = ibis.cases(*((grade == name, place) for place, name in enumerate(GRADES)), else_=0)
    usual = ibis.cases(*((via == name, GRADES.index(USUAL[name])) for name in _VIAS), else_=0)
    return {
        "sk__via": via,
        "sk__given": words.name == CONSENT_GIVEN,
        "sk__grade": grade.isnull().ifelse(usual, named),
    }


def _stands(found: Table, terms: Terms) -> Any:
    last = cast("StructColumn", found.sk__last)
    signal, lifted = found.sk__signal, found.sk__lifted
    ended = (last["ends"] <= terms.now).fill_null(False)
    if terms.cutoff is not None:
        ended |= last["at"] <= terms.cutoff
    in_force: BooleanColumn = signal.notnull() & (lifted.isnull() | (lifted < signal))
    return ibis.cases(
        (in_force, "gpc"),
        (last.isnull(), "weak"),
        (~last["given"], "withdrawn"),
        (ended, "expired"),
        else_="given",
    )
