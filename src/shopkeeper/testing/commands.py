"""Type commands as a person would, and read what they answer."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from click.testing import Result


def typed(*words: str) -> "Result":
    """Type a command. Raises: whatever the command let through that is not an exit."""
    from click.testing import CliRunner

    from shopkeeper.cli.main import cli

    done = CliRunner().invoke(cli, list(words))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def told(*words: str) -> Any:
    """Type a command with `--json` and return what it printed. Raises: AssertionError: it failed."""
    done = typed(*words, "--json")
    if done.exit_code != 0:
        raise AssertionError(done.output)
    return json.loads(done.stdout)
