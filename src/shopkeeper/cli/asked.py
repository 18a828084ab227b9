"""Which customer a command means."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shopkeeper.flows.customers.desk import Desk


async def asked(desk: "Desk", name: str) -> str:
    """Return the id of whom `user_id:1023` or an id `cus_…` means.

    Raises: BadInput: neither of the two. NotFound: nobody is called so.
    """
    return await desk.asked(name)
