"""What a document shows works, from top to bottom, in an empty folder.

A block marked `file=NAME` is saved there, every Python block runs, and so does a console block marked `run`.
"""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.docs.blocks import DOCUMENTS, Block, blocks, commands, name
from tests.forked import Forked


def works(block: Block) -> bool:
    return block.language == "python" or block.file is not None or "run" in block.marks


WORKING = [path for path in DOCUMENTS if any(works(block) for block in blocks(path))]


def run_all(path: Path) -> None:
    """Run the blocks of one document here and in one namespace: a later one goes on from an earlier one."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in filter(works, blocks(path)):
        if block.file is not None:
            target = Path(block.file)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text)
        elif block.language == "python":
            padded = "\n" * (block.line - 1) + block.text
            exec(compile(padded, str(path), "exec"), namespace)  # noqa: S102 (our own documents)
        else:
            run_commands(block)


def run_commands(block: Block) -> None:
    beside = str(Path(sys.executable).parent)
    environment = os.environ | {"PATH": os.pathsep.join([beside, os.environ["PATH"]])}
    for words in commands(block):
        if words[0] == "cd":
            os.chdir(words[1])
            continue
        if words[0] == "shopkeeper":
            with closing(Forked(words[1:], environ=environment)) as process:
                out, errors = process.communicate()
                code = process.wait()
        else:
            done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
            code, out, errors = done.returncode, done.stdout, done.stderr
        assert code == 0, f"{block}: {' '.join(words)}\n{out}{errors}"


@pytest.mark.parametrize("path", WORKING, ids=name)
def test_the_blocks_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run_all(path)


@pytest.mark.parametrize("document", ["README.md", "docs/tutorial.md"])
def test_the_documents_that_newcomers_read_have_blocks_that_run(document: str):
    assert document in map(name, WORKING)


@pytest.mark.parametrize(
    "text",
    [
        "```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n",
        "```text file=a.txt\nhello\n```\n\n```python\nassert open('a.txt').read() == 'bye'\n```\n",
        "```console run\n$ shopkeeper check\n```\n",
    ],
    ids=["python", "file", "console"],
)
def test_a_block_that_breaks_is_seen(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    document = tmp_path / "broken.md"
    document.write_text(text)
    with pytest.raises(AssertionError):
        run_all(document)
