"""The first page."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.core.errors import BadInput
from shopkeeper.flows.home.desk import Home, standing_of

SPANS = (7, 28, 90)


@operation("GET", "/v1/home", needs="see", twin="home")
async def home(call: Call, days: int = 28) -> Home:
    """Give the first page: alerts, what treating customers changed, what is different today.

    It never waits for the comparison of `days` (7, 28 or 90): that is made apart, and `lift.computing` says that a
    newer one is on its way; ask again in a second or two.
    """
    if days not in SPANS:
        raise BadInput(f"query: days == {days}, must be one of {', '.join(map(str, SPANS))}")
    return await call.app.backroom.desk.home(standing_of(call.app.service), days=days, now=call.now)


OPERATIONS = (home,)
