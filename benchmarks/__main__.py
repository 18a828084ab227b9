"""`python -m benchmarks [PREFIX]`: run the benchmarks, print a table, write build/bench.json."""

import json
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import click
from rich.console import Console, JustifyMethod
from rich.table import Table

from benchmarks.harness import NOT_RUN, Row, names, run

OUT = Path("build/bench.json")


@click.command()
@click.argument("only", default="")
@click.option("--rows-to", type=click.Path(path_type=Path), help="Run exactly ONLY here and write its rows as JSON.")
def main(only: str, rows_to: Path | None) -> None:
    """Run every benchmark whose name starts with ONLY, each in a process of its own."""
    known = names()
    if rows_to is not None:
        import_module(f"benchmarks.{known[only]}")
        rows_to.write_text(json.dumps([result._asdict() for result in run(only)]))
        return
    chosen = [name for name in known if name.startswith(only)]
    if not chosen:
        raise click.BadParameter(f"{only!r} starts no benchmark's name; there are {', '.join(known) or 'none'}")
    console = Console(stderr=True)
    rows: list[Row] = []
    OUT.parent.mkdir(exist_ok=True)
    for name in chosen:
        with console.status(f"{name} …"):
            rows.extend(_apart(name))
        OUT.write_text(json.dumps([result._asdict() for result in rows], indent=1) + "\n")
    shown = Console()
    if not shown.is_terminal:
        shown.width = 160
    shown.print(_table(rows))
    if left_out := [name for name in known if name not in chosen]:
        click.echo(f"not run, left out by {only!r}: {', '.join(left_out)}")
    click.echo(f"written to {OUT}")
    sys.exit(any(result.met is False for result in rows))


def _apart(name: str) -> list[Row]:
    """Run one benchmark in a child; one that breaks is a row that is not met."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "rows.json"
        done = subprocess.run([sys.executable, "-m", "benchmarks", name, "--rows-to", out], check=False)  # noqa: S603 (our own interpreter)
        if done.returncode or not out.exists():
            return [Row(name, None, "", None, None, f"failed: exit {done.returncode}", False)]
        return [Row(**fields) for fields in json.loads(out.read_text())]


def _table(rows: list[Row]) -> Table:
    table = Table(title="Benchmarks")
    for heading in ("name", "figure", "unit", "baseline", "ratio", "mark", "met"):
        justify: JustifyMethod = "right" if heading in {"figure", "baseline", "ratio"} else "left"
        table.add_column(heading, justify=justify, no_wrap=heading != "mark")
    for result in rows:
        words = {True: "[green]met[/]", False: "[red]not met[/]", None: ""}
        met = NOT_RUN if result.mark.startswith(NOT_RUN) else words[result.met]
        figures = [_figure(result.figure), result.unit, _figure(result.baseline), _figure(result.ratio)]
        table.add_row(result.name, *figures, result.mark, met)
    return table


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


if __name__ == "__main__":
    main()
