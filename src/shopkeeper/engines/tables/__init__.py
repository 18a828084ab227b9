"""Tables in files: CSV, JSON lines and Parquet of any size, read in batches whose memory is bounded."""

from shopkeeper.engines.tables.opening import Table, open_table
from shopkeeper.engines.tables.rows import Rows, Spoiled

__all__ = ["Rows", "Spoiled", "Table", "open_table"]
