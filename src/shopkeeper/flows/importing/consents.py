"""Consents: what customers said elsewhere, and addresses that must not be contacted, as words of the ledger."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from shopkeeper.core.consent import CONSENT_GIVEN, CONSENT_WITHDRAWN, wording_of
from shopkeeper.core.event import Event
from shopkeeper.core.item import Item
from shopkeeper.engines.tables.rows import Rows
from shopkeeper.flows.door.canonical import Draft
from shopkeeper.flows.door.consent import heard
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.door.said import digest_of, id_of
from shopkeeper.flows.importing.mapping import ConsentsMapping
from shopkeeper.flows.importing.reading import Batch, Reader, Reading, bare_event, whose

_GIVEN: Final = """
    given granted yes y true t 1 in optin opted_in opt_in subscribed subscribe confirmed active accepted consent
    consented allowed ja zugestimmt erteilt angemeldet
"""
_WITHDRAWN: Final = """
    withdrawn revoked no n false f 0 out optout opted_out opt_out unsubscribed unsubscribe objected objection denied
    declined refused rejected suppressed blocked complained complaint bounced inactive nein widerrufen abgelehnt
    abgemeldet widersprochen
"""
_WORDS: Final = dict.fromkeys(_GIVEN.split(), True) | dict.fromkeys(_WITHDRAWN.split(), False)
"""What a state's text means, in English and German, folded to lower letters."""
_FREE: Final = ("channel", "policy_version", "jurisdiction")


class _Said(NamedTuple):
    """What one row says to one purpose."""

    purpose: str
    given: bool


class ConsentsReader(Reader):
    """Reads rows that are words of consent: a row makes one event for each purpose that it speaks to."""

    mapping: ConsentsMapping

    @property
    def shown(self) -> tuple[str, ...]:
        """The text that all customers saw."""
        return () if self.mapping.shown is None else (self.mapping.shown,)

    def readings(self, rows: Rows, items: dict[str, Item]) -> list[Reading]:  # noqa: ARG002 (consents name no items)
        """Read each row; what it says beyond its first word takes no row of its own."""
        batch = Batch(rows, self.mapping, self.terms)
        columns = _Columns(batch, self.mapping)
        found: list[Reading] = []
        for i in range(batch.n):
            try:
                if i in batch.bad:
                    raise batch.bad[i]
                drafts = list(self._drafts(columns, i))
                if not drafts:
                    raise Refusal("bad_consent", "the row says nothing to any purpose")
                found += [Reading(i, i + (n == 0), draft, i) for n, draft in enumerate(drafts)]
            except Refusal as refusal:
                found.append(Reading(i, i + 1, refusal, i))
        return found

    def _drafts(self, columns: "_Columns", i: int) -> Iterator[Draft]:
        names = whose([(kind, values[i]) for kind, values in columns.customers.items()], self.terms.definitions.shop)
        at = columns.times[i]
        if at is None:
            raise Refusal("bad_timestamp", "timestamp: has no value, and must have one")
        facts = columns.facts(i)
        for said in columns.said(i):
            digest = digest_of((names[0], said.purpose, said.given, at, facts))
            yield Draft(names, self._event(columns.batch, said, facts, id_of(digest), at), {}, digest)

    def _event(self, batch: Batch, said: _Said, facts: Mapping[str, str], key: str, at: datetime) -> Event:
        texts = {"purpose": said.purpose, **facts}
        bare = bare_event(batch, name=CONSENT_GIVEN if said.given else CONSENT_WITHDRAWN, message_id=key, at=at)
        word = msgspec.structs.replace(bare, texts=texts)
        word = heard(word, self.terms.definitions.shop.purposes, proves=True, via="import")
        if self.mapping.shown is None:
            return word
        return msgspec.structs.replace(word, texts=word.texts | {"wording_hash": wording_of(self.mapping.shown).hash})


class _Columns:
    """A batch's columns as the mapping names them."""

    def __init__(self, batch: Batch, mapping: ConsentsMapping) -> None:
        self.batch = batch
        self._mapping = mapping
        self.customers = {kind: batch.texts(column) for kind, column in mapping.customer.items()}
        self.times: list[datetime | None] = batch.instants(mapping.timestamp)
        if mapping.as_of is not None:
            self.times = batch.all_of(mapping.as_of)
        self._states = {purpose: batch.words(column) for purpose, column in mapping.states.items()}
        self._purposes = batch.texts(mapping.purpose)
        self._state = batch.words(mapping.state)
        self._texts = {name: batch.texts(getattr(mapping, name)) for name in _FREE}
        self._grades = batch.texts(mapping.grade)
        self._wordings = batch.raw(mapping.wording) if mapping.wording else [None] * batch.n
        self._ends = batch.instants(mapping.expires_at, bounded=False)

    def said(self, i: int) -> Iterator[_Said]:
        """Return what a row says, to each purpose that it speaks to."""
        mapping = self._mapping
        for purpose, states in self._states.items():
            state = states[i]
            if state is not None:
                yield _Said(purpose, _given(state))
        if mapping.states:
            return
        if mapping.said is None and self._state[i] is None:
            raise Refusal("bad_consent", f"column {mapping.state}: has no value, and silence is no word")
        given = mapping.said == "given" if mapping.said is not None else _given(self._state[i] or "")
        for named in mapping.purposes or (self._purposes[i],):
            if named is None:
                raise Refusal("bad_consent", f"column {mapping.purpose}: has no value, and must name a purpose")
            yield _Said(named, given)

    def facts(self, i: int) -> dict[str, str]:
        """Return what else a row says of its words."""
        found: dict[str, str] = {str(name): text for name, text in self._mapping.constants.items()}
        for name, texts in self._texts.items():
            if said := texts[i]:
                found[name] = said
        grade, wording, ends = self._grades[i], self._wordings[i], self._ends[i]
        found["grade"] = self._mapping.evidence if grade is None else grade.lower().replace(" ", "_")
        if wording is not None:
            found["wording"] = str(wording)
        if ends is not None:
            found["expires_at"] = ends.isoformat()
        return found


def _given(state: str) -> bool:
    word = state.strip().lower().replace("-", "_").replace(" ", "_")
    if word not in _WORDS:
        raise Refusal("bad_consent", "state: must be yes or no, given or withdrawn, subscribed or unsubscribed")
    return _WORDS[word]
