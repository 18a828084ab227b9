"""Identifiers of our own: a prefix and a UUIDv7, so that they sort by time of birth (RFC 9562, 5.7)."""

from datetime import datetime
from random import Random
from uuid import UUID


def new_id(prefix: str, now: datetime, rng: Random) -> str:
    """Make an id such as `dec_01890a5d-ac96-774b-bcce-b302099a8057`.

    Args:
        prefix: The noun, without underscore: `cus`, `dec`, `evt`.
        now: Aware instant of birth; its milliseconds lead the id.
        rng: Source of the 74 random bits.
    """
    millis = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    bits = millis << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62)
    return f"{prefix}_{UUID(int=bits)}"
