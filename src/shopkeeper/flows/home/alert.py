"""An alert, and the facts that alerts are told from."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.model import Manifest
from shopkeeper.flows.home.crowds import Crowd

Severity = Literal["critical", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "note")


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something to look after.

    code: Stable, for programs. title: What is wrong. words: What it costs and what to do.
    action, link: The button that leads to the mend in the console. command: The command that mends it, if one does.
    """

    code: str
    severity: Severity
    title: str
    words: str
    action: str
    link: str
    command: str


class Facts(NamedTuple):
    """What alerts are told from.

    quarantined: Rows that wait, by (origin, code). quiet: Sources that are silent for longer than they ever were,
    and since when, in words. trained_under: The definitions that each model in force was trained under.
    crowded: Identifiers that many give of late, the worst first; see `home.crowds`.
    drifts, looks_personal: Sentences about contracts of events, with the source that each is about.
    sample_ratio_p: Of the last report. degraded: Decisions of the last hour by (slot, what was missing).
    lag: Events that the lake is behind. waiting, lost: Decisions in the journal.
    consented: Purposes that some customer ever consented to.
    can_sign_in: Whether somebody has a password or an identity elsewhere.
    free, disk: Bytes of the disk that holds the data.
    """

    now: datetime
    definitions: Definitions
    models: Mapping[str, Manifest]
    unread: tuple[str, ...] = ()
    quarantined: Mapping[tuple[str, str], int] = {}
    quiet: tuple[tuple[str, str], ...] = ()
    drifts: tuple[tuple[str, str], ...] = ()
    looks_personal: tuple[tuple[str, str], ...] = ()
    crowded: tuple[Crowd, ...] = ()
    trained_under: Mapping[str, Definitions] = {}
    sample_ratio_p: float | None = None
    degraded: tuple[tuple[str, str, int], ...] = ()
    consented: frozenset[str] = frozenset()
    lag: int = 0
    waiting: int = 0
    lost: int = 0
    can_sign_in: bool = True
    free: int = 1 << 40
    disk: int = 1 << 41


def count(n: int, noun: str) -> str:
    """Say how many there are."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
