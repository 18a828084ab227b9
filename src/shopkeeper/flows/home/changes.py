"""What is different today: a calm list of figures, each beside yesterday's and the usual one."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from urllib.parse import quote

import msgspec

from shopkeeper.core.definitions import AppliedVersion, Definitions
from shopkeeper.core.event import ORDER_COMPLETED
from shopkeeper.core.model import Manifest
from shopkeeper.core.money import digits, format_money
from shopkeeper.engines.activity import Activity, Span, Tally
from shopkeeper.flows.home.usual import Hours, compare
from shopkeeper.flows.model_cards import title_of
from shopkeeper.flows.watch import ENTERED, EXITED

SHOWN_DAYS = 14
"""Days of the small curve beside a figure."""
MOVERS = 4
DECIDED, SHOWN, REDEEMED = "Decision Made", "Offer Shown", "Offer Redeemed"
Figures = list[float]
Some = Sequence[float | None]


class Mover(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a figure: a segment, a version, a model; `link` is where the console shows it."""

    label: str
    text: str
    link: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of today.

    text: As people read it. yesterday, usual: The same by this time yesterday, and against the usual for this weekday,
    in words; empty where a comparison says nothing. way: `up`, `down` or `same` against the usual.
    days: The figure by this time of day on each of the last 14 days, oldest first, today last, None where
    there was none to be had; empty without a curve.
    link: Where the console shows what was counted.
    """

    code: str
    label: str
    text: str
    yesterday: str
    usual: str
    way: str
    days: tuple[float | None, ...]
    link: str
    movers: tuple[Mover, ...]


class Counted:
    """The figures of 29 days, today's first.

    Args:
        first_day: The day of the shop's first event, since 1970.
    """

    def __init__(self, activity: Activity, hours: Sequence[Hours]) -> None:
        spans = [Span(one.low, one.high, one.number, one.number) for one in hours]
        self.hours = hours
        self.tallies = activity.count(spans)
        self.first_seen = activity.first_seen(spans)
        first = activity.first_day()
        self.known = 0 if first is None else sum(one.number >= first for one in hours)

    def figures(self, of: Callable[[Tally], float], *names: str) -> Figures:
        """Sum something over the events of some names, or of all, for each day."""
        found: Figures = [0.0] * len(self.hours)
        for one in self.tallies:
            if not names or one.name in names:
                found[one.span] += of(one)
        return found

    def today_by_segment(self, name: str) -> dict[str, int]:
        """Count today's events of a name by segment."""
        return {one.segment: one.events for one in self.tallies if one.span == 0 and one.name == name}


def changes(
    counted: Counted,
    definitions: Definitions,
    *,
    applied: Sequence[AppliedVersion],
    models: Sequence[tuple[Manifest, datetime]],
) -> tuple[Change, ...]:
    """List what is different today.

    Args:
        applied: The versions of the definitions that were put in force today, newest first.
        models: What was put in force today, and when.
    """
    currency = definitions.shop.currency

    def money(amount: float) -> str:
        return format_money(round(amount * 10 ** digits(currency)), currency)

    scale = 10 ** digits(currency)
    events, first = counted.figures(_events), [float(counted.first_seen.get(i, 0)) for i in range(len(counted.hours))]
    made, personal = counted.figures(_events, DECIDED), counted.figures(lambda one: one.personal, DECIDED)
    share = [100 * part / whole if whole else None for part, whole in zip(personal, made, strict=True)]
    listed = [
        _change(
            counted, "orders", "Orders", counted.figures(_events, ORDER_COMPLETED), link=_events_of(ORDER_COMPLETED)
        ),
        _change(
            counted,
            "sales",
            "Sales, before returns",
            [total / scale for total in counted.figures(lambda one: one.total, ORDER_COMPLETED)],
            write=money,
            link=_events_of(ORDER_COMPLETED),
        ),
        _change(counted, "new_customers", "New customers", first, link="/customers"),
        _change(counted, "decisions", "Decisions made", made, link="/decisions?tab=recorded"),
        _change(
            counted, "personal", "Decisions that were personal", share, write=_percent, link="/decisions?tab=recorded"
        ),
        _change(counted, "offers_shown", "Offers shown", counted.figures(_events, SHOWN), link=_events_of(SHOWN)),
        _change(
            counted, "offers_redeemed", "Offers redeemed", counted.figures(_events, REDEEMED), link=_events_of(REDEEMED)
        ),
        _change(counted, "events", "Events, all together", events, link="/live"),
    ]
    return (*listed, _segments(counted), _applied(applied), _models(models))


def _change(
    counted: Counted,
    code: str,
    label: str,
    figures: Some,
    *,
    link: str,
    write: Callable[[float], str] = "{:,.0f}".format,
) -> Change:
    weekday = f"{counted.hours[0].day:%A}"
    found = compare(figures, known=counted.known, weekday=weekday, write=write)
    shown = figures[: min(SHOWN_DAYS, max(1, counted.known))]
    return Change(
        code=code,
        label=label,
        text="–" if figures[0] is None else write(figures[0]),
        yesterday=found.yesterday,
        usual=found.usual,
        way=found.way,
        days=tuple(None if figure is None else round(figure, 2) for figure in reversed(shown)),
        link=link,
        movers=(),
    )


def _moves(code: str, label: str, text: str, link: str, movers: Iterable[Mover]) -> Change:
    """Make a line that is no figure, but lists what moved."""
    return Change(
        code=code,
        label=label,
        text=text,
        yesterday="",
        usual="",
        way="same",
        days=(),
        link=link,
        movers=tuple(movers)[:MOVERS],
    )


def _segments(counted: Counted) -> Change:
    entered, left = counted.today_by_segment(ENTERED), counted.today_by_segment(EXITED)
    moved = sorted(entered.keys() | left.keys(), key=lambda name: (-entered.get(name, 0) - left.get(name, 0), name))
    movers = [
        Mover(label=name, text=_moved(entered.get(name, 0), left.get(name, 0)), link=f"/segments/{quote(name)}")
        for name in moved
    ]
    text = f"{sum(entered.values()):,} entered, {sum(left.values()):,} left"
    return _moves("segments", "Segments", text, "/segments", movers)


def _moved(entered: int, left: int) -> str:
    return ", ".join([*([f"+{entered:,}"] if entered else []), *([f"−{left:,}"] if left else [])])


def _applied(applied: Sequence[AppliedVersion]) -> Change:
    text = f"{len(applied)} applied" if applied else "none applied"
    movers = [Mover(label=f"Version {one.number}", text=f"by {one.who}", link="/segments") for one in applied]
    return _moves("definitions", "Definitions", text, "/segments", movers)


def _models(models: Sequence[tuple[Manifest, datetime]]) -> Change:
    text = f"{len(models)} put in force" if models else "none put in force"
    movers = [
        Mover(
            label=title_of(one.name),
            text=f"trained {one.trained_at:%-d %B %Y}",
            link=f"/models?model={quote(one.name)}",
        )
        for one, _ in models
    ]
    return _moves("models", "Models", text, "/models", movers)


def _events(one: Tally) -> float:
    return one.events


def _events_of(name: str) -> str:
    return f"/live?name={quote(name)}"


def _percent(share: float) -> str:
    return f"{share:.0f} %"
