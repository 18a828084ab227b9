"""Alerts: what somebody must look after, each a function of facts, with the way to the mend.

An alert says what is wrong, what it costs, and what to do; it never fires for what mends itself.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from urllib.parse import quote

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.identity import Crowded
from shopkeeper.core.model import Manifest
from shopkeeper.measure.lift import SAMPLE_RATIO_ALPHA

Severity = Literal["critical", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "note")
MODEL_AGE = timedelta(days=35)
"""Data older than this: a model does not know what the shop sold in the last month."""
LAKE_LAG = 100_000
"""Events that the lake may be behind: a minute's work to catch up."""
WAITING = 5_000
"""Decisions that may wait to be written; beyond a quarter of the journal's bound the store is behind."""
CROWD = 10
"""Customers whom one identifier would have joined, from which on somebody is told: a family is fewer."""
LEAST_FREE = 2 << 30
LEAST_SHARE = 0.05
"""Bytes, and share of the disk, of which both must be free no more before somebody is told."""


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
    crowded: Identifiers that would have joined too many customers, the worst first.
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
    crowded: tuple[Crowded, ...] = ()
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


def alerts(facts: Facts) -> tuple[Alert, ...]:
    """Return every alert that the facts give reason for, the worst first."""
    found = [alert for rule in RULES for alert in rule(facts)]
    return tuple(sorted(found, key=lambda alert: SEVERITIES.index(alert.severity)))


def sample_ratio(facts: Facts) -> Iterator[Alert]:
    """The arms are not as large as declared."""
    if facts.sample_ratio_p is not None and facts.sample_ratio_p < SAMPLE_RATIO_ALPHA:
        yield Alert(
            code="sample_ratio",
            severity="critical",
            title="Treated and held-out customers are not as many as declared",
            words="The comparison between them is not to be trusted. Look whether holdout.share or holdout.salt of "
            "shop.yaml was changed, or whether one arm's events come in and the other's do not.",
            action="See the definitions",
            link="/segments",
            command="shopkeeper versions",
        )


def lost_decisions(facts: Facts) -> Iterator[Alert]:
    """The journal lost decisions."""
    if facts.lost:
        yield Alert(
            code="decisions_lost",
            severity="critical",
            title=f"{_count(facts.lost, 'decision')} could not be written down",
            words="They were answered, but the log does not know of them; outcomes with their tokens are credited all "
            "the same. The store was full or down for long: look after its disk and its database.",
            action="See what was decided",
            link="/decisions?tab=recorded",
            command="",
        )


def store_behind(facts: Facts) -> Iterator[Alert]:
    """Decisions wait to be written."""
    if facts.waiting > WAITING:
        yield Alert(
            code="store_behind",
            severity="critical",
            title=f"{facts.waiting:,} decisions wait to be written",
            words="The store takes them slower than they are made. Past 20,000 the oldest are lost.",
            action="See the events",
            link="/live",
            command="",
        )


def disk_full(facts: Facts) -> Iterator[Alert]:
    """The disk is nearly full."""
    if facts.free < LEAST_FREE and facts.free < LEAST_SHARE * facts.disk:
        yield Alert(
            code="disk_full",
            severity="critical",
            title=f"The disk is nearly full: {facts.free / 1e9:,.1f} GB are free",
            words="When it is full no event is taken any more. Free space, or delete model versions that are not used.",
            action="See the models",
            link="/models",
            command="",
        )


def degraded(facts: Facts) -> Iterator[Alert]:
    """Decisions of the last hour fell back."""
    if facts.degraded:
        total = sum(one[2] for one in facts.degraded)
        slot, why, _ = max(facts.degraded, key=lambda one: one[2])
        yield Alert(
            code="degraded",
            severity="warning",
            title=f"{_count(total, 'decision')} of the last hour fell back",
            words=f"What was missing, most often in “{slot}”: {why}. Customers saw what is popular, or nothing.",
            action="See what was decided",
            link=f"/decisions?tab=recorded&slot={quote(slot)}",
            command="",
        )


def missing_models(facts: Facts) -> Iterator[Alert]:
    """A slot needs a model that is not in force."""
    for name, slots in _needed(facts.definitions).items():
        if name not in facts.models:
            yield Alert(
                code="model_missing",
                severity="warning",
                title=f"No model “{name}” is in force",
                words=f"{_slots(slots)} can give no personal answers without it. Train it on what was imported.",
                action="See the models",
                link=f"/models?model={quote(name)}",
                command=f"shopkeeper model train {name}",
            )


def unread_models(facts: Facts) -> Iterator[Alert]:
    """The files of a model in force are damaged or gone."""
    for name in facts.unread:
        yield Alert(
            code="model_unread",
            severity="critical",
            title=f"The files of the model “{name}” cannot be read",
            words="The slots that need it fall back. Put an earlier version in force, or train it again.",
            action="Put another in force",
            link=f"/models?model={quote(name)}",
            command=f"shopkeeper model train {name}",
        )


def old_models(facts: Facts) -> Iterator[Alert]:
    """A model in force has not seen the last weeks."""
    for name, manifest in facts.models.items():
        age = facts.now - manifest.data_to
        if age > MODEL_AGE:
            yield Alert(
                code="model_old",
                severity="warning",
                title=f"The model “{name}” has learned nothing for {age.days} days",
                words="What customers bought since then does not count in it. Train it again.",
                action="Train it again",
                link=f"/models?model={quote(name)}",
                command=f"shopkeeper model train {name}",
            )


def foreign_models(facts: Facts) -> Iterator[Alert]:
    """A model was trained under other rules of what is recommended."""
    for name, then in facts.trained_under.items():
        if name in facts.models and then.shop.not_recommended != facts.definitions.shop.not_recommended:
            yield Alert(
                code="model_other_definitions",
                severity="warning",
                title=f"The model “{name}” was trained on other definitions",
                words="not_recommended of shop.yaml has changed since: it may still recommend what you took out. Train "
                "it again.",
                action="Train it again",
                link=f"/models?model={quote(name)}",
                command=f"shopkeeper model train {name}",
            )


def lake_behind(facts: Facts) -> Iterator[Alert]:
    """The lake is far behind the log."""
    if facts.lag > LAKE_LAG:
        yield Alert(
            code="lake_behind",
            severity="warning",
            title=f"The lake is {facts.lag:,} events behind",
            words="Counts of segments, the report and training read the lake, and do not know of them yet. It catches "
            "up by itself while the server runs, unless its disk is full.",
            action="See the sources",
            link="/sources",
            command="",
        )


def never_consented(facts: Facts) -> Iterator[Alert]:
    """A slot serves a purpose that needs consent, and nobody ever gave it."""
    for slot in facts.definitions.slots.values():
        purpose = facts.definitions.shop.purposes[slot.purpose]
        if purpose.basis == "consent" and slot.purpose not in facts.consented:
            yield Alert(
                code="never_consented",
                severity="warning",
                title=f"The slot “{slot.name}” cannot be personal: nobody consented",
                words=f"Its purpose “{slot.purpose}” needs consent, and no “Consent Given” for it has come in. Send "
                "them, or declare the basis that holds in shop.yaml.",
                action="See the sources",
                link="/sources",
                command="shopkeeper check",
            )


def quarantined(facts: Facts) -> Iterator[Alert]:
    """Rows wait."""
    if facts.quarantined:
        total = sum(facts.quarantined.values())
        (origin, code), _ = max(facts.quarantined.items(), key=lambda one: one[1])
        yield Alert(
            code="quarantine",
            severity="warning",
            title=f"{_count(total, 'row')} wait{'s' if total == 1 else ''} in quarantine",
            words=f"They count nowhere until they are mended and replayed. Most are from “{origin}” ({code}).",
            action="Look at them",
            link="/sources?tab=quarantine",
            command="shopkeeper quarantine list",
        )


def quiet_sources(facts: Facts) -> Iterator[Alert]:
    """A source is silent for longer than it ever was."""
    for source, freshness in facts.quiet:
        yield Alert(
            code="source_quiet",
            severity="warning",
            title=f"The source “{source}” has gone quiet",
            words=f"Its last event: {freshness}. Look whether what sends it still runs.",
            action="See the source",
            link=f"/sources/of/{quote(source, safe='')}",
            command="",
        )


def drifting(facts: Facts) -> Iterator[Alert]:
    """Events of a source look otherwise than they did."""
    for source, said in _by_source(facts.drifts).items():
        yield Alert(
            code="contract_drift",
            severity="warning",
            title=f"Events from “{source}” look otherwise than they did",
            words=f"{said[0]}{_more(said)} Look whether what reads them still finds what it needs, then accept it.",
            action="See the source",
            link=f"/sources/of/{quote(source, safe='')}",
            command="shopkeeper contract list",
        )


def looking_personal(facts: Facts) -> Iterator[Alert]:
    """A source sends what looks like personal data."""
    for source, said in _by_source(facts.looks_personal).items():
        yield Alert(
            code="looks_personal",
            severity="warning",
            title=f"Events from “{source}” carry what looks like personal data",
            words=f"{said[0]}{_more(said)} Until then it stands in the log and the lake as any other value does.",
            action="See the source",
            link=f"/sources/of/{quote(source, safe='')}",
            command="shopkeeper contract list",
        )


def crowded(facts: Facts) -> Iterator[Alert]:
    """An identifier would have joined many customers into one."""
    if facts.crowded:
        worst = facts.crowded[0]
        what = _KINDS.get(worst.kind, f"A value of “{worst.kind}”")
        rest = len(facts.crowded) - 1
        more = f" {_count(rest, 'other')} did the like." if rest else ""
        yield Alert(
            code="crowded",
            severity="warning",
            title=f"{what} was about to join {worst.refused:,} more customers; it joins nobody further",
            words="Many may be giving the same value: a placeholder, an address of the shop's own, a shared device. "
            f"Put it under identifiers.{worst.kind}.blocked of shop.yaml; or raise a limit, if all are one.{more}",
            action="See whom it would have joined",
            link=f"/customers/{quote(worst.part)}?tab=identity",
            command=f"shopkeeper customer show {worst.part}",
        )


_KINDS: Mapping[str, str] = {
    "email": "An e-mail address",
    "phone": "A telephone number",
    "user_id": "A user id",
    "anonymous_id": "A visitor's cookie",
}


def _by_source(said: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source, sentence in said:
        found.setdefault(source, []).append(sentence)
    return found


def _more(said: list[str]) -> str:
    return f" And {len(said) - 1:,} more." if len(said) > 1 else ""


def nobody_signs_in(facts: Facts) -> Iterator[Alert]:
    """No account has a password."""
    if not facts.can_sign_in:
        yield Alert(
            code="no_account",
            severity="note",
            title="Nobody has an account with a password",
            words="The shop can be seen from this machine alone. Make an owner before others are to use it.",
            action="See who may sign in",
            link="/people",
            command="shopkeeper user add",
        )


RULES: tuple[Callable[[Facts], Iterator[Alert]], ...] = (
    sample_ratio,
    lost_decisions,
    store_behind,
    disk_full,
    unread_models,
    degraded,
    missing_models,
    old_models,
    foreign_models,
    lake_behind,
    never_consented,
    quarantined,
    quiet_sources,
    drifting,
    looking_personal,
    crowded,
    nobody_signs_in,
)


def _needed(definitions: Definitions) -> dict[str, list[str]]:
    """Return which models slots need: the recommender for goods, the coupon model for anything else."""
    found: dict[str, list[str]] = {}
    for slot in definitions.slots.values():
        found.setdefault("recommend.product" if slot.kind == "product" else "coupons", []).append(slot.name)
    return found


def _slots(names: list[str]) -> str:
    return f"The slot “{names[0]}”" if len(names) == 1 else f"{len(names)} slots"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
