"""Intake: what one request or one batch offers, taken in one commit: identities, events, quarantine."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple, Protocol

from shopkeeper.core.consent import Via
from shopkeeper.core.event import Event
from shopkeeper.core.group import GroupWord
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.quarantine import Quarantined

Outcome = Literal["accepted", "duplicate", "conflict", "waits"]
"""duplicate: the log holds the same under this id. conflict: it holds something else. waits: an event that corrects an
order, which must come first."""

HELD_BACK: Final[Mapping[str, tuple[str, str]]] = {
    "waits": (
        "refund_without_order",
        "order_id: no order of that id of this customer is in the log yet; replay it afterwards",
    ),
    "conflict": ("conflict", "messageId: the log holds another event of this source under the same id"),
}
"""Code and reason of the outcomes that keep an event out of the log."""


WaitAs = Callable[[str, str], Quarantined]
"""Makes the row of quarantine of an event that has to wait, of (code, reason)."""


class Word(NamedTuple):
    """What an event carries of consent: to one purpose, given or not; see `core.consent.ConsentRecord` for the rest."""

    purpose: str
    given: bool
    via: Via = "carried"
    basis: str | None = None
    expires_at: datetime | None = None
    channel: str | None = None


class Refused(NamedTuple):
    """What an event that is not let in says no to.

    names: The identifiers that it proves, strongest first. Whoever none of them leads to is not known, and of them
    nothing is written. words: Refusals alone, of what it carries and of itself.
    """

    source: str
    message_id: str
    at: datetime
    received_at: datetime
    names: tuple[Identifier, ...]
    words: tuple[Word, ...]


class Arrival(NamedTuple):
    """One event that asks to be let in.

    event: Canonical; its customer is empty unless it is known already. names: The identifiers that it proves,
    strongest first; the first is whose part holds it; empty for an event whose customer is known. claims:
    Identifiers that it names without proof. personal: Values to keep apart from the log. said: A digest of what its
    sender said, by which a repetition is told from another event under the same id; None: the event itself is
    compared. words: Consent that it carries; what is new in them goes into the log as events of their own. wait_as:
    Makes the row of quarantine for (code, reason) where the event must wait; None where the caller keeps it.
    settles: The id of the row of quarantine that this is, offered again; it was counted when it first came, and is
    marked as taken in the same commit. group: What it says of a group and whose it is.
    """

    event: Event
    names: tuple[Identifier, ...]
    claims: tuple[Identifier, ...] = ()
    personal: Mapping[str, str] = {}
    said: bytes | None = None
    words: tuple[Word, ...] = ()
    wait_as: WaitAs | None = None
    settles: str | None = None
    group: GroupWord | None = None


INBOX: Final = "inbox"
"""The name of the cursor that says up to which parcel the inbox was let into the log."""


class Span(NamedTuple):
    """Parcels of the inbox: those that follow `after`, up to and with `upto`."""

    after: int
    upto: int


class Offering(NamedTuple):
    """What one caller offers.

    waiting: Rows that have to wait whatever the log says. refused: How many events each source sent that may not be
    kept; only their number is. limits: How many identifiers of each kind one customer may have. parcels: The parcels
    that this is the whole of; that they are in is noted in the same commit. refusals: What those say no to that are
    not among the arrivals.
    """

    arrivals: Sequence[Arrival]
    limits: Mapping[str, int]
    now: datetime
    waiting: Sequence[Quarantined] = ()
    refused: Mapping[str, int] = {}
    parcels: Span | None = None
    refusals: Sequence[Refused] = ()


class Entry(NamedTuple):
    """What became of one arrival.

    seq: Of the event that the log holds under its id, 0 if none. customer: Whose it is, empty if that is not known.
    part: Under whose identifier. waits_as: The id of its row in quarantine, where `wait_as` made one.
    """

    outcome: Outcome
    seq: int
    customer: str
    part: str
    waits_as: str | None = None


class IntakeCount(NamedTuple):
    """What one source ever offered, each event once.

    accepted: Answered with success: in the log, in quarantine or refused. refused: May not be kept; discarded.
    duplicates: Came again, and had no effect. conflicts: Came under the id of another event.
    """

    source: str
    accepted: int
    refused: int
    duplicates: int
    conflicts: int


class Intake(Protocol):
    """Lets events in, and keeps count."""

    async def admit(self, offering: Offering) -> list[Entry]:
        """Take all or nothing, durably, in order; return an entry for each arrival.

        Raises: BadInput: a value that no store can hold. Conflict: somebody else let these parcels in. StoreError:
            nothing was taken; offer it again.
        """
        ...

    async def intake_counts(self) -> list[IntakeCount]:
        """Return the counts, in order of source."""
        ...
