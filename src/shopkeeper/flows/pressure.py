"""Back-pressure: how long senders should wait, so that no queue grows without end."""

from typing import Final

WAITING: Final = 20_000
"""Events that may wait for their commit: some seconds' worth, and some tens of megabytes."""
BACKLOG: Final = 60_000
"""Events that may wait to be followed: at 2,000 a second they are followed within half a minute."""
LYING: Final = 250_000
"""Events that may lie in the inbox: some hundred megabytes, and minutes until they are followed."""
SHORT, LONG = 1.0, 5.0
"""Seconds that senders are asked to wait, where the bound is just passed and where it is passed by far."""


def seconds_to_wait(*, waiting: int, backlog: int, lying: int) -> float:
    """Return for how many seconds senders should wait; 0: all are welcome.

    Args:
        waiting: Events that wait for their commit. backlog: Events of the log that wait to be followed.
        lying: Events that lie in the inbox.
    """
    fullness = max(waiting / WAITING, backlog / BACKLOG, lying / LYING)
    return 0.0 if fullness < 1 else min(SHORT * fullness, LONG)
