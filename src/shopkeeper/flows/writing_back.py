"""Writing back: live states are stored now and then, so that who reads them cold need not fold them from the start."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from shopkeeper.core.profile import StoredProfile
from shopkeeper.core.store import Store
from shopkeeper.differentiate.fold import State, encode_in_steps, encode_state
from shopkeeper.flows.ward import Ward

if TYPE_CHECKING:
    from shopkeeper.flows.profiles import Profile

WRITTEN, ENCODED = 2_000, 16
"""How many states one write takes, and how many are encoded before others get their turn."""
LARGE: Final = 1_000
"""Of how many orders a state is written seldom, and encoded in steps: a till that rings up everybody as one guest has a
hundred thousand."""
SELDOM: Final = 200
"""A large state is written once it has had one event for so many of its orders; those are folded again if it is not."""

_log = logging.getLogger(__name__)


def is_due(profile: "Profile") -> bool:
    """Say whether a state that changed has changed enough to be written."""
    return profile.state.size < LARGE or profile.unsaved * SELDOM >= profile.state.size


async def write_states(
    store: Store, profiles: Sequence["Profile"], *, version: Callable[[int], str], ward: Ward
) -> int:
    """Write states, a few at a time: encoding thousands in one go would hold up every decision meanwhile.

    Args:
        version: Names what a state of a shape is a fold of.

    Returns: How many were written.
    """
    count = 0
    for start in range(0, len(profiles), WRITTEN):
        written: list[tuple[Profile, StoredProfile]] = []
        for n, profile in enumerate(profiles[start : start + WRITTEN], 1):
            state = await _encoded(profile, version(profile.shape))
            if state is not None:
                written.append((profile, state))
            if n % ENCODED == 0:
                await asyncio.sleep(0)
        if written:
            states = [state for _, state in written]
            await store.save_profiles(states, fence=ward.fence(state.customer for state in states))
        for profile, state in written:
            profile.unsaved = 0
            if profile.seq == state.seq:  # else something was folded in meanwhile
                profile.dirty = False
        count += len(written)
    return count


async def _encoded(profile: "Profile", version: str) -> StoredProfile | None:
    """Return what is to be stored; None: it cannot be, and is not tried again while this state is live.

    It is folded from the log when it is next read cold. One such state must hold up neither the others nor the
    durable position, for anybody who may send events could bring it about.

    None, too, of a large state in which an order was corrected meanwhile: it is tried with the next write.
    """
    seq, state = profile.seq, profile.state
    try:
        encoded = encode_state(state) if state.size < LARGE else await _encoded_in_steps(state)
    except Exception as error:
        _log.error("the state of %s cannot be stored: unforeseen %s", profile.customer, type(error).__name__)
        profile.unwritable = True
        return None
    return None if encoded is None else StoredProfile(profile.customer, encoded, seq, version)


async def _encoded_in_steps(state: State) -> bytes | None:
    corrections, steps = state.corrections, encode_in_steps(state)
    while state.corrections == corrections:
        try:
            next(steps)
        except StopIteration as done:
            encoded: bytes = done.value
            return encoded
        await asyncio.sleep(0)
    return None
