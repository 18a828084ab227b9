"""Items, places and stock in SQL."""

from collections.abc import Mapping, Sequence
from functools import cache

import msgspec
from sqlalchemy import Connection, Executable, Table, func, select

from shopkeeper.core.item import Item, Place, Stock
from shopkeeper.core.offer import Offer
from shopkeeper.store.dialect import among, listed, upsert
from shopkeeper.store.schema import items as items_table
from shopkeeper.store.schema import places as places_table
from shopkeeper.store.schema import stock as stock_table
from shopkeeper.store.schema import versions

_encode = msgspec.msgpack.Encoder().encode
_item = msgspec.msgpack.Decoder(Item).decode
_select_version = select(func.coalesce(func.max(versions.c.number), 0)).where(versions.c.name == "catalogue")
_place = msgspec.msgpack.Decoder(Place).decode


def put_bodies(conn: Connection, table: Table, rows: Sequence[Item] | Sequence[Place] | Sequence[Offer]) -> None:
    """Write rows that are an id and an encoded body, and count the catalogue's version up."""
    upsert(conn, table, [{"id": row.id, "body": _encode(row)} for row in rows])
    changed(conn)


def changed(conn: Connection) -> None:
    """Count the catalogue's version up."""
    upsert(conn, versions, [{"name": "catalogue", "number": 1}], add=("number",))


def put_items(conn: Connection, items: Sequence[Item]) -> None:
    """Write items."""
    put_bodies(conn, items_table, items)


def put_places(conn: Connection, places: Sequence[Place]) -> None:
    """Write places."""
    put_bodies(conn, places_table, places)


def put_stock(conn: Connection, stock: Sequence[Stock]) -> None:
    """Write stock rows."""
    upsert(conn, stock_table, [msgspec.structs.asdict(row) for row in stock])
    changed(conn)


def items(conn: Connection) -> list[Item]:
    """Return the catalogue in order of id, by code point in both databases."""
    return sorted((_item(body) for body in conn.execute(select(items_table.c.body)).scalars()), key=lambda row: row.id)


def find_items(conn: Connection, ids: Sequence[str]) -> Mapping[str, Item]:
    """Return the items that exist among `ids`, by id."""
    found = conn.execute(_select_items(conn.dialect.name), listed(conn, ids))
    return {key: _item(body) for key, body in found}


@cache
def _select_items(dialect: str) -> Executable:
    return select(items_table).where(among(dialect, items_table.c.id))


def places(conn: Connection) -> list[Place]:
    """Return every place in order of id, by code point in both databases."""
    return sorted(
        (_place(body) for body in conn.execute(select(places_table.c.body)).scalars()), key=lambda row: row.id
    )


def stock(conn: Connection) -> list[Stock]:
    """Return every stock row."""
    table = stock_table.c
    found = conn.execute(select(table.item, table.place, table.available, table.price))
    return [Stock(item=item, place=place, available=available, price=price) for item, place, available, price in found]


def catalogue_version(conn: Connection) -> int:
    """Return how often the catalogue was written."""
    return int(conn.execute(_select_version).scalar_one())
