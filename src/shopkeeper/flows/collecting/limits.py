"""How much is taken at once; the units are those of Segment's clients, whose KB has 1,024 bytes."""

from typing import Final

EVENT: Final = 32 << 10
"""Bytes of one event, as compact JSON."""
BATCH: Final = 500 << 10
"""Bytes of one body, unpacked."""
BODY: Final = 4_000 << 10
"""Bytes beyond which nobody can have meant a batch; what is larger is not looked at."""
ITEMS: Final = 2_500
DEPTH: Final = 32
"""Lists and objects inside one another, the event itself included."""
COPIED: Final = 4_000 << 10
"""Bytes of what a batch says of all its events, counted once for each of them: in each of them it is kept."""
KEPT: Final = 64 << 10
"""Bytes of what waits although it cannot be read, or is too large: of the rest nothing is kept."""
WHOLE: Final = 68 << 10
"""Bytes of what waits whole. An event that was read may come to twice its size and a little: what an `identify` says of
somebody in its context stands among its traits, too."""
