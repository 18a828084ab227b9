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
KEPT: Final = 64 << 10
"""Bytes of a body that waits although it cannot be read, or is too large."""
