"""Consent: words of customers to purposes, kept so that what was shown and said can be proven years later."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal, NamedTuple, Protocol, get_args

import msgspec

from shopkeeper.core.event import Event
from shopkeeper.core.instant import from_micros, micros

CONSENT_GIVEN = "Consent Given"
CONSENT_WITHDRAWN = "Consent Withdrawn"
CONSENT: Final[Mapping[str, bool]] = {CONSENT_GIVEN: True, CONSENT_WITHDRAWN: False}
"""The events that are words of consent, about the purpose in their text property `purpose`."""

State = Literal["given", "withdrawn", "objected"]
"""objected: withdrawn where the basis is no consent but a legitimate interest (GDPR art. 21)."""
Via = Literal["event", "carried", "gpc", "import", "staff"]
"""How a word came: as an event of its own; carried in the context of another; as the signal `Sec-GPC: 1`; in a file
of the shop; taken down by its staff."""
Grade = Literal["imported_without_proof", "imported_with_proof", "staff", "single_opt_in", "double_opt_in", "signed"]
"""How well it can be shown that the customer said it, from the weakest to the strongest."""
GRADES: Final[tuple[Grade, ...]] = get_args(Grade)
_VIAS: Final[frozenset[str]] = frozenset(get_args(Via))
USUAL: Final[Mapping[Via, Grade]] = {
    "event": "single_opt_in",
    "carried": "single_opt_in",
    "gpc": "single_opt_in",
    "import": "imported_without_proof",
    "staff": "staff",
}
"""The grade of a word that names none, by how it came."""
HEARD_FROM = "heard_from"
"""The property of a word that another event carried, which says the source of that."""
STAFF = "staff"
"""The source of the events that staff write."""
EXPRESS: Final[frozenset[Via]] = frozenset({"event", "import", "staff"})
"""How words come that were said as such; what is merely carried says again what a banner has kept from some day on."""


class Said(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One word on one purpose, as far as it counts for what stands; instants in microseconds.

    part: Who said it. channel: What it is about, such as `email`; None: all channels. proven: Whether the wording was
    kept. Of two words the later by (at, seq) counts.
    """

    part: str
    at: int
    seq: int
    given: bool
    via: Via = "event"
    grade: Grade = "single_opt_in"
    channel: str | None = None
    expires_at: int | None = None
    proven: bool = False

    @property
    def express(self) -> bool:
        """Whether it was said as such, and neither carried by something else nor asked by a browser."""
        return self.via in EXPRESS

    @property
    def lifts(self) -> bool:
        """Whether it may lift what Global Privacy Control turned off: a word with evidence, taken down by staff."""
        return self.given and self.via == "staff" and self.proven


class ConsentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger, which is never changed.

    seq: Of the event in the log that carries the word. part: Who said it. basis: What shop.yaml declared for it
    then. wording: The hash under which the exact text shown is kept. policy_version: Of the privacy notice. actor: Who
    of the shop took it down. jurisdiction: Such as `AT` or `US-CA`. expires_at: When it ends by itself.
    """

    seq: int
    part: str
    purpose: str
    state: State
    captured_at: datetime
    source: str
    via: Via
    grade: Grade
    channel: str | None = None
    basis: str | None = None
    wording: str | None = None
    policy_version: str | None = None
    actor: str | None = None
    jurisdiction: str | None = None
    expires_at: datetime | None = None

    @property
    def said(self) -> Said:
        """What of it counts for what stands."""
        return Said(
            self.part,
            micros(self.captured_at),
            self.seq,
            self.state == "given",
            self.via,
            self.grade,
            None if self.channel is None else self.channel.casefold(),
            None if self.expires_at is None else micros(self.expires_at),
            self.wording is not None,
        )


class Wording(NamedTuple):
    """A text that was shown to customers, under its SHA-256 in hexadecimal."""

    hash: str
    text: str


class ConsentLedger(Protocol):
    """Keeps every word of consent; it only grows, in the commit of the events that carry the words."""

    async def consent_records(self, customers: Sequence[str]) -> dict[str, list[ConsentRecord]]:
        """Return the words of some customers by customer, in order of seq; who said nothing is absent."""
        ...

    async def divided_consents(self, purpose: str) -> dict[str, list[ConsentRecord]]:
        """Return the words on a purpose of the customers of whom two parts or more have said something to it."""
        ...

    async def consents_after(self, part: str, *, limit: int) -> list[ConsentRecord]:
        """Return the words of up to `limit` parts after a part's id, whole parts, in order of (part, seq)."""
        ...

    async def wordings(self, hashes: Sequence[str]) -> dict[str, str]:
        """Return the texts that are kept under some hashes."""
        ...

    async def keep_wordings(self, texts: Sequence[str], now: datetime) -> None:
        """Keep texts that were shown, each once."""
        ...


def wording_of(text: str) -> Wording:
    """Name a text by its hash; nothing of it is changed before, not even a space."""
    return Wording(sha256(text.encode()).hexdigest(), text)


def record_of(event: Event) -> ConsentRecord | None:
    """Read the word that an event of the log carries; None: it is no word, or names no purpose.

    What the door did not write, as in a log of an earlier version, is read as the weakest that it can mean.
    """
    purpose = event.texts.get("purpose")
    if event.name not in CONSENT or purpose is None:
        return None
    texts = event.texts
    basis, expires_at = texts.get("basis"), event.numbers.get("expires_at")
    text = texts.get("wording")
    via = via_of(event)
    return ConsentRecord(
        seq=event.seq,
        part=event.part or event.customer,
        purpose=purpose,
        state=_state(CONSENT[event.name], basis),
        captured_at=said_at(event, via),
        source=texts.get(HEARD_FROM, event.source),
        via=via,
        grade=_grade(texts.get("grade"), via),
        channel=texts.get("channel"),
        basis=basis,
        wording=texts.get("wording_hash") if text is None else wording_of(text).hash,
        policy_version=texts.get("policy_version"),
        actor=texts.get("taken_by"),
        jurisdiction=texts.get("jurisdiction"),
        expires_at=None if expires_at is None else from_micros(expires_at),
    )


def said_at(event: Event, via: Via) -> datetime:
    """Return when a word was said: never after it came, lest a clock that runs ahead outdo all that is said later.

    What staff write is put after all that was said before, by our own clock.
    """
    return event.at if via == "staff" else min(event.at, event.received_at)


def _state(given: bool, basis: str | None) -> State:
    if given:
        return "given"
    return "objected" if basis == "legitimate_interest" else "withdrawn"


def via_of(event: Event) -> Via:
    """Return how an event's word came; the door alone writes the property `via`."""
    via = event.texts.get("via")
    if via in _VIAS:
        return via  # type: ignore[return-value]  # a member of the literal, as was just seen
    return "staff" if event.source == STAFF else "event"


def _grade(text: str | None, via: Via) -> Grade:
    return next((grade for grade in GRADES if grade == text), USUAL[via] if text is None else GRADES[0])
