"""What a sender sent, made ready for the door: looked through, in Segment's long shape, its token checked.

Everybody's events come this way, also those that waited in quarantine and are offered again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from shopkeeper.core.errors import BadInput
from shopkeeper.flows.collecting.strict import ALONE, Shared, fault_of
from shopkeeper.flows.collecting.wire import in_long_shape
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.protect.token import read_token

Shape = Callable[[Any], Any]
"""Brings one event into Segment's shape. Raises: Refusal."""
TOKENS: Final = "outcome-tokens"
"""The name of the store's secret that signs tokens."""
_CARRIED: Final = "outcomeToken"
"""The field into which the token of an outcome's properties is put: whoever offers the event again has it, and the
door, which reads no such field, keeps none."""
_CREDIT: Final = frozenset({"decision", "slot", "arm"})
"""What only a token says."""


def ready(
    event: Any, *, doubtful: bool, now: datetime, key: bytes, shape: Shape | None = None, shared: Shared = ALONE
) -> dict[str, Any]:
    """Return an event as the door reads it.

    Args:
        event, doubtful: See `strict.read_json`.
        now: When it came. key: Signs tokens. shape: Brings it into Segment's shape, if it is not in that.
        shared: What is said of it beside it, which `shape` adds.

    Raises: Refusal: it cannot be taken, whatever the shop's definitions say.
    """
    fault = fault_of(event, doubtful=doubtful, shared=shared)
    if fault is not None:
        raise fault
    return ready_again(event if shape is None else shape(event), now=now, key=key)


def ready_again(event: Any, *, now: datetime, key: bytes) -> dict[str, Any]:
    """Return an event as the door reads it, of one that was looked through when it came; see `ready`.

    What has once come out, and the same `now`, give the same.
    """
    return credited(in_long_shape(event, now=now), key)


def credited(wire: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """Write among an outcome's properties what its token says, and nothing else that only a token may say.

    So a credit cannot be made up.

    Raises: Refusal: the token was not signed by `key`.
    """
    given = wire.get("properties")
    if not isinstance(given, dict):
        return dict(wire)
    said = {name: value for name, value in given.items() if name not in _CREDIT}
    text = said.pop("token", wire.get(_CARRIED))
    if text is None:
        return {**wire, "properties": said}
    if not isinstance(text, str):
        raise Refusal("bad_token", "properties.token: must be the text that a decision's pick carried")
    try:
        token = read_token(text, key)
    except BadInput as error:
        raise Refusal("bad_token", str(error)) from None
    said |= {"decision": token.decision, "slot": token.slot, "offer": token.item, "arm": token.arm}
    said |= {"position": token.place, "probability": token.probability}
    return {**wire, "properties": said, _CARRIED: text}
