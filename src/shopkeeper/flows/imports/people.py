"""The people behind an import's numbers."""

from datetime import datetime

from shopkeeper.core.errors import NotFound
from shopkeeper.flows.customers.desk import Desk
from shopkeeper.flows.customers.find import CustomerHits, hits_of


async def import_people(desk: Desk, job: str, *, after: str, limit: int, now: datetime) -> CustomerHits:
    """List the customers of whom the log learned something by an import, in order of id.

    Raises: NotFound: there is no such import, or its file brought no events.
    """
    progress = await desk.store.import_progress(job)
    if progress is None or progress.source is None or progress.after_seq is None:
        raise NotFound("import: there is none of that id, or it was made before its customers were noted")
    upto = await desk.store.head() if progress.upto_seq is None else progress.upto_seq
    found = await desk.store.told_of(
        progress.source, after=progress.after_seq, upto=upto, beyond=after, limit=limit + 1
    )
    return await hits_of(desk, found, limit=limit, now=now)
