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


def blocks(path: Path, language: str) -> list[Block]:
    """Return a document's blocks of one language, in order."""
    text = path.read_text()
    found = []
    for match in _FENCE.finditer(text):
        if match[1] == language:
            line = text.count("\n", 0, match.start(3)) + 1
            found.append(Block(path, line, match[1], tuple(match[2].split()), match[3]))
    return found


def commands(block: Block) -> list[list[str]]:
    """Return what a console block types after `$`, backslash continuations joined, comments left out."""
    joined = block.text.replace("\\\n", " ")
    return [shlex.split(line[2:], comments=True) for line in joined.splitlines() if line.startswith("$ ")]


def name(path: Path) -> str:
    """Return a document's path from the top of the repository, to name a test."""
    return str(path.relative_to(ROOT))


def prose() -> str:
    """Return all documents as one text."""
    return "\n".join(path.read_text() for path in DOCUMENTS)
