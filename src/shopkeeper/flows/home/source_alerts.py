"""Alerts about what sources send: rows that wait, silence, other shapes, personal data, one value for many people."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from shopkeeper.flows.home.alert import Alert, Facts, count

_KINDS: Mapping[str, str] = {
    "email": "An e-mail address",
    "phone": "A telephone number",
    "user_id": "A user id",
    "anonymous_id": "A visitor's cookie",
}


def quarantined(facts: Facts) -> Iterator[Alert]:
    """Rows wait."""
    if facts.quarantined:
        total = sum(facts.quarantined.values())
        (origin, code), _ = max(facts.quarantined.items(), key=lambda one: one[1])
        yield Alert(
            code="quarantine",
            severity="warning",
            title=f"{count(total, 'row')} wait{'s' if total == 1 else ''} in quarantine",
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
        more = f" {count(rest, 'other')} did the like." if rest else ""
        yield Alert(
            code="crowded",
            severity="warning",
            title=f"{what} was about to join {worst.refused:,} more customers; it joins nobody further",
            words="Many may be giving the same value: a placeholder, an address of the shop's own, a shared device. "
            f"Put it under identifiers.{worst.kind}.blocked of shop.yaml and take apart what it joined; "
            f"or raise a limit, if all are one.{more}",
            action="See whom it would have joined",
            link=f"/customers/{quote(worst.part)}?tab=identity",
            command=f"shopkeeper customer show {worst.part}",
        )


def _by_source(said: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source, sentence in said:
        found.setdefault(source, []).append(sentence)
    return found


def _more(said: list[str]) -> str:
    return f" And {len(said) - 1:,} more." if len(said) > 1 else ""
