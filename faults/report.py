"""What an experiment found, and how it is shown."""

from collections.abc import Sequence

import msgspec
from rich.markup import escape
from rich.table import Table


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one experiment found.

    figures: What was done and seen, by name. problems: Each promise that did not hold; empty: all did. skipped: Why it
    was not run. note: What a reader should know of how it was run.
    """

    experiment: str
    store: str
    figures: dict[str, float] = {}
    problems: tuple[str, ...] = ()
    skipped: str = ""
    note: str = ""

    @property
    def held(self) -> bool:
        """Whether everything that was promised held."""
        return not self.problems and not self.skipped


def table_of(findings: Sequence[Finding]) -> Table:
    """Lay out findings, one a row."""
    table = Table(title="Faults", title_justify="left")
    for heading in ("experiment", "store", "figures", "held"):
        table.add_column(heading, overflow="fold")
    for one in findings:
        figures = "  ".join(f"{name} {value:,.4g}" for name, value in one.figures.items())
        words = [figures, *one.problems, one.note] if not one.skipped else [f"not run: {one.skipped}"]
        held = "[yellow]not run[/]" if one.skipped else "[green]held[/]" if one.held else "[red]BROKEN[/]"
        table.add_row(one.experiment, one.store, escape("\n".join(word for word in words if word)), held)
    return table
