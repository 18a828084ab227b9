"""The lift in words: what treating customers changed, interval first, or why that cannot be said and what to do."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.money import digits, format_money
from shopkeeper.flows.report import LiftLine, LiftReport
from shopkeeper.measure.lift import FEWEST, SAMPLE_RATIO_ALPHA

_LABELS = {
    "net revenue": "Revenue, less returns",
    "net margin": "Margin, less returns",
    "orders": "Orders",
    "coupons redeemed": "Coupons redeemed",
}
_VERDICTS = {
    "higher": "The whole interval lies above zero.",
    "lower": "The whole interval lies below zero.",
    "not shown": "The interval holds zero, so chance alone may explain the difference.",
    "needs more data": f"Below {FEWEST} customers in an arm no verdict is given.",
    "not to be trusted": "The arms are not as large as declared.",
}
JOINED = "\u2060"
"""Unicode's word joiner."""
NO_HOLDOUT = (
    "No holdout is declared, so there is nobody to compare with. Set holdout.share in shop.yaml, 0.05 for one customer "
    "in twenty, and apply it: from then on those customers get no personal answers, and the difference is measured."
)


class LiftRow(msgspec.Struct, frozen=True, kw_only=True):
    """One figure per customer, treated against holdout, ready to be shown.

    difference, low, high: For drawing, in major units, the interval of 95 %. The texts say the same for people.
    relative: The difference as a share of the holdout's mean, with its interval; empty where that mean is near 0.
    verdict: `higher`, `lower`, `not shown`, `needs more data` or `not to be trusted`; `words` is its sentence.
    """

    figure: str
    label: str
    unit: str
    difference: float
    low: float
    high: float
    treated_text: str
    holdout_text: str
    difference_text: str
    interval_text: str
    relative: str
    verdict: str
    words: str


class LiftView(msgspec.Struct, frozen=True, kw_only=True):
    """What treating customers changed in the last days.

    computing: Whether a newer report is being made; ask again in a second or two.
    as_of: When what is shown was computed, None where nothing is yet.
    headline: The first figure in one sentence. people: Who was compared, in one sentence.
    warning: That the sample ratio is off, to be shown before all else; empty where it is not.
    unavailable: Why there is nothing to show and what to do; empty where there is.
    """

    days: int
    computing: bool
    as_of: datetime | None
    headline: str
    people: str
    warning: str
    unavailable: str
    rows: tuple[LiftRow, ...]


def without_rows(*, days: int, computing: bool, as_of: datetime | None = None, unavailable: str = "") -> LiftView:
    """Say why there is nothing to show: it is being made, or cannot be."""
    return LiftView(
        days=days,
        computing=computing,
        as_of=as_of,
        headline="",
        people="",
        warning="",
        unavailable=unavailable,
        rows=(),
    )


def lift_view(report: LiftReport, definitions: Definitions, *, computing: bool) -> LiftView:
    """Put a report into words."""
    currency = definitions.shop.currency
    rows = tuple(_row(line, currency) for line in report.lines)
    off = report.sample_ratio_p is not None and report.sample_ratio_p < SAMPLE_RATIO_ALPHA
    people = (
        f"{report.treated:,} treated customers and {report.holdout:,} held out ({report.share:.0%} declared), over the "
        f"last {report.days} days. Everybody counts, with zero where there was nothing."
    )
    if report.crossed:
        people += f" {report.crossed:,} were answered by both arms, as identifiers met; they count in the first."
    return LiftView(
        days=report.days,
        computing=computing,
        as_of=report.until,
        headline=_headline(rows[0], report.days) if rows else "",
        people=people,
        warning=_warning(report) if off else "",
        unavailable="",
        rows=rows,
    )


def _warning(report: LiftReport) -> str:
    found = report.holdout / (report.treated + report.holdout)
    return (
        f"{found:.1%} of the customers are held out where {report.share:.0%} are declared. That is hardly chance: do "
        "not trust the figures below before it is known why."
    )


def _row(line: LiftLine, currency: str) -> LiftRow:
    write = _writer(line.unit, currency)
    return LiftRow(
        figure=line.figure,
        label=_LABELS.get(line.figure, line.figure),
        unit=line.unit,
        difference=line.difference,
        low=line.low,
        high=line.high,
        treated_text=write(line.treated),
        holdout_text=write(line.holdout),
        difference_text=_signed(line.difference, write),
        interval_text=f"{_signed(line.low, write)} to {_signed(line.high, write)}",
        relative=_relative(line),
        verdict=line.verdict,
        words=_VERDICTS[line.verdict],
    )


def _writer(unit: str, currency: str) -> Callable[[float], str]:
    if unit == currency:
        scale = 10 ** digits(currency)
        return lambda value: format_money(round(value * scale), currency)
    return "{:,.3f}".format


def _signed(value: float, write: Callable[[float], str]) -> str:
    """Write a figure with its sign, which no line is broken after."""
    text = write(abs(value))
    return text if text == write(0) else f"{'+' if value > 0 else '−'}{JOINED}{text}"


def _relative(line: LiftLine) -> str:
    if line.relative is None:
        return ""
    middle, low, high = (f"{'+' if part >= 0 else '−'}{abs(part):.1%}" for part in line.relative)
    return f"{middle} ({low} to {high})"


def _headline(row: LiftRow, days: int) -> str:
    """Say the first figure in one sentence; only a verdict that the interval bears out is said as a fact."""
    each = f"each in the last {days} days, 95 % interval {row.interval_text}"
    if row.verdict == "higher":
        return f"Treated customers brought {row.difference_text.lstrip('+' + JOINED)} more {each}."
    if row.verdict == "lower":
        return f"Treated customers brought {row.difference_text.lstrip('−' + JOINED)} less {each}."
    if row.verdict == "not to be trusted":
        return "The comparison cannot be trusted: the arms are not as large as declared."
    if row.verdict == "needs more data":
        return f"Too few customers to say what treatment changes; so far {row.difference_text} {each}."
    return f"No difference is shown yet: {row.difference_text} {each}."
