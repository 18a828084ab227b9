"""How a benchmark is written and judged.

A module of this package holds functions such as

    @bench("decide.http")
    def decide_http() -> Row | list[Row]: ...

Heavy imports belong inside the function. Every benchmark runs in a process of its own, so that the memory and the
warm caches of one never flatter another.
"""

import ast
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
NOT_RUN = "not run"


class Row(NamedTuple):
    """One figure.

    baseline: The peer, measured in the same run; `ratio` is figure / baseline.
    mark: What must be reached, in words (`< 120 s`), or why the row was not run.
    met: Whether it was; None where there is no mark, or no figure.
    """

    name: str
    figure: float | None
    unit: str
    baseline: float | None
    ratio: float | None
    mark: str
    met: bool | None


Benchmark = Callable[[], Row | Sequence[Row]]
_registry: dict[str, Benchmark] = {}


def bench(name: str) -> Callable[[Benchmark], Benchmark]:
    """Register a benchmark; `name` must be a literal, so that it is found without importing its module."""

    def register(function: Benchmark) -> Benchmark:
        _registry[name] = function
        return function

    return register


def row(
    name: str,
    figure: float,
    unit: str,
    *,
    baseline: float | None = None,
    at_most: float | None = None,
    at_least: float | None = None,
) -> Row:
    """Judge a figure against its mark: `at_most`, `at_least`, both or neither."""
    marks = []
    if at_least is not None:
        marks.append((f"≥ {at_least:g} {unit}".rstrip(), figure >= at_least))
    if at_most is not None:
        marks.append((f"≤ {at_most:g} {unit}".rstrip(), figure <= at_most))
    return Row(
        name=name,
        figure=figure,
        unit=unit,
        baseline=baseline,
        ratio=figure / baseline if baseline else None,
        mark=", ".join(text for text, _ in marks),
        met=all(met for _, met in marks) if marks else None,
    )


def missing(name: str, why: str) -> Row:
    """Say that a row was not run, and why: it is never met."""
    return Row(name, None, "", None, None, f"{NOT_RUN}: {why}", None)


def bench_data() -> Path:
    """Return the folder of public data sets; it need not exist, and then the rows that need it say `not run`."""
    default = HERE.parent.parent / "shared" / "data"
    return Path(os.environ.get("SHOPKEEPER_BENCH_DATA", default))


def run(name: str) -> list[Row]:
    """Run one registered benchmark in this process and return its rows."""
    found = _registry[name]()
    return [found] if isinstance(found, Row) else list(found)


def names(folder: Path = HERE) -> dict[str, str]:
    """Return each benchmark's name and the module that holds it, read from the sources without importing them."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                found.update({name: path.stem for name in map(_bench_name, node.decorator_list) if name})
    return found


def _bench_name(decorator: ast.expr) -> str | None:
    match decorator:
        case ast.Call(func=ast.Name(id="bench"), args=[ast.Constant(value=str(name))]):
            return name
    return None
