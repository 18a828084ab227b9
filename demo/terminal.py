"""What the demo shows in the terminal: tables, one household's page, before and after."""

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from demo.result import Coupons, Household, Pick, Played, Score
from demo.words import (
    ANYWAY_HEADINGS,
    COUPON_HEADINGS,
    LEVELS,
    PICK_HEADINGS,
    SCORE_HEADINGS,
    anyway_rows,
    coupon_rows,
    coupon_sentences,
    pick_rows,
    score_rows,
    titles,
)

SCORES = ("method", "NDCG@10", "ahead by", "hit rate", "coverage", "diversity")
"""What of the report's columns fits a terminal."""
PICKS = 5


def recommendation_table(level: str, methods: dict[str, Score]) -> Table:
    """Lay out how well each method ranked at one level."""
    title = f"{LEVELS[level]}, {methods['shopkeeper'].customers:,} households"
    columns = [SCORE_HEADINGS.index(heading) for heading in SCORES]
    return _figures(title, SCORES, ([row[column] for column in columns] for row in score_rows(methods)))


def coupon_group(coupons: Coupons) -> Group:
    """Lay out what share of the coupons' cost goes into what would be bought anyway, and how sure that is."""
    title = "Coupon cost spent on what would be bought anyway"
    said = [Text(f"• {sentence}") for sentence in coupon_sentences(coupons)]
    return Group(_figures(title, ANYWAY_HEADINGS, anyway_rows(coupons)), *said)


def household_panel(page: Household) -> Panel:
    """Lay out one household's page."""
    facts = Table.grid(padding=(0, 2))
    for label, value in page.facts:
        facts.add_row(Text(label, style="dim"), Text(value))
    segments = Text(", ".join(page.segments) or "none", style="cyan")
    facts.add_row(Text("segments", style="dim"), segments)
    picks = _words("What to put in front of them next", PICK_HEADINGS, pick_rows(page.picks[:PICKS], reasons=1))
    coupons = _words("Coupons", COUPON_HEADINGS, coupon_rows(page.coupons, reasons=1))
    return Panel(Group(facts, Text(), picks, Text(), coupons), title=f"[bold]{page.name}", border_style="green")


def played_panel(played: Played) -> Panel:
    """Lay out a household's answer before and after its basket was scanned."""
    asked = f"coupons changed for {played.changed} of {played.asked} households asked"
    basket = Text.assemble(
        f"{played.baskets:,} baskets scanned; {asked}.\n", ("The basket: ", "dim"), ", ".join(played.basket)
    )
    recommendations = Columns(
        [_titles("next, before", played.before, played.after), _titles("next, after", played.after, played.before)],
        padding=(0, 4),
    )
    coupons = Columns(
        [
            _titles("coupons, before", played.coupons_before, played.coupons_after),
            _titles("coupons, after", played.coupons_after, played.coupons_before),
        ],
        padding=(0, 4),
    )
    return Panel(Group(basket, Text(), recommendations, Text(), coupons), title=f"[bold]{played.name}, the next second")


def show(console: Console, parts: Iterable[RenderableType]) -> None:
    """Print parts one below the other."""
    for part in parts:
        console.print(part)
        console.print()


def _figures(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Lay out figures, the first row ours."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for i, heading in enumerate(headings):
        table.add_column(heading, justify="right" if i else "left")
    for i, row in enumerate(rows):
        table.add_row(*row, style=None if i else "bold green")
    return table


def _words(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="dim")
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _titles(title: str, picks: Sequence[Pick], other: Sequence[Pick]) -> Table:
    """List titles; one that the other side does not have is marked."""
    there = {pick.title for pick in other}
    table = Table(title=title, title_justify="left", box=None, show_header=False)
    for pick, text in zip(picks, titles(picks), strict=True):
        table.add_row(Text(text, style="" if pick.title in there else "bold yellow"))
    return table
