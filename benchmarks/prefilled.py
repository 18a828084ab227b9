"""`shopkeeper` over a log that was filled just now, without what would be minutes of work beside the measurement."""

import sys
from pathlib import Path

from shopkeeper.api import workers
from shopkeeper.app import App
from shopkeeper.cli.main import main
from shopkeeper.flows.crowd import Crowd
from shopkeeper.flows.tour.guide import Guide

_command_of = workers.command_of


async def _nothing(_app: App) -> int:
    return 0


def _again(folder: Path, host: str | None) -> list[str]:
    """Start workers as this program, too."""
    executable, _, _, *words = _command_of(folder, host)
    return [executable, "-m", "benchmarks.prefilled", *words]


if __name__ == "__main__":
    for whole, work in ((App, "feed_lake"), (Crowd, "ready"), (Guide, "ready")):
        setattr(whole, work, _nothing if work == "feed_lake" else lambda _whole: None)
    workers.command_of = _again
    sys.argv[0] = "shopkeeper"
    main()
