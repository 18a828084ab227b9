"""The watch over segments: who enters and leaves, when traits change and when time alone does it.

Entries and exits are events in the log, which takes turns: after an entry comes an exit. They are told in the commit
that records them; where the record was made anew past us, what the log told already is not told twice.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import PASSING
from shopkeeper.core.event import Event
from shopkeeper.core.identity import Link
from shopkeeper.core.instant import micros
from shopkeeper.core.money import digits
from shopkeeper.core.predicate import Moment, sentence
from shopkeeper.core.profile import ANYWHERE, Membership
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Value
from shopkeeper.differentiate.seen import Seen
from shopkeeper.differentiate.segments import SegmentIndex, Shift
from shopkeeper.flows.profiles import Profile, Profiles

ENTERED, EXITED = "Segment Entered", "Segment Exited"
SOURCE = "shopkeeper"
DUE = 2_000
"""How many rechecks are done in one go."""
PUT_OFF: Final = timedelta(hours=1)
"""After which a customer is looked at again at whom rechecks stopped."""
LOOKED: Final = 8
"""How many customers are looked at before others get their turn."""

_log = logging.getLogger(__name__)


class Transition(NamedTuple):
    """One customer's entry into a segment, or exit from it."""

    customer: str
    segment: str
    entered: bool


class Looked(NamedTuple):
    """What looking at some customers brought, to be recorded.

    profiles: Theirs, by customer; what is noted in them is ahead of the record until then. unsure: Those of whom the
    log may have told before. reshaped: Those whose parts have just changed.
    """

    profiles: dict[str, Profile]
    moved: list[Transition]
    events: dict[Transition, Event]
    stands: list[Membership]
    forgotten: list[tuple[str, str]]
    unsure: set[str]
    reshaped: Collection[str]


class SegmentWords(NamedTuple):
    """A segment's name, and what it means in words."""

    name: str
    sentence: str


class SegmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One segment: its predicate, the same in words, and how many customers are recorded in it."""

    name: str
    where: str
    sentence: str
    members: int


class Watch:
    """Keeps segment memberships true while the shop is being served."""

    def __init__(self, store: Store, definitions: Definitions, profiles: Profiles) -> None:
        self._store = store
        self._zone = definitions.shop.zone
        self._profiles = profiles
        schema = {name: trait.type for name, trait in definitions.traits.items()}
        self._index = SegmentIndex(definitions.segments, schema, digits=digits(definitions.shop.currency))

    def segments_of(self, values: Mapping[str, Value], moment: Moment) -> list[str]:
        """Return the segments that hold for these values now, whatever is recorded."""
        return [one.name for one in self._index.segments if one.passes(values, moment) is True]

    def standing(self, values: Mapping[str, Value], moment: Moment) -> list[SegmentWords]:
        """Return the segments that hold for these values now, in words."""
        held = [one for one in self._index.segments if one.passes(values, moment) is True]
        return [SegmentWords(one.name, sentence(one.predicate)) for one in held]

    async def overview(self) -> list[SegmentLine]:
        """Return every segment in words, with how many customers are recorded in it."""
        counts = await self._store.count_members()
        return [
            SegmentLine(
                name=one.name,
                where=one.predicate.text,
                sentence=sentence(one.predicate),
                members=counts.get(one.name, 0),
            )
            for one in self._index.segments
        ]

    async def look(self, profiles: Sequence[Profile], *, now: datetime, reshaped: Collection[str] = ()) -> Looked:
        """Evaluate the segments that a change may concern; `record` does the rest.

        Args:
            reshaped: Whose parts have just changed: where they stand may be what others have left them, see `inherit`.
        """
        moment = Moment(micros(now), self._zone)
        looks = {profile.customer: (profile, ()) for profile in profiles}
        return await self._look(looks, moment, now, reshaped=reshaped)

    async def record(self, looked: Looked) -> list[Transition]:
        """Record who moved, and tell the log; return that.

        Should it fail, who was looked at is forgotten, and has to be looked at again.
        """
        try:
            told = set(await self._told(sorted(looked.unsure)))
            for move in [*told, *await self._untold(looked, told)]:
                looked.events.pop(move, None)
            await self._write(list(looked.events.values()), looked.stands, looked.forgotten)
        except BaseException:
            self.forget(looked)
            raise
        self._recorded(looked)
        return looked.moved

    def forget(self, looked: Looked) -> None:
        """Forget a look that will not be recorded, and who was looked at."""
        self._profiles.forget(looked.profiles)
        self._recorded(looked)

    def _recorded(self, looked: Looked) -> None:
        unrecorded = self._profiles.unrecorded
        unrecorded[:] = [one for one in unrecorded if one is not looked.profiles]

    async def recheck(self, *, now: datetime) -> int:
        """Evaluate what time alone may have changed; return how many customers were looked at.

        Where that stops in an unforeseen way, customers are looked at one by one, and whom it stops at is put off: one
        whose profile cannot be read must not hold up all others.
        """
        moment = Moment(micros(now), self._zone)
        due: dict[str, list[Membership]] = {}
        for one in await self._store.due_memberships(moment.micros + 1, limit=DUE):
            if self._profiles.ward.holds(one.customer):
                due.setdefault(one.customer, []).append(one)
        try:
            await self._recheck(due, now)
        except PASSING:
            raise
        except Exception as error:
            _log.error("unforeseen %s in rechecks; customers are looked at singly", type(error).__name__)
            self._profiles.forget(due)
            await self._recheck_singly(due, now)
        return len(due)

    async def _recheck(self, due: Mapping[str, Sequence[Membership]], now: datetime) -> None:
        if due:
            profiles = await self._profiles.catch_up(sorted(due))
            looks = {name: (one, [each.segment for each in due[name]]) for name, one in profiles.items()}
            await self.record(await self._look(looks, Moment(micros(now), self._zone), now))

    async def _recheck_singly(self, due: Mapping[str, Sequence[Membership]], now: datetime) -> None:
        for customer, stands in sorted(due.items()):
            try:
                await self._recheck({customer: stands}, now)
            except PASSING:
                raise
            except Exception as error:
                _log.error("rechecks of %s are put off: unforeseen %s", customer, type(error).__name__)
                self._profiles.forget([customer])
                await self._write([], [one._replace(recheck_at=micros(now + PUT_OFF)) for one in stands], [])

    async def inherit(self, heirs: Mapping[str, str]) -> None:
        """Let customers stand in the segments in which those stood who have become part of them.

        So the two of them enter a segment once and leave it once. Where the others stood is kept, and counts again
        should they be taken apart.

        Args:
            heirs: The customer whom each former customer has become part of.
        """
        stood = await self._store.memberships(list(heirs))
        standing = await self._store.memberships(sorted({heirs[former] for former in stood}))
        known = {(one.customer, one.segment) for many in standing.values() for one in many}
        gained: dict[tuple[str, str], Membership] = {}
        for former, many in sorted(stood.items()):
            for one in many:
                key = (heirs[former], one.segment)
                if key not in known:
                    gained.setdefault(key, one._replace(customer=heirs[former]))
        if gained:
            self._profiles.forget({customer for customer, _ in gained})
            fence = self._profiles.ward.fence(customer for customer, _ in gained)
            await self._store.change_memberships(entered=list(gained.values()), left=[], fence=fence)

    async def _look(
        self,
        looks: Mapping[str, tuple[Profile, Sequence[str]]],
        moment: Moment,
        now: datetime,
        *,
        reshaped: Collection[str] = (),
    ) -> Looked:
        found = Looked({customer: profile for customer, (profile, _) in looks.items()}, [], {}, [], [], set(), reshaped)
        self._profiles.unrecorded.append(found.profiles)
        try:
            for n, (profile, due) in enumerate(looks.values(), 1):
                self._look_at(profile, due, moment, now, found)
                if n % LOOKED == 0:
                    await asyncio.sleep(0)
        except BaseException:
            self.forget(found)
            raise
        return found

    def _look_at(self, profile: Profile, due: Sequence[str], moment: Moment, now: datetime, found: Looked) -> None:
        """Evaluate what has to be for one customer, note it in their profile, and add what has to be written."""
        cold = profile.changed is None
        if not cold and not profile.changed and not due:
            return
        everything = cold or ANYWHERE in due
        shift = self._shift(profile, due, moment)
        moves = [Transition(profile.customer, name, entered=True) for name in shift.entered]
        moves += [Transition(profile.customer, name, entered=False) for name in shift.left]
        found.moved.extend(moves)
        found.events.update((move, _event(move, profile.seq, due, now)) for move in moves)
        found.forgotten.extend((profile.customer, name) for name in due if name not in shift.rechecks)
        for stand in _stands(profile, shift, moment, everything=everything):
            if stand.since is None and stand.recheck_at is None:
                found.forgotten.append((stand.customer, stand.segment))
            else:
                found.stands.append(stand)
        if cold and moves:
            found.unsure.add(profile.customer)

    async def _write(
        self, events: Sequence[Event], stands: Sequence[Membership], forgotten: Sequence[tuple[str, str]]
    ) -> None:
        if events or stands or forgotten:
            whom = (
                {event.customer for event in events} | {one.customer for one in stands} | {who for who, _ in forgotten}
            )
            fence = self._profiles.ward.fence(whom)
            await self._store.change_memberships(entered=stands, left=forgotten, told=events, fence=fence)

    async def _told(self, customers: Sequence[str]) -> list[Transition]:
        """Return the last entry or exit that the log tells of some customers and each segment."""
        last: dict[tuple[str, str], Transition] = {}
        if customers:
            async for page in self._store.history_pages(customers, names=(ENTERED, EXITED)):
                for event in page:
                    if event.source == SOURCE:
                        segment = event.texts["segment"]
                        last[event.customer, segment] = Transition(event.customer, segment, event.name == ENTERED)
        return list(last.values())

    async def _untold(self, looked: Looked, told: Collection[Transition]) -> list[Transition]:
        """Return the exits of whoever was just cut off others and only stood where those had left them.

        Of that entry the log told under the others, if at all.
        """
        left = [one for one in looked.events if not one.entered and one.customer in looked.reshaped]
        left = [one for one in left if one._replace(entered=True) not in told]
        views = await self._store.views(sorted({one.customer for one in left})) if left else {}
        shapes = {who: looked.profiles[who].shape for who in views}
        cut = {who for who, view in views.items() if any(_parts(link, shapes[who]) for link in view.links)}
        return [one for one in left if one.customer in cut]

    def _shift(self, profile: Profile, due: Sequence[str], moment: Moment) -> Shift:
        changed = None if profile.changed is None or ANYWHERE in due else frozenset(profile.changed)
        profile.changed = set()
        if profile.seen is None or not profile.seen.of(self._index):
            profile.seen = Seen(self._index, self._profiles.plan)
        return profile.seen.shift(
            profile.state, changed, moment, inside=profile.memberships, due=due, predicted=profile.predicted
        )


def _parts(link: Link, seq: int) -> bool:
    """Say whether an event cut somebody off by a link; a browser that was let go took nothing with it."""
    return link.cut_seq == seq and link.kind != "shared"


def _stands(profile: Profile, shift: Shift, moment: Moment, *, everything: bool) -> list[Membership]:
    """Return what to record, and note it in the profile: entries, exits, and rechecks that moved.

    Hundreds of segments may each change with time; when to look again at those that a customer is not in is one row.

    Args:
        everything: Whether every segment was looked at, and not only those that read what changed.
    """
    found: list[Membership] = []
    for name, recheck_at in shift.rechecks.items():
        before = profile.memberships.get(name)
        stand = Membership(profile.customer, name, moment.micros if before is None else before.since, recheck_at)
        if stand != before:
            profile.memberships[name] = stand
            found.append(stand)
    for name in shift.left:
        del profile.memberships[name]
        found.append(Membership(profile.customer, name, None, None))
    soonest = shift.outside
    if not everything and profile.outside_until is not None:
        soonest = profile.outside_until if soonest is None else min(soonest, profile.outside_until)
    if everything or soonest != profile.outside_until:
        profile.outside_until = soonest
        found.append(Membership(profile.customer, ANYWHERE, None, soonest))
    return found


def _event(move: Transition, seq: int, due: Sequence[str], now: datetime) -> Event:
    cause = f"at-{micros(now)}" if due else str(seq)
    name = ENTERED if move.entered else EXITED
    return Event(
        source=SOURCE,
        message_id=f"{name}:{move.customer}:{move.segment}:{cause}",
        name=name,
        customer=move.customer,
        at=now,
        received_at=now,
        texts={"segment": move.segment},
    )
