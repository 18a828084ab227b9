"""Every command that a document shows exists and takes its arguments."""

import re

import click
import pytest

from tests.docs.blocks import DOCUMENTS, ROOT, Block, blocks, commands

CONSOLE = [block for path in DOCUMENTS for block in blocks(path) if block.language == "console"]
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)


def parse(words: list[str]) -> None:
    """Let click read a command line without running anything or looking for files."""
    from shopkeeper.cli.main import cli

    command: click.Command = cli
    context = click.Context(cli)
    while True:
        context.allow_interspersed_args = command.allow_interspersed_args
        _, words, _ = command.make_parser(context).parse_args(list(words))
        if not isinstance(command, click.Group):
            break
        _, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, parent=context)
    assert not words, f"unexpected {words}"


@pytest.mark.parametrize("block", CONSOLE, ids=str)
def test_the_commands_exist(block: Block):
    for words in commands(block):
        if words[0] == "shopkeeper":
            parse(words[1:])
        elif words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= set(TARGETS)


@pytest.mark.parametrize("words", [["no-such-command"], ["init", "--no-such-option"]])
def test_a_command_that_does_not_exist_is_seen(words: list[str]):
    with pytest.raises(click.UsageError):
        parse(words)
