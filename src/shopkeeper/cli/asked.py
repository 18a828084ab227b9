"""Which customer a command means."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from shopkeeper.cli.remote import Server, ask
from shopkeeper.core.errors import BadInput, NotFound

if TYPE_CHECKING:
    from shopkeeper.flows.customers.desk import Desk


async def asked(desk: "Desk", name: str) -> str:
    """Return the id of whom `user_id:1023` or an id `cus_…` means.

    Raises: BadInput: neither of the two. NotFound: nobody is called so.
    """
    with _naming(name):
        return await desk.asked(name)


async def asked_there(server: Server, name: str) -> str:
    """Do the same at a server. Raises: ShopkeeperError: what the server says."""
    if name.startswith("cus_"):
        return name
    kind, colon, value = name.partition(":")
    with _naming(name):
        if not colon or not value:
            raise BadInput("customer: must be KIND:VALUE, such as user_id:1023, or an id cus_…")
        page = await ask(server, "GET", f"/v1/customers/{quote(kind, safe='')}/{quote(value, safe='')}")
    return str(page["customer"])


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Say of which of several names something is wrong: who typed it may read it, so it is repeated here alone."""
    try:
        yield
    except (BadInput, NotFound) as error:
        raise type(error)(f"{name!r}: {error}") from None
