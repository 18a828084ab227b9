"""Hearing: words that events carry beside what they say become events of their own, where they change what was said."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection

from shopkeeper.core.consent import CONSENT_GIVEN, CONSENT_WITHDRAWN, HEARD_FROM
from shopkeeper.core.event import Event
from shopkeeper.core.instant import micros
from shopkeeper.core.intake import Arrival, Word
from shopkeeper.store import consent, log
from shopkeeper.store.dialect import Row

SOURCE = "shopkeeper"
_Key = tuple[str, str, bool]
"""Part, purpose, and whether it is the signal of a browser."""


def hear(conn: Connection, arrivals: Sequence[Arrival], taken: Mapping[int, Row]) -> None:
    """Write the words that events carry, after the events themselves.

    A word that says what its part said last is no news, and neither renews nor repeats it. The signal of a browser is
    written once for a part, and only once.

    Args:
        taken: The rows that went into the log, by the place of their arrival.
    """
    carrying = [(arrivals[i], row) for i, row in taken.items() if arrivals[i].words]
    if not carrying:
        return
    seq = max(row["seq"] for row in taken.values())
    said: dict[_Key, tuple[int, bool]] = {}
    for one in consent.last_words(conn, sorted({(row["part"], w.purpose) for a, row in carrying for w in a.words})):
        if one.at is not None:
            said[one.part, one.purpose, False] = one.at, one.state == "given"
        if one.signalled:
            said[one.part, one.purpose, True] = 0, False
    fresh = [
        log.seal(log.row_of(_event(arrival.event, word)), row["part"])
        for arrival, row in carrying
        for word in _news(arrival.words, row, said)
    ]
    log.write_numbered(conn, [row | {"seq": seq + n} for n, row in enumerate(fresh, start=1)])


def _news(words: Sequence[Word], row: Row, said: dict[_Key, tuple[int, bool]]) -> Iterator[Word]:
    for word in words:
        key = row["part"], word.purpose, word.via == "gpc"
        before = said.get(key)
        if before is not None and (word.via == "gpc" or before[1] == word.given or before[0] > row["at"]):
            continue
        said[key] = row["at"], word.given
        yield word


def _event(carrier: Event, word: Word) -> Event:
    """Make the event of a word, under an id that follows from the event that carried it.

    It is Shopkeeper's own, so that what a source sent and what is in the log of it can be reckoned up.
    """
    texts = {"purpose": word.purpose, "via": word.via, HEARD_FROM: carrier.source}
    if word.basis is not None:
        texts["basis"] = word.basis
    return Event(
        source=SOURCE,
        message_id=f"word:{word.via}:{word.purpose}:{carrier.source}:{carrier.message_id}",
        name=CONSENT_GIVEN if word.given else CONSENT_WITHDRAWN,
        customer="",
        at=carrier.at,
        received_at=carrier.received_at,
        texts=texts,
        numbers={} if word.expires_at is None else {"expires_at": micros(word.expires_at)},
    )
