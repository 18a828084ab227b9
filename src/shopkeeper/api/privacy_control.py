"""Global Privacy Control: the signal of a browser, and the shop's word that it is heard."""

from datetime import date

import msgspec
from starlette.datastructures import Headers

from shopkeeper.api.operation import Call, operation


class PrivacyControl(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The support resource of the specification of Global Privacy Control.

    gpc: Whether the shop abides by the signal. last_update: The day since which it says so.
    """

    gpc: bool
    last_update: date


def gpc_of(headers: Headers) -> bool:
    """Say whether a request carries the signal: `Sec-GPC` with the value exactly `1`, once."""
    return headers.getlist("sec-gpc") == ["1"]


@operation("GET", "/.well-known/gpc.json", needs=None, twin="check")
async def gpc_support(call: Call) -> PrivacyControl:
    """Say whether this shop abides by Global Privacy Control, and since when."""
    definitions = call.app.service.definitions
    applied = await call.app.store.in_force()
    since = call.now if applied is None else applied.at
    abides = any(purpose.gpc for purpose in definitions.shop.purposes.values())
    return PrivacyControl(gpc=abides, last_update=since.date())


OPERATIONS = (gpc_support,)
