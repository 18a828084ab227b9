"""Text functions whose meaning Python and the batch engine share: character by character, no locale."""

import re
from collections.abc import Callable
from functools import lru_cache


@lru_cache
def _lower_one(letter: str) -> str:
    return "i" if letter == "\u0130" else letter.lower()


@lru_cache
def _upper_one(letter: str) -> str:
    if letter == "ß":
        return "ẞ"
    return next((form for form in (letter.upper(), letter.title()) if len(form) == 1), letter)


def lower(text: str) -> str:
    """Turn each character into its one-character lower case (Unicode simple case mapping)."""
    return text.lower() if text.isascii() else "".join(map(_lower_one, text))


def upper(text: str) -> str:
    """Turn each character into its one-character upper case (Unicode simple case mapping; ß becomes ẞ)."""
    return text.upper() if text.isascii() else "".join(map(_upper_one, text))


def like(pattern: str) -> Callable[[str], bool]:
    """Make a test for a LIKE pattern; its time is at most proportional to text times pattern.

    Between two `%` stands a piece of fixed length, so taking the leftmost place of each piece never errs.
    """
    head, *pieces = pattern.split("%")
    if not pieces:
        return _whole(head)
    *middle, tail = pieces
    return _pieces(head, [piece for piece in middle if piece], tail)


def _piece(piece: str) -> str:
    return "".join("." if letter == "_" else re.escape(letter) for letter in piece)


def _whole(piece: str) -> Callable[[str], bool]:
    found = re.compile(_piece(piece), re.DOTALL).fullmatch
    return lambda text: found(text) is not None


def _pieces(head: str, middle: list[str], tail: str) -> Callable[[str], bool]:
    begins = re.compile(_piece(head), re.DOTALL).match
    ends = re.compile(_piece(tail), re.DOTALL).match
    searches = [re.compile(_piece(piece), re.DOTALL).search for piece in middle]

    def test(text: str) -> bool:
        at, last = len(head), len(text) - len(tail)
        if last < at or begins(text) is None or ends(text, last) is None:
            return False
        for search in searches:
            found = search(text, at, last)
            if found is None:
                return False
            at = found.end()
        return True

    return test
