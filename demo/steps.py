"""Steps: named, timed, and the commands among them shown as anybody would type them."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from io import StringIO
from time import perf_counter

import click
from rich.console import Console

from shopkeeper.cli.main import cli


class Steps:
    """Says what is being done and how long each step took; `seconds` by name."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, *, why: str) -> Iterator[None]:
        """Announce a step and time it."""
        self.console.rule(f"[bold]{why}", align="left", style="dim")
        started = perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - started
        self.console.print(f"[dim]{self.seconds[name]:.1f} s[/]\n")

    def shopkeeper(self, *words: str, brief: bool = False) -> None:
        """Run one command of the command line in this process.

        Args:
            brief: Show the last line that it prints only.

        Raises: ClickException: it failed.
        """
        self.console.print(f"[dim]$[/] shopkeeper {' '.join(words)}", style="cyan", highlight=False, soft_wrap=True)
        said = StringIO()
        with redirect_stdout(said) if brief else nullcontext():
            code = cli.main([*words], prog_name="shopkeeper", standalone_mode=False)
        if brief:
            self.console.print(said.getvalue().rstrip().rpartition("\n")[2], markup=False)
        if code:
            raise click.ClickException(f"`shopkeeper {' '.join(words)}` ended with {code}")
