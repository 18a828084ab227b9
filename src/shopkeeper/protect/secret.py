"""Secrets that let somebody in: random, and long enough that nobody guesses one."""

from base64 import urlsafe_b64encode
from random import Random
from typing import Final

BYTES: Final = 32


def new_secret(rng: Random) -> str:
    """Return 256 random bits as 43 characters that fit into a URL.

    Args:
        rng: The operating system's randomness (`random.SystemRandom`); any other can be guessed.
    """
    return urlsafe_b64encode(rng.randbytes(BYTES)).rstrip(b"=").decode()
