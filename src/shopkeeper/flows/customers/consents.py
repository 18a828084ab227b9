"""Consents: what a customer has said to each purpose, and words of theirs that staff take down."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from shopkeeper.core.consent import GRADES
from shopkeeper.core.definitions import Purpose
from shopkeeper.core.errors import BadInput, Conflict, NotFound, NotPermitted, nearest
from shopkeeper.core.ids import new_id
from shopkeeper.core.instant import from_micros
from shopkeeper.differentiate.fold import words_that_stand
from shopkeeper.flows.customers.desk import Desk
from shopkeeper.flows.customers.ledger import ends_at, read_ledger
from shopkeeper.flows.customers.typed import typed_text
from shopkeeper.flows.door.admission import admit
from shopkeeper.flows.door.canonical import canonical
from shopkeeper.flows.door.consent import FREE
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.profiles import Profile
from shopkeeper.identify.names import by_strength
from shopkeeper.protect.consent import Standing
from shopkeeper.protect.permit import permit

if TYPE_CHECKING:
    from shopkeeper.flows.outcomes import Outcomes

SOURCE = "staff"
MOST_WORDING = 500
Said = Literal["given", "withdrawn", "unknown"]
"""What the page offers actions for; `standing` says more."""


class ConsentAction(msgspec.Struct, frozen=True, kw_only=True):
    """A word that staff may take down now.

    undo: Whether the opposite word brings back what stood before; where nothing had been said, nothing does.
    """

    given: bool
    words: str
    effect: str
    undo: bool


class ConsentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One purpose that shop.yaml declares, and where the customer stands towards it.

    said: What stands. standing: The same, told apart by why. since: When the word was said that decides. source: Where
    the event that says so came from. via, grade: How it came, and how well it can be shown. wording: The text that was
    shown, None where none was kept. expires_at: When it ends by itself. who: The identifier under which it was said.
    allowed: Whether their data may be used for it now. words: The same in a sentence.
    """

    purpose: str
    description: str
    basis: str
    said: Said
    standing: Standing
    allowed: bool
    words: str
    since: datetime | None
    source: str | None
    via: str | None
    grade: str | None
    wording: str | None
    expires_at: datetime | None
    who: str | None
    actions: tuple[ConsentAction, ...]


class ConsentWord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer's word, as staff took it down.

    given: True consents, or takes an objection back; False withdraws, or objects.
    wording: How it was asked or said, at most 500 characters; it stands in the log, so it must name nobody.
    channel: What alone it is about, such as `email`; empty: every channel. policy_version: Of the privacy notice that
    they were told of. jurisdiction: Whose law holds, such as `AT`.
    """

    purpose: str
    given: bool
    wording: str = ""
    channel: str = ""
    policy_version: str = ""
    jurisdiction: str = ""


class _Stand(NamedTuple):
    said: Said
    purpose: str
    standing: Standing


async def consent_lines(desk: Desk, profile: Profile, *, now: datetime) -> tuple[ConsentLine, ...]:
    """Write down every declared purpose with where a customer stands towards it."""
    purposes = desk.definitions.shop.purposes
    stands = words_that_stand(profile.state, purposes, now)
    standing = {name: found.standing for name, found in stands.items()}
    kept = await read_ledger(desk, profile.customer)
    lines = []
    for name, purpose in purposes.items():
        decides = stands[name].word
        record = None if decides is None else kept.records.get(decides.seq)
        said = _SAID[standing[name]]
        lines.append(
            ConsentLine(
                purpose=name,
                description=purpose.description,
                basis=purpose.basis,
                said=said,
                standing=standing[name],
                allowed=_allowed(desk, profile, name, standing, now),
                words=standing_in_words(purpose, standing[name]),
                since=None if decides is None else from_micros(decides.at),
                source=None if record is None else record.source,
                via=None if decides is None else decides.via,
                grade=None if decides is None else decides.grade,
                wording=None if record is None else kept.wordings.get(record.wording or ""),
                expires_at=None if decides is None else ends_at(decides, purpose),
                who=None if decides is None else kept.names.get(decides.part),
                actions=_actions(purpose, _Stand(said, name.replace("_", " "), standing[name])),
            )
        )
    return tuple(lines)


_SAID: Mapping[Standing, Said] = {
    "given": "given",
    "withdrawn": "withdrawn",
    "gpc": "withdrawn",
    "expired": "unknown",
    "weak": "unknown",
    "unknown": "unknown",
}
_WORDS: Mapping[str, Mapping[Standing, str]] = {
    "consent": {
        "unknown": "Not allowed: nobody asked yet, and silence is no consent.",
        "expired": "Not allowed: the consent has expired; ask again.",
        "weak": "Not allowed: there is less evidence of the consent than shop.yaml demands.",
        "given": "Allowed: the customer consented.",
        "withdrawn": "Not allowed: consent was refused or withdrawn.",
        "gpc": "Not allowed: their browser asks not to by Global Privacy Control.",
    },
    "legitimate_interest": {
        "given": "Allowed: a legitimate interest of the shop, and no objection stands.",
        "withdrawn": "Not allowed: the customer objected.",
        "gpc": "Not allowed: their browser objects by Global Privacy Control.",
    },
}
_NO_OBJECTION = "Allowed: a legitimate interest of the shop, and no objection."


def standing_in_words(purpose: Purpose, standing: Standing) -> str:
    """Say whether a customer's data may be used for a purpose, and why."""
    if purpose.basis == "contract":
        return "Allowed: needed to fulfil the contract."
    return _WORDS[purpose.basis].get(standing, _NO_OBJECTION)


def _allowed(desk: Desk, profile: Profile, name: str, standing: Mapping[str, Standing], now: datetime) -> bool:
    try:
        permit(name, desk.definitions.shop.purposes, customer=profile.customer, consents=standing, now=now)
    except NotPermitted:
        return False
    return True


def _actions(purpose: Purpose, stand: _Stand) -> tuple[ConsentAction, ...]:
    said, name, standing = stand
    if purpose.basis == "contract":
        return ()
    stop = f"From now on {name} uses nothing of what the shop knows of this customer."
    start = f"From now on {name} may use what the shop knows of this customer."
    if standing == "gpc":
        start = f"Lifts what their browser asked for, and only if the wording says how {name} was allowed."
    elif purpose.least_grade is not None and GRADES.index(purpose.least_grade) > GRADES.index("staff"):
        start = f"It is written down, but {name} stays off: shop.yaml demands better evidence than staff's word."
    if purpose.basis == "legitimate_interest":
        if said == "withdrawn":
            return (ConsentAction(given=True, words="Take back the objection", effect=start, undo=True),)
        return (ConsentAction(given=False, words="Record an objection", effect=stop, undo=True),)
    give = ConsentAction(given=True, words="Record consent", effect=start, undo=said == "withdrawn")
    refuse = "Record a refusal" if said == "unknown" else "Record a withdrawal"
    take = ConsentAction(given=False, words=refuse, effect=stop, undo=said == "given")
    return {"unknown": (give, take), "given": (take,), "withdrawn": (give,)}[said]


async def take_consent(
    desk: Desk, outcomes: "Outcomes", customer: str, word: ConsentWord, *, author: str, now: datetime, rng: Random
) -> tuple[ConsentLine, ...]:
    """Take a customer's word through the door; when this returns, the next decision goes by it.

    Args:
        author: Who took it down; it is written into the event.

    Returns: Where the customer stands towards every purpose now.
    Raises: NotFound: no such customer. BadInput: a purpose that is not declared or takes no word, or a long text.
        Conflict: the log holds another event under the id that was drawn.
    """
    texts = _texts(desk, word)
    customer = await desk.known(customer)
    names = await desk.store.identifiers_of(customer)
    if not names:
        raise NotFound(f"customer: {customer} has no identifier left, so nothing can be taken down for them")
    profile = (await desk.profiles.catch_up([customer]))[customer]
    wire = {
        "type": "track",
        "event": "Consent Given" if word.given else "Consent Withdrawn",
        "messageId": new_id("con", now, rng),
        "timestamp": _after(profile, word.purpose, now).isoformat(),
        "properties": {"purpose": word.purpose, "taken_by": author} | texts,
    }
    draft = canonical(wire, desk.definitions, {}, origin=Origin(SOURCE), now=now, names=tuple(by_strength(names)[:1]))
    admission = (await admit(desk.store, desk.definitions, [draft], now=now))[0]
    if admission.outcome != "accepted" or admission.event is None:
        raise Conflict("purpose: this word could not be taken down just now; look at the page again and repeat it")
    await outcomes.reach(admission.seq)
    return await consent_lines(desk, await desk.profiles.get(customer), now=now)


def _texts(desk: Desk, word: ConsentWord) -> dict[str, str]:
    """Return what was said of a word, as the event has it. Raises: BadInput: see `take_consent`."""
    purposes = desk.definitions.shop.purposes
    if word.purpose not in purposes:
        raise BadInput(f"purpose: shop.yaml declares no {word.purpose!r}{nearest(word.purpose, purposes)}")
    if purposes[word.purpose].basis == "contract":
        raise BadInput(f"purpose: {word.purpose} is needed to fulfil a contract, and so takes no consent or objection")
    limits = {**FREE, "wording": MOST_WORDING}
    typed = {field: typed_text(getattr(word, field), field, limit=limit) for field, limit in limits.items()}
    return {field: text for field, text in typed.items() if text}


def _after(profile: Profile, purpose: str, now: datetime) -> datetime:
    """Return an instant after every word that was said: of two the later counts, whatever clocks said meanwhile."""
    said = [word.at for word in profile.state.words.get(purpose, ())]
    return max([now, *(from_micros(at) + timedelta(microseconds=1) for at in said)])
