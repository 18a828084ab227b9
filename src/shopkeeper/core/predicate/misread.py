"""A predicate that cannot be used, and the place in its text."""

from collections.abc import Sequence

from shopkeeper.core.errors import BadInput


class Misread(BadInput):
    """A text that is no predicate.

    said: What is wrong, without the place and the sketch that the message adds.
    start, end: Offsets in the text in characters, `end` exclusive; the whole text where no part of it is to blame.
    also: Further mistakes in other conditions of the same text, in their order.
    """

    def __init__(self, message: str, *, said: str, start: int, end: int) -> None:
        super().__init__(message)
        self.said = said
        self.start = start
        self.end = end
        self.also: tuple[Misread, ...] = ()

    def followed_by(self, others: "Sequence[Misread]") -> "Misread":
        """Add mistakes that stand beside this one."""
        self.also = (*self.also, *(one for other in others for one in (other, *other.also)))
        return self
