"""Imported offers, and what was learned about offers, in SQL."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from shopkeeper.core.offer import Offer
from shopkeeper.store.catalogue import put_bodies
from shopkeeper.store.dialect import upsert
from shopkeeper.store.log import advance
from shopkeeper.store.schema import offer_counts
from shopkeeper.store.schema import offers as offers_table

_decode = msgspec.msgpack.Decoder(Offer).decode


def put_offers(conn: Connection, offers: Sequence[Offer]) -> None:
    """Write imported offers."""
    put_bodies(conn, offers_table, offers)


def offers(conn: Connection) -> list[Offer]:
    """Return every imported offer in order of id, by code point in both databases."""
    found = conn.execute(select(offers_table.c.body)).scalars()
    return sorted((_decode(body) for body in found), key=lambda offer: offer.id)


def learn(
    conn: Connection, counts: Sequence[tuple[str, str, int, int]], *, reader: str, expected: int, to: int
) -> None:
    """Move the reader's cursor and add counts, in order of key so that two writers wait for each other.

    Raises: Conflict: the cursor stands elsewhere; nothing was added.
    """
    advance(conn, reader, expected=expected, to=to)
    rows = [{"offer": offer, "arm": arm, "shown": shown, "taken": taken} for offer, arm, shown, taken in sorted(counts)]
    upsert(conn, offer_counts, rows, add=("shown", "taken"))


def learned(conn: Connection) -> dict[tuple[str, str], tuple[int, int]]:
    """Return (shown, taken) by (offer, arm)."""
    return {(offer, arm): (shown, taken) for offer, arm, shown, taken in conn.execute(select(offer_counts))}
