"""Read the fenced blocks out of the documents."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md")]
DOCUMENTS += sorted((ROOT / "docs").rglob("*.md"))
_FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One fenced block; `line` is that of its first line of text, `marks` what stands after the language."""

    path: Path
    line: int
    language: str
    marks: tuple[str, ...]
    text: str

    @property
    def file(self) -> str | None:
        """The name under which the document says to save the block: marked `file=shop.yaml`."""
        return next((mark.removeprefix("file=") for mark in self.marks if mark.startswith("file=")), None)

    def __str__(self) -> str:
        return f"{name(self.path)}:{self.line}"


def blocks(path: Path) -> list[Block]:
    """Return a document's fenced blocks, in order."""
    text = path.read_text()
    return [
        Block(path, text.count("\n", 0, match.start(3)) + 1, match[1], tuple(match[2].split()), match[3])
        for match in _FENCE.finditer(text)
    ]


def commands(block: Block) -> list[list[str]]:
    """Return what a console block types after `$`, backslash continuations joined, comments left out."""
    joined = block.text.replace("\\\n", " ")
    return [shlex.split(line[2:], comments=True) for line in joined.splitlines() if line.startswith("$ ")]


def name(path: Path) -> str:
    """Return a document's path from the top of the repository, to name a test."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def prose() -> str:
    """Return all documents as one text."""
    return "\n".join(path.read_text() for path in DOCUMENTS)
