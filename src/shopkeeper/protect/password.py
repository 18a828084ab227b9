"""Passwords: which are taken, and how they are kept and compared (Argon2id, RFC 9106, by argon2-cffi)."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from shopkeeper.core.errors import BadInput

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LEAST: Final = 12
MOST: Final = 512
SALT: Final = 16
"""Random bytes of a salt."""

SAMPLES: Final = frozenset(
    {
        "a-key-of-your-own-32-characters!",
        "a-key-of-enough-length",
        "change-me-please",
        "changemechangeme",
        "correct horse battery staple",
        "correcthorsebatterystaple",
        "replace-this-key",
        "your-api-key-here",
        "your-secret-here",
    }
)
"""Secrets that stand in examples, ours and others'; nobody's shop may be open to who reads them."""
_COMMON = frozenset(
    {
        "000000000000",
        "0123456789012",
        "012345678910",
        "111111111111",
        "123123123123",
        "123456123456",
        "123456789012",
        "1234567890123",
        "1234567891011",
        "123456789abc",
        "123456789101112",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "1qaz2wsx3edc4rfv",
        "abcdefghijkl",
        "administrator",
        "adminadminadmin",
        "iloveyou1234",
        "iloveyouforever",
        "letmeinletmein",
        "password1234",
        "password12345",
        "password123456",
        "passwordpassword",
        "q1w2e3r4t5y6",
        "qazwsxedcrfv",
        "qwerty123456",
        "qwertyqwerty",
        "qwertyuiop123",
        "qwertyuiopasdf",
        "shopkeeper123",
        "shopkeeper1234",
        "shopkeepershopkeeper",
        "unbelievable",
        "welcome12345",
        "zxcvbnmasdfg",
    }
)
"""The commonest of twelve characters or more in published lists of leaked passwords, and the obvious ones here."""


def is_sample(secret: str) -> bool:
    """Say whether a secret stands in an example."""
    return secret.strip().lower() in SAMPLES


def check_password(password: str, *, names: Iterable[str]) -> None:
    """Refuse a new password that others would guess; it is never repeated.

    Args:
        names: What people call its owner: name, display name, e-mail address.

    Raises: BadInput: shorter than 12 or longer than 512 characters, a name, or among the commonest.
    """
    if not LEAST <= len(password) <= MOST:
        raise BadInput(f"password: {len(password)} characters, must have {LEAST} to {MOST}; a short sentence does well")
    plain = password.strip().lower()
    called = {part for name in names for part in (name.lower(), name.lower().partition("@")[0]) if part}
    if plain in called or any(plain == part * (len(plain) // len(part)) for part in called):
        raise BadInput("password: it is the name, must be something that nobody knows")
    if plain in _COMMON or is_sample(plain) or len(set(plain)) < 5:
        raise BadInput("password: it is among those that are tried first, must be something that nobody knows")


def hash_password(password: str, *, salt: bytes) -> str:
    """Return the Argon2id hash with its parameters and salt, as text. It takes tens of milliseconds and 64 MiB."""
    return _hasher().hash(_bytes(password), salt=salt)


def matches(kept: str, password: str) -> bool:
    """Compare a password with a kept hash. It takes as long as `hash_password`, whether it matches or not."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(kept, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Say whether a hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(kept)


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


def _bytes(password: str) -> bytes:
    """Return the same bytes for the same characters, however a keyboard composed them; cut no sooner than taken."""
    return normalize("NFC", password).encode("utf-8", "surrogatepass")
