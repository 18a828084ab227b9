"""Which customer a command means."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from shopkeeper.cli.remote import Server, ask
from shopkeeper.core.errors import BadInput, NotFound

if TYPE_CHECKING:
    from shopkeeper.flows.customers.desk import Desk


async def asked(desk: "Desk", name: str, *, place: str = "") -> str:
    """Return the id of whom `user_id:1023` or an id `cus_…` means.

    Args:
        place: What the command calls it where there are several; the name itself is a customer's data.

    Raises: BadInput: neither of the two. NotFound: nobody is called so.
    """
    with _placing(place):
        return await desk.asked(name)


async def asked_there(server: Server, name: str, *, place: str = "") -> str:
    """Do the same at a server. Raises: ShopkeeperError: what the server says."""
    if name.startswith("cus_"):
        return name
    kind, colon, value = name.partition(":")
    with _placing(place):
        if not colon or not value:
            raise BadInput("customer: must be KIND:VALUE, such as user_id:1023, or an id cus_…")
        page = await ask(server, "GET", f"/v1/customers/{quote(kind, safe='')}/{quote(value, safe='')}")
    return str(page["customer"])


@contextmanager
def _placing(place: str) -> Iterator[None]:
    """Say of which of several names something is wrong."""
    try:
        yield
    except (BadInput, NotFound) as error:
        raise type(error)(f"{place}: {error}" if place else str(error)) from None
