"""What a server imports and warms, done once in the process that all servers are forked from."""

import gc
from importlib import import_module
from typing import Final

from faults.shop import DEFINITIONS
from shopkeeper.flows.definitions import load_definitions

MODULES: Final = (
    "alembic.migration",
    "asyncpg",
    "babel.numbers",
    "faults.plants",
    "rich.console",
    "shopkeeper.api.process",
    "shopkeeper.cli.main",
    "shopkeeper.cli.serving",
    "shopkeeper.engines.batch",
    "shopkeeper.flows.crowd",
    "shopkeeper.store.postgres",
    "shopkeeper.store.sqlite",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "sqlite3",
    "uvloop",
)

for name in MODULES:
    import_module(name)
load_definitions({file: text for file, text in DEFINITIONS.items() if file.endswith(".yaml")})
gc.collect()
gc.freeze()  # a server collects its garbage as it starts, and would walk through all of this
