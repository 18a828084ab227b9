"""Alerts: what somebody must look after, each a function of facts, with the way to the mend.

An alert says what is wrong, what it costs, and what to do; it never fires for what mends itself.
"""

from collections.abc import Callable, Iterator
from urllib.parse import quote

from shopkeeper.flows.home.alert import SEVERITIES, Alert, Facts, count
from shopkeeper.flows.home.model_alerts import foreign_models, missing_models, old_models, unread_models
from shopkeeper.flows.home.source_alerts import crowded, drifting, looking_personal, quarantined, quiet_sources
from shopkeeper.measure.lift import SAMPLE_RATIO_ALPHA

LAKE_LAG = 100_000
"""Events that the lake may be behind: a minute's work to catch up."""
WAITING = 5_000
"""Decisions that may wait to be written; beyond a quarter of the journal's bound the store is behind."""
LEAST_FREE = 2 << 30
LEAST_SHARE = 0.05
"""Bytes, and share of the disk, of which both must be free no more before somebody is told."""


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
            title=f"{count(facts.lost, 'decision')} could not be written down",
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
            title=f"{count(total, 'decision')} of the last hour fell back",
            words=f"What was missing, most often in “{slot}”: {why}. Customers saw what is popular, or nothing.",
            action="See what was decided",
            link=f"/decisions?tab=recorded&slot={quote(slot)}",
            command="",
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
            command="shopkeeper user add NAME --role owner",
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
