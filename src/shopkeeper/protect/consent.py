"""What stands: from the words of a customer's parts to whether their data may be used for a purpose now.

docs/reference/consent.md writes the rules down.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

from msgspec.structs import replace

from shopkeeper.core.consent import GRADES, Said
from shopkeeper.core.definitions import Purpose
from shopkeeper.core.identity import Link
from shopkeeper.core.instant import micros
from shopkeeper.core.term import parse_term, term_before

Standing = Literal["given", "withdrawn", "gpc", "expired", "weak", "unknown"]
"""withdrawn: or objected to. gpc: Global Privacy Control turned it off. expired, weak: There is a word, but it has run
out, or its evidence is less than shop.yaml demands; both are as good as unknown."""
MOST: Final = 16
"""How many words of one kind, part and channel are kept apart; see `take`."""


class Join(NamedTuple):
    """A link that joins two parts, and the number of the event from which on it counts."""

    a: str
    b: str
    seq: int


class Stand(NamedTuple):
    """Where a customer stands towards a purpose, and the word that decides it; None where nobody said anything."""

    standing: Standing
    word: Said | None = None


class Terms(NamedTuple):
    """What a purpose demands of a word at an instant; microseconds.

    cutoff: A word from then or earlier has run out, None: none has by its age alone. least: The place in `GRADES`.
    """

    now: int
    cutoff: int | None = None
    least: int = 0


_SILENCE: Final = Stand("unknown")
_ANY: Final = Terms(0)
"""Terms under which every yes counts, whatever its age and evidence."""
_ORDER: Final[Mapping[Standing, int]] = {"unknown": 0, "weak": 1, "expired": 2, "given": 3, "withdrawn": 4, "gpc": 4}


def terms_of(purpose: Purpose, now: datetime) -> Terms:
    """Return what a purpose demands of a word now."""
    cutoff = None if purpose.expires_after is None else micros(term_before(now, parse_term(purpose.expires_after)))
    return Terms(micros(now), cutoff, _least(purpose))


def _least(purpose: Purpose) -> int:
    return 0 if purpose.least_grade is None else GRADES.index(purpose.least_grade)


def stand(words: Sequence[Said], joins: Sequence[Join], terms: Terms, *, channel: str | None = None) -> Stand:
    """Find where a customer stands towards one purpose.

    Args:
        words: Every word of every part on that purpose, in any order.
        joins: The standing links between the parts.
        channel: A word on one channel counts for that channel alone, a word on all for each.
    """
    heard = [word for word in words if word.channel is None or word.channel == channel]
    speakers = {word.part for word in heard}
    if len(speakers) <= 1:
        return _latest(heard, terms)
    reached = [(word, _reached(word, joins)) for word in heard]
    return max(
        (_latest([word for word, parts in reached if part in parts], terms) for part in sorted(speakers)),
        key=lambda one: (_ORDER[one.standing], (0, 0) if one.word is None else (one.word.at, one.word.seq)),
    )


def _reached(word: Said, joins: Sequence[Join]) -> set[str]:
    """Return the parts that a word covers: whose it is, and those joined to it by then."""
    found = {word.part}
    earlier = [join for join in joins if join.seq <= word.seq]
    grown = True
    while grown:
        grown = False
        for join in earlier:
            if (join.a in found) != (join.b in found):
                found |= {join.a, join.b}
                grown = True
    return found


def _latest(words: Sequence[Said], terms: Terms) -> Stand:
    """Find where one part stands, by all words that cover it."""
    if not words:
        return _SILENCE
    counts = [word for word in words if not word.given or GRADES.index(word.grade) >= terms.least]
    signal = _last(word for word in counts if word.via == "gpc")
    lifted = _last(word for word in counts if word.lifts)
    if signal is not None and (lifted is None or _when(lifted) < _when(signal)):
        return Stand("gpc", signal)
    plain = [word for word in counts if word.via != "gpc"]
    refused = _refused(plain, terms)
    if refused is not None:
        return Stand("withdrawn", refused)
    last = _last(plain)
    if last is None:
        return Stand("weak", _last(words))
    return Stand("expired" if _ended(last, terms) else "given", last)


def _refused(words: Sequence[Said], terms: Terms) -> Said | None:
    """Return the refusal that stands: none that a later yes lifted which is still in force.

    What is merely carried lifts none that was said as such: a banner that was clicked away a year ago says yes with
    every page, and so on the page after a withdrawal.
    """
    given = [word for word in words if word.given]
    for express in (True, False):
        no = _last(word for word in words if not word.given and word.express is express)
        yes = _last(word for word in given if word.express or not express)
        if no is not None and (yes is None or _when(yes) < _when(no) or _ended(yes, terms)):
            return no
    return None


def _ended(word: Said, terms: Terms) -> bool:
    ended = word.expires_at is not None and word.expires_at <= terms.now
    return ended or (terms.cutoff is not None and word.at <= terms.cutoff)


def _when(word: Said) -> tuple[int, int]:
    return word.at, word.seq


def _last(words: Iterable[Said]) -> Said | None:
    return max(words, key=_when, default=None)


def standings(
    words: Mapping[str, Sequence[Said]], joins: Sequence[Join], purposes: Mapping[str, Purpose], *, now: datetime
) -> dict[str, Stand]:
    """Find where a customer stands towards each declared purpose.

    Args:
        words: By purpose.
    """
    return {
        name: stand(words[name], joins, terms_of(purpose, now)) if name in words else _SILENCE
        for name, purpose in purposes.items()
    }


def is_news(word: Said, words: Sequence[Said], joins: Sequence[Join]) -> bool:
    """Say whether a word that an event carries changes anything, for its part by itself or for the whole customer.

    A yes that repeats the last word of its part renews nothing, one against a refusal that was said as such lifts
    nothing. Expiry and evidence are left aside, so that a no is rather written once more than missed. Where a later yes
    stands a no is none: it was said before, and came late.

    Args:
        word: Numbered as it would be. One said as such, by an event that is not kept, is compared with such alone:
            where a carried no stands it is news, for it lasts. words: Every word of every part on the same purpose.
    """
    own = [one for one in words if one.part == word.part]
    if word.via == "gpc":
        return all(one.via != "gpc" for one in own)
    express = [one for one in words if one.express]
    if word.given:
        last = _last(one for one in own if one.channel is None and one.via != "gpc")
        if (last is not None and last.given) or stand(express, joins, _ANY).standing == "withdrawn":
            return False
    plain = express if word.express else [one for one in words if one.via != "gpc"]
    return any(
        stand(before, joins, _ANY, channel=channel).standing
        != stand([*before, word], joins, _ANY, channel=channel).standing
        for before in (plain, [one for one in plain if one.part == word.part])
        for channel in {word.channel, *(one.channel for one in words)}
    )


def forbids(words: Sequence[Said], joins: Sequence[Join], purpose: Purpose) -> bool:
    """Say whether a customer withdrew, objected, or let their browser speak; that a yes has ended is left aside."""
    return stand(words, joins, Terms(0, None, _least(purpose))).standing in {"withdrawn", "gpc"}


def joins_of(links: Iterable[Link]) -> tuple[Join, ...]:
    """Return the joins among some links: those that stand and are proven."""
    return tuple(Join(link.a, link.b, link.seq) for link in links if link.joins)


def take(words: list[Said], word: Said) -> None:
    """Keep a word, in place, and forget those that it outdoes for good: earlier in time, and covering no more parts.

    Beyond `MOST` words of one kind, which only a sender whose clock runs backwards brings about, the earliest go: a
    withdrawal into the next one, so that it is not forgotten; what was given is forgotten, which restricts.
    """
    kind = _kind(word)
    if any(_kind(kept) == kind and _outdoes(kept, word) for kept in words):
        return
    words[:] = [kept for kept in words if not (_kind(kept) == kind and _outdoes(word, kept))]
    words.append(word)
    same = sorted((kept for kept in words if _kind(kept) == kind), key=_when)
    if len(same) > MOST:
        _shorten(words, same)


def _kind(word: Said) -> tuple[object, ...]:
    """Words of one kind are treated alike by every purpose, so that the later of two is all that counts."""
    return word.part, word.channel, word.given, word.via == "gpc", word.express, word.given and (word.grade, word.lifts)


def _outdoes(word: Said, other: Said) -> bool:
    return _when(word) >= _when(other) and word.seq >= other.seq


def _shorten(words: list[Said], same: Sequence[Said]) -> None:
    first, following = same[0], same[1]
    words.remove(first)
    if not first.given:
        words.remove(following)
        words.append(replace(following, seq=max(first.seq, following.seq)))
