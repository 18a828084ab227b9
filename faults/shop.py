"""The shop that is broken: as small as one can be that collects, folds and decides."""

import asyncio
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from shopkeeper.core.clock import SystemClock
from shopkeeper.core.item import Item
from shopkeeper.flows.definitions import apply
from shopkeeper.flows.sources.registry import NewSource, add_source
from shopkeeper.store import open_store

SOURCE: Final = "till"
DEFINITIONS: Final = {
    "shop.yaml": """
name: Corner shop
currency: EUR
time_zone: Europe/Vienna
identifiers:
  user_id: {limit: 1}
  email: {limit: 5}
  anonymous_id: {limit: 5}
purposes:
  personalization: {basis: legitimate_interest}
holdout: {share: 0, salt: faults}
""",
    "traits.yaml": """
orders: {count: Order Completed}
spend: {sum: total, of: Order Completed}
looks: {count: Product Viewed}
""",
    "segments.yaml": "regulars: {where: orders >= 5}\n",
    "offers.yaml": "offers: {}\nrules: {}\n",
    "slots.yaml": "recommendations: {kind: product, n: 3}\n",
}
ITEMS: Final = tuple(Item(id=f"i{n}", title=f"Item {n}", category=f"c{n % 3}", price=100 + n) for n in range(12))


class Shop(NamedTuple):
    """A shop.

    papers: The folder of what is written about it: the ledger, what the server says. key: The write key of its till,
    a source that proves identifiers.
    """

    folder: Path
    papers: Path
    database: str
    key: str

    @property
    def store(self) -> str:
        """Which kind of store it has."""
        return self.database.partition(":")[0]


def make_shop(folder: Path, database: str | None = None, *, papers: Path | None = None) -> Shop:
    """Make a shop in a folder, on SQLite where no other database is named, its papers beside it or elsewhere."""
    data = folder / ".shopkeeper"
    data.mkdir(parents=True)
    for name, text in DEFINITIONS.items():
        (folder / name).write_text(text, "utf-8")
    url = f"sqlite:///{data}/store.db" if database is None else database
    (folder / "shopkeeper.toml").write_text(f'database = "{url}"\n', "utf-8")
    return Shop(folder, folder.parent if papers is None else papers, url, asyncio.run(_fill(url)))


async def _fill(url: str) -> str:
    now = SystemClock().now()
    store = await open_store(url)
    await apply(store, DEFINITIONS, who="faults", now=now, expected=None)
    await store.put_items(ITEMS)
    asked = NewSource(name=SOURCE, kind="server", basis="contract")
    keys = await add_source(store, asked, now=now, rng=Random(1))  # noqa: S311 - the key of a shop that is thrown away
    await store.close()
    return keys.write_key or ""
