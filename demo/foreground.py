"""Ctrl-C ends the demo, not the `make` around it, which would call a wanted end an error."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def own_foreground() -> Iterator[None]:
    """Put this process and its children into the terminal's foreground alone; without a terminal, change nothing."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        yield
        return
    before = os.tcgetpgrp(terminal)
    # A process outside the foreground that moves the terminal is stopped by SIGTTOU unless it ignores it.
    kept = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        if before == os.getpgrp() and os.getpid() != before:
            os.setpgid(0, 0)
            os.tcsetpgrp(terminal, os.getpgrp())
        yield
    finally:
        os.tcsetpgrp(terminal, before)
        signal.signal(signal.SIGTTOU, kept)
        os.close(terminal)
