"""Mistakes in a shop's folder: where, what came, what was expected, how to mend it; all of them at once."""

from collections.abc import Iterable
from typing import NamedTuple

from shopkeeper.core.errors import BadInput, nearest
from shopkeeper.flows.definitions.node import Node

_SHOWN = 60
"""Characters of a wrong value that a message repeats."""
_LISTED = 100
"""Mistakes that the message lists; `mistakes` has them all."""


class Mistake(NamedTuple):
    """One mistake.

    path: Where in the file, `lapsing.where`; empty for the file as a whole.
    line, column: Counted from 1; None where the mistake is no place's, such as a missing file.
    came, expected: What stands there and what should; `expected` is empty where `came` says it all.
    hint: The nearest right name, as a clause, or empty.
    """

    file: str
    path: str
    line: int | None
    column: int | None
    came: str
    expected: str = ""
    hint: str = ""

    def __str__(self) -> str:
        """Write `segments.yaml: lapsing.where: unknown trait 'order_90d', did you mean 'orders_90d'? (line 3:12)`."""
        place = ": ".join(part for part in (self.file, self.path) if part)
        wish = self.hint or (f", must be {self.expected}" if self.expected else "")
        spot = f" (line {self.line}:{self.column})" if self.line is not None else ""
        first, newline, sketch = self.came.partition("\n")
        return f"{place}: {first}{wish}{spot}{newline}{sketch}"


class DefinitionErrors(BadInput):
    """A shop's folder that cannot be used; `mistakes` holds every one, in order of file and line."""

    code = "bad_definitions"

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        lines = [str(mistake) for mistake in self.mistakes[:_LISTED]]
        if len(self.mistakes) > _LISTED:
            lines.append(f"and {len(self.mistakes) - _LISTED} more")
        super().__init__("\n".join(lines))


class Mistakes:
    """Gathers mistakes while the rest is still being read."""

    def __init__(self) -> None:
        self._found: list[Mistake] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def extend(self, other: "Mistakes") -> None:
        """Take over what another gathered."""
        self._found += other._found

    def at(self, node: Node, came: str, *, expected: str = "", hint: str = "") -> None:
        """Note a mistake at a node."""
        self._found.append(Mistake(node.file, node.path, node.line, node.column, came, expected, hint))

    def in_file(
        self, file: str, came: str, *, expected: str = "", hint: str = "", line: int | None = None, column: int = 1
    ) -> None:
        """Note a mistake of a whole file, or at a line that belongs to no node."""
        self._found.append(Mistake(file, "", line, None if line is None else column, came, expected, hint))

    def unknown(self, node: Node, noun: str, name: str, known: Iterable[str]) -> None:
        """Note a name that nothing has: a field, a trait, a purpose."""
        names = sorted(known)
        self.at(node, f"unknown {noun} {name[:_SHOWN]!r}", expected=one_of(names), hint=nearest(name, names))

    def value(self, node: Node, expected: str, *, hint: str = "") -> None:
        """Note a value that is not what was expected."""
        self.at(node, came(node), expected=expected, hint=hint)

    def among(self, files: Iterable[str]) -> bool:
        """Tell whether any mistake was found in some files."""
        wanted = set(files)
        return any(mistake.file in wanted for mistake in self._found)

    def raise_any(self) -> None:
        """Raise what was found, if anything. Raises: DefinitionErrors."""
        if self._found:
            order = sorted(set(self._found), key=lambda m: (m.file, m.line or 0, m.column or 0, str(m)))
            raise DefinitionErrors(order)


def one_of(names: Iterable[str]) -> str:
    """Write a choice: `one of 'best', 'explore'`, or `'best'` where there is no other."""
    written = [repr(name) for name in names]
    if not written:
        return "left out: there are none"
    return written[0] if len(written) == 1 else "one of " + ", ".join(written)


def came(node: Node) -> str:
    """Say what stands at a node, in a few words."""
    value = node.value
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {value[:_SHOWN]!r}"
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a list" if isinstance(value, list) else "a mapping"
