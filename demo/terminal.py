"""What the demo shows in the terminal: tables, one household's page, before and after."""

from collections.abc import Iterable, Sequence

from rich.columns import Columns
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from demo.report import CHOOSERS, LEVELS, METHODS
from demo.result import Anyway, Household, Pick, Played, Score


def recommendation_table(level: str, methods: dict[str, Score]) -> Table:
    """Lay out how well each method ranked at one level."""
    table = Table(title=f"{LEVELS[level]}, {methods['shopkeeper'].customers:,} households", title_justify="left")
    for heading in ("method", "NDCG@10", "95 % interval", "hit rate", "coverage", "diversity", "Shopkeeper ahead by"):
        table.add_column(heading, justify="left" if heading == "method" else "right")
    for name in METHODS:
        if name in methods:
            score = methods[name]
            ahead = "" if score.ahead is None else "{:+.3f} ({:+.3f} to {:+.3f})".format(*score.ahead)
            figures = (f"{score.ndcg:.3f}", f"{score.low:.3f} to {score.high:.3f}", f"{score.hit:.1%}")
            rest = (f"{score.coverage:.1%}", f"{score.diversity:.3f}", ahead)
            table.add_row(METHODS[name], *figures, *rest, style="bold green" if name == "shopkeeper" else None)
    return table


def coupon_table(sides: dict[str, Anyway]) -> Table:
    """Lay out what share of the coupons' cost went into what would have been bought anyway."""
    table = Table(title="Coupon cost spent on what would have been bought anyway", title_justify="left")
    for heading in ("coupons chosen by", "share", "95 % interval", "expected cost", "coupons", "households"):
        table.add_column(heading, justify="left" if heading == "coupons chosen by" else "right")
    for who, side in sides.items():
        table.add_row(
            CHOOSERS[who],
            f"{side.share:.1%}",
            f"{side.low:.1%} to {side.high:.1%}",
            f"${side.cost / 100:,.2f}",
            f"{side.coupons:,}",
            f"{side.households:,}",
            style="bold green" if who == "shopkeeper" else None,
        )
    return table


def household_panel(page: Household) -> Panel:
    """Lay out one household's page."""
    facts = Table.grid(padding=(0, 2))
    for label, value in page.facts:
        facts.add_row(Text(label, style="dim"), Text(value))
    segments = Text(", ".join(page.segments) or "none", style="cyan")
    facts.add_row(Text("segments", style="dim"), segments)
    picks, coupons = _picks("What to put in front of them next", page.picks), _coupons("Coupons", page.coupons)
    return Panel(Group(facts, Text(), picks, Text(), coupons), title=f"[bold]{page.name}", border_style="green")


def played_panel(played: Played) -> Panel:
    """Lay out a household's answer before and after its basket was scanned."""
    basket = Text.assemble(("The till scans: ", "dim"), ", ".join(played.basket))
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


def show(console: Console, parts: Iterable[Table | Panel]) -> None:
    """Print parts one below the other."""
    for part in parts:
        console.print(part)
        console.print()


def _picks(title: str, picks: Sequence[Pick]) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="dim")
    table.add_column("item")
    table.add_column("why")
    for pick in picks:
        table.add_row(Text(pick.title), Text("; ".join(pick.reasons)))
    return table


def _coupons(title: str, picks: Sequence[Pick]) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="dim")
    for heading in ("coupon", "role", "costs", "bought anyway", "why"):
        table.add_column(heading)
    for pick in picks:
        anyway = "" if pick.p_anyway is None else f"{pick.p_anyway:.0%}"
        table.add_row(Text(pick.title), pick.role, pick.cost, anyway, Text("; ".join(pick.reasons)))
    return table


def _titles(title: str, picks: Sequence[Pick], other: Sequence[Pick]) -> Table:
    """List titles; one that the other side does not have is marked."""
    there = {pick.title for pick in other}
    table = Table(title=title, title_justify="left", box=None, show_header=False)
    for pick in picks:
        text = f"{pick.title} ({pick.role})" if pick.role else pick.title
        table.add_row(Text(text, style="" if pick.title in there else "bold yellow"))
    return table
