"""Stable hashing: the same key lands in the same bucket in every process, on every machine, for ever."""

from hashlib import blake2b

_SPAN = 1 << 64


def stable_hash(salt: str, key: str) -> int:
    """Hash `key` under `salt` to an integer in [0, 2**64)."""
    digest = blake2b(key.encode(), digest_size=8, key=salt.encode()[:64]).digest()
    return int.from_bytes(digest, "big")


def unit_hash(salt: str, key: str) -> float:
    """Hash `key` under `salt` to a float in [0, 1), uniform over keys."""
    return (stable_hash(salt, key) >> 11) / (_SPAN >> 11)
