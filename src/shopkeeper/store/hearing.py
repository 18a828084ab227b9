"""Hearing: words that events carry beside what they say become events of their own, where they change what was said.

A no is heard of events too that are not let in: of those that wait, and of those that may not be kept. And what was
refused in a browser is refused there still when a second person has proven who they are on it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from shopkeeper.core.consent import (
    CONSENT_GIVEN,
    CONSENT_WITHDRAWN,
    EXPRESS,
    HEARD_FROM,
    USUAL,
    ConsentRecord,
    Said,
    record_of,
)
from shopkeeper.core.event import Event
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.intake import Arrival, Refused, Word
from shopkeeper.protect.consent import Join, is_news, joins_of
from shopkeeper.store import consent, directory, identity, log
from shopkeeper.store.dialect import Row
from shopkeeper.store.row import row_of, seal

SOURCE = "shopkeeper"
_Key = tuple[str, str]
"""Part and purpose."""


class LetGo(NamedTuple):
    """A browser that more than one person uses: what it was, what it is from now on, and the event that says so."""

    was: str
    part: str
    row: Row


class _Carrier(NamedTuple):
    """An event that carries words, and the part that says them; of one that is not let in there are refusals alone."""

    said: Refused
    part: str
    let_in: bool


class _Spoken(NamedTuple):
    """One word of one part, as it would be written."""

    carrier: _Carrier
    word: Word

    @property
    def key(self) -> _Key:
        """Whose it is, and about what."""
        return self.carrier.part, self.word.purpose


def hear(
    conn: Connection,
    arrivals: Sequence[Arrival],
    taken: Mapping[int, str],
    held_back: Mapping[int, str],
    *,
    refusals: Sequence[Refused],
    let_go: Sequence[LetGo],
) -> None:
    """Write the words that events carry, after the events themselves and the links that these made.

    A word that changes nothing is no news, and neither renews nor repeats what was said; see `protect.is_news`.

    Args:
        taken: By which parts those speak that went into the log, by the place of their arrival. held_back: The parts
            of those that wait or are in conflict, by place, as far as they are known. refusals: Of events that are no
            arrivals. let_go: Browsers that turned out to be more than one person's.
    """
    carriers = [_Carrier(_told(arrivals[i]), part, True) for i, part in taken.items() if arrivals[i].words]
    carriers += [
        _Carrier(_refusals_of(arrivals[i]), part, False)
        for i, part in held_back.items()
        if arrivals[i].words or arrivals[i].event.name == CONSENT_WITHDRAWN
    ]
    carriers += _of_the_known(conn, refusals)
    carriers += _of_browsers(conn, let_go)
    spoken = [_Spoken(one, word) for one in carriers for word in one.said.words]
    if not spoken:
        return
    fresh = _new_ids(conn, _news(conn, spoken))
    if fresh:
        head = log.lock_head(conn)
        log.write_numbered(conn, [row | {"seq": head + n} for n, row in enumerate(fresh, start=1)])


def _told(arrival: Arrival) -> Refused:
    event = arrival.event
    return Refused(event.source, event.message_id, event.at, event.received_at, arrival.names, arrival.words)


def _refusals_of(arrival: Arrival) -> Refused:
    """Return what an event that is not let in says no to, itself included."""
    own = record_of(arrival.event)
    words = [word for word in arrival.words if not word.given]
    # Of Shopkeeper's own words a conflict is a mistake of ours, which is said by who offered it.
    if own is not None and own.state != "given" and arrival.event.source != SOURCE:
        words.append(Word(own.purpose, given=False, via=own.via, basis=own.basis, channel=own.channel))
    return _told(arrival)._replace(words=tuple(words))


def _of_the_known(conn: Connection, refusals: Sequence[Refused]) -> Iterator[_Carrier]:
    """Find by whom the refusals are; of who is not known nothing is written: they refused just that."""
    if refusals:
        known = directory.whose(conn, sorted({name for one in refusals for name in one.names}))
        for one in refusals:
            part = next((known[name].part for name in one.names if name in known), None)
            if part is not None:
                yield _Carrier(one, part, False)


def _of_browsers(conn: Connection, let_go: Sequence[LetGo]) -> Iterator[_Carrier]:
    """Say again for what a browser is now what was refused in it last."""
    for one in let_go:
        last: dict[tuple[str, str | None, bool], ConsentRecord] = {}
        for record in sorted(
            consent.consent_records(conn, [one.was]).get(one.was, ()),
            key=lambda record: (record.captured_at, record.seq),
        ):
            if record.part == one.was:
                last[record.purpose, record.channel, record.via == "gpc"] = record
        for n, record in enumerate(record for record in last.values() if record.state != "given"):
            word = Word(record.purpose, given=False, via=record.via, basis=record.basis, channel=record.channel)
            key = f"{one.row['message_id']}:{n}"
            received_at = from_micros(one.row["received_at"])
            said = Refused(one.row["source"], key, record.captured_at, received_at, (), (word,))
            yield _Carrier(said, one.part, False)


def _news(conn: Connection, spoken: Sequence[_Spoken]) -> Iterator[_Spoken]:
    """Return the words that say something new, each with those before it in mind."""
    last = {(one.part, one.purpose): one for one in consent.last_words(conn, sorted({one.key for one in spoken}))}
    doubtful = [one for one in spoken if _may_be_news(one.word, last[one.key])]
    ledger = _Ledger(conn, {one.carrier.part for one in doubtful})
    for one in doubtful:
        if ledger.takes(one):
            yield one


def _may_be_news(word: Word, last: consent.LastWord) -> bool:
    """Say whether a word may be news, by the last one of its part alone: with most pages the same comes again."""
    if word.via in EXPRESS:
        return True
    if word.via == "gpc":
        return not last.signalled
    if word.given:
        return not (last.given or last.via in EXPRESS)
    return last.given is not False or last.outdone


class _Ledger:
    """All that the customers of some parts said, and what is added to it."""

    def __init__(self, conn: Connection, parts: Iterable[str]) -> None:
        self._customer = {part: part for part in parts} | identity.current(conn, sorted(parts))
        customers = sorted(set(self._customer.values()))
        self._words: dict[_Key, list[Said]] = {}
        for customer, records in (consent.consent_records(conn, customers) if customers else {}).items():
            for record in records:
                self._words.setdefault((customer, record.purpose), []).append(record.said)
        links = identity.joints(conn, customers) if customers else {}
        self._joins: dict[str, tuple[Join, ...]] = {customer: joins_of(found) for customer, found in links.items()}
        self._next = log.lock_head(conn) + 1 if customers else 0

    def takes(self, one: _Spoken) -> bool:
        """Add a word if it is news."""
        word, customer = one.word, self._customer[one.carrier.part]
        said = Said(
            one.carrier.part,
            micros(_when(one.carrier.said)),
            self._next,
            word.given,
            word.via,
            USUAL[word.via],
            word.channel,
            None if word.expires_at is None else micros(word.expires_at),
        )
        words = self._words.setdefault((customer, word.purpose), [])
        if not is_news(said, words, self._joins.get(customer, ())):
            return False
        words.append(said)
        self._next += 1
        return True


def _when(said: Refused) -> datetime:
    return min(said.at, said.received_at)


def _new_ids(conn: Connection, news: Iterable[_Spoken]) -> list[Row]:
    """Make the rows of words, but of those that are in the log: what waited may go in, or be refused, again."""
    made = [(one, _event(one)) for one in news]
    asked = {one: {event.message_id} | (set() if one.word.given else {_refusal_id(one)}) for one, event in made}
    keys = sorted({(SOURCE, key) for ids in asked.values() for key in ids})
    held = {key for _, key in log.held_under(conn, keys)} if keys else set()
    rows = []
    for one, event in made:
        if held.isdisjoint(asked[one]):
            rows.append(seal(row_of(event), one.carrier.part))
            held.add(event.message_id)
    return rows


def _event(one: _Spoken) -> Event:
    """Make the event of a word, under an id that follows from the event that carried it.

    It is Shopkeeper's own, so that what a source sent and what is in the log of it can be reckoned up.
    """
    carrier, word = one.carrier.said, one.word
    texts = {"purpose": word.purpose, "via": word.via, HEARD_FROM: carrier.source}
    texts |= {name: text for name, text in (("basis", word.basis), ("channel", word.channel)) if text is not None}
    kept = f"word:{word.via}:{word.purpose}:{carrier.source}:{carrier.message_id}"
    return Event(
        source=SOURCE,
        message_id=kept if one.carrier.let_in else _refusal_id(one),
        name=CONSENT_GIVEN if word.given else CONSENT_WITHDRAWN,
        customer="",
        at=carrier.at,
        received_at=carrier.received_at,
        texts=texts,
        numbers={} if word.expires_at is None else {"expires_at": micros(word.expires_at)},
    )


def _refusal_id(one: _Spoken) -> str:
    """Name the refusal of an event that is not in the log: its id may come again with another word, so it says when."""
    carrier, word = one.carrier.said, one.word
    key = f"{word.via}:{word.purpose}:{carrier.source}:{carrier.message_id}"
    return f"refusal:{key}:{micros(carrier.at)}"
