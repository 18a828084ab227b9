"""Every command that a document shows exists, takes its arguments, and runs where the block says `run`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.docs.blocks import DOCUMENTS, ROOT, Block, blocks, commands, name

BLOCKS = [block for path in DOCUMENTS for block in blocks(path, "console")]
TO_RUN = [path for path in DOCUMENTS if any("run" in block.marks for block in blocks(path, "console"))]
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)


def place(block: Block) -> str:
    return f"{name(block.path)}:{block.line}"


def parse(words: list[str]) -> None:
    """Let click read a command line, arguments and options included, without running anything."""
    from shopkeeper.cli.main import cli

    context, rest = cli.make_context("shopkeeper", words), words
    while isinstance(context.command, click.Group):
        rest = [*context._protected_args, *context.args]
        _, command, rest = context.command.resolve_command(context, rest)
        assert command is not None
        context = command.make_context(command.name, list(rest), parent=context)


@pytest.mark.parametrize("block", BLOCKS, ids=place)
def test_the_commands_exist(block: Block):
    for words in commands(block):
        if words[0] == "shopkeeper":
            parse(words[1:])
        elif words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= set(TARGETS)


@pytest.mark.parametrize("path", TO_RUN, ids=name)
def test_what_is_marked_runs(path: Path, tmp_path: Path):
    beside = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}
    for block in blocks(path, "console"):
        if "run" in block.marks:
            for words in commands(block):
                done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
                assert done.returncode == 0, f"{place(block)}: {' '.join(words)}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("words", [["no-such-command"], ["init", "--no-such-option"]])
def test_a_command_that_does_not_exist_is_seen(words: list[str]):
    with pytest.raises(click.UsageError):
        parse(words)
