"""What live states are made of, read in one go: whoever waits for a decision waits for this."""

from collections.abc import Sequence

from sqlalchemy import Connection

from shopkeeper.core.profile import Ground, News, StoredProfile, version_of
from shopkeeper.store import history, identity, log, profile
from shopkeeper.store.dialect import one_moment


def ground(conn: Connection, customers: Sequence[str], *, version: str = "", watched: Sequence[str] = ()) -> Ground:
    """Return what is stored of some customers."""
    with one_moment(conn) as still:
        while True:
            shapes, upto = identity.shapes(conn, customers), log.head(conn)
            stored = profile.load_profiles(conn, customers)
            predicted = profile.predicted(conn, customers)
            memberships = profile.memberships(conn, watched) if watched else {}
            links = identity.joints(conn, sorted(shapes)) if shapes else {}
            after, tail = 0, None
            if len(customers) == 1:
                after = _reaches(stored.get(customers[0]), version_of(version, shapes.get(customers[0], 0)))
                tail = history.few_of_history(conn, customers, after=after, upto=upto)
            if still or shapes == identity.shapes(conn, customers):
                return Ground(News(after, upto, shapes, tail), stored, predicted, memberships, links)


def _reaches(stored: StoredProfile | None, version: str) -> int:
    return stored.seq if stored is not None and stored.version == version else 0


def news(conn: Connection, customers: Sequence[str], *, after: int) -> News:
    """Return what the log says of some customers beyond a number.

    Shapes are read last: a merge that comes in between makes what is live of its customers too old for this.
    """
    with one_moment(conn):
        upto = log.head(conn)
        if upto <= after:
            return News(after, upto, {}, [])
        tail = history.few_of_history(conn, customers, after=after, upto=upto) if len(customers) == 1 else None
        return News(after, upto, identity.shapes(conn, customers), tail)
