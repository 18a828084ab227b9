"""Who types a command, where it is written down who did something."""

from getpass import getuser

import click

from shopkeeper.core.errors import BadInput

who_option = click.option("--who", default=None, help="Who does it; by default the user of this machine.")


def who_does(given: str | None) -> str:
    """Return who does it. Raises: BadInput: nobody was named and the machine's user has no name."""
    try:
        who = (getuser() if given is None else given).strip()
    except (OSError, KeyError):
        who = ""
    if not who:
        raise BadInput("no name for who does it: give one with --who")
    return who
