"""`python -m demo`: what `make demo` runs."""

from pathlib import Path

import click
from rich.console import Console

from demo.foreground import own_foreground
from demo.run import Demo

ROOT = Path("build/demo")


@click.command()
@click.option("--quick", is_flag=True, help="Take 300 households.")
@click.option("--serve/--no-serve", default=True, help="Serve the API at the end, until Ctrl-C.")
def main(*, quick: bool, serve: bool) -> None:
    """Run Shopkeeper's main job on a real grocery chain's year."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 110
    with own_foreground():
        try:
            Demo(ROOT, console, quick=quick).run(serve=serve)
        except KeyboardInterrupt:
            console.print("\nStopped.")


if __name__ == "__main__":
    main()
