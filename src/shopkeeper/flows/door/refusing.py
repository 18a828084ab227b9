"""Refusing: what may not be kept may still say no, and a no to what was allowed before is never thrown away."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shopkeeper.core.consent import CONSENT_WITHDRAWN, HEARD_FROM, ConsentRecord
from shopkeeper.core.definitions import Definitions
from shopkeeper.core.event import Event
from shopkeeper.core.intake import Arrival, Word
from shopkeeper.core.store import Store
from shopkeeper.flows.door.canonical import Draft, canonical
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.reading import Refusal

SOURCE = "shopkeeper"


async def withdrawals(
    store: Store, definitions: Definitions, discarded: Sequence[Any], *, origin: Origin, now: datetime
) -> list[Arrival]:
    """Return the words of events that may not be kept by which known customers take back what they gave.

    Of who is not known nothing is written down: they refused just that.

    Args:
        discarded: Wire events that carry no consent to be collected.
    """
    drafts = [draft for wire in discarded if (draft := _read(wire, definitions, origin, now)) is not None]
    if not drafts:
        return []
    known = await store.find_customers(sorted({draft.names[0] for draft in drafts}))
    said = await store.consent_records(sorted(set(known.values())))
    found = {
        (draft.names[0], word.purpose, word.via): _arrival(draft, word, takes_back)
        for draft in reversed(drafts)  # of two the first counts: the second is no news any more
        for word, takes_back in _news(draft.words, said.get(known.get(draft.names[0], ""), []))
    }
    return list(found.values())


def _read(wire: Any, definitions: Definitions, origin: Origin, now: datetime) -> Draft | None:
    try:
        draft = canonical(wire, definitions, {}, origin=origin, now=now)
    except Refusal:
        return None
    return draft if any(not word.given for word in draft.words) else None


def _news(words: Sequence[Word], said: Sequence[ConsentRecord]) -> Iterator[tuple[Word, int]]:
    """Return the refusals that change something: what was given is taken back, or a signal comes for the first time.

    Returns: Each with the number of the word that it takes back, 0 if none.
    """
    stands: Mapping[str, ConsentRecord] = {one.purpose: one for one in said if one.via != "gpc"}
    signalled = {one.purpose for one in said if one.via == "gpc"}
    for word in words:
        if word.via == "gpc":
            if said and word.purpose not in signalled:
                yield word, 0
        elif not word.given and (last := stands.get(word.purpose)) is not None and last.state == "given":
            yield word, last.seq


def _arrival(draft: Draft, word: Word, takes_back: int) -> Arrival:
    """Make the event of a refusal.

    Its carrier is not in the log, so its message id may come again, and with another word: the id of the refusal says
    what it takes back, too.
    """
    carrier = draft.event
    texts = {"purpose": word.purpose, "via": word.via, HEARD_FROM: carrier.source}
    event = Event(
        source=SOURCE,
        message_id=f"refusal:{word.via}:{word.purpose}:{carrier.source}:{carrier.message_id}:{takes_back}",
        name=CONSENT_WITHDRAWN,
        customer="",
        at=carrier.at,
        received_at=carrier.received_at,
        texts=texts if word.basis is None else texts | {"basis": word.basis},
    )
    return Arrival(event, draft.names[:1])
