"""What a sender sent, made ready for the door: looked through, in Segment's long shape, its token checked.

Everybody's events come this way, also those that waited in quarantine and are offered again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from shopkeeper.core.errors import BadInput
from shopkeeper.flows.collecting.strict import fault_of
from shopkeeper.flows.collecting.wire import in_long_shape
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.protect.token import PROPERTY, read_token

Shape = Callable[[Any], Any]
"""Brings one event into Segment's shape. Raises: Refusal."""
TOKENS: Final = "outcome-tokens"
"""The name of the store's secret that signs tokens."""
_CREDIT: Final = frozenset({"decision", "slot", "arm"})
"""What only a token says."""


def ready(event: Any, *, doubtful: bool, now: datetime, key: bytes, shape: Shape | None = None) -> dict[str, Any]:
    """Return an event as the door reads it.

    Doing that again with what came out, and the same `now`, changes nothing.

    Args:
        event, doubtful: See `strict.read_json`.
        now: When it came. key: Signs tokens. shape: Brings it into Segment's shape, if it is not in that.

    Raises: Refusal: it cannot be taken, whatever the shop's definitions say.
    """
    fault = fault_of(event, doubtful=doubtful)
    if fault is not None:
        raise fault
    return credited(in_long_shape(event if shape is None else shape(event), now=now), key)


def credited(wire: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """Write what an outcome's token says beside it, and nothing else that only a token may say.

    So a credit cannot be made up. The token stays, for whoever offers the event once more; the door keeps none.

    Raises: Refusal: the token was not signed by `key`.
    """
    given = wire.get("properties")
    if not isinstance(given, dict):
        return dict(wire)
    said = {name: value for name, value in given.items() if name not in _CREDIT}
    if PROPERTY in given:
        if not isinstance(given[PROPERTY], str):
            raise Refusal("bad_token", "properties.token: must be the text that a decision's pick carried")
        try:
            token = read_token(given[PROPERTY], key)
        except BadInput as error:
            raise Refusal("bad_token", str(error)) from None
        said |= {"decision": token.decision, "slot": token.slot, "offer": token.item, "arm": token.arm}
        said |= {"position": token.place, "probability": token.probability}
    return {**wire, "properties": said}
