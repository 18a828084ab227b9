"""Parquet, a batch at a time, whatever the size of its row groups."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shopkeeper.core.errors import BadInput
from shopkeeper.engines.tables.delimited import damaged
from shopkeeper.engines.tables.rows import BATCH, Arrow, Rows


class Parquet:
    """A Parquet file."""

    complete = True
    advice = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        file = _open(path)
        self.names = tuple(file.schema_arrow.names)
        self.total: int | None = file.metadata.num_rows
        file.close()

    def batches(self, *, skip: int = 0, only: list[str] | None = None) -> Iterator[Rows]:
        """Read the rows after the first `skip`, in batches; with `only`, some columns."""
        import pyarrow as pa

        start = 0
        file = _open(self.path)
        try:
            for batch in file.iter_batches(batch_size=BATCH, columns=only, use_threads=False):
                stop = start + batch.num_rows
                if stop > skip:
                    first = max(start, skip)
                    table = pa.Table.from_batches([batch.slice(first - start)])
                    yield Arrow(table, list(range(first + 1, stop + 1)))
                start = stop
        except (pa.ArrowException, OSError) as error:
            raise damaged(self.path.name, error) from None
        finally:
            file.close()


def _open(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
    except (pa.ArrowException, OSError):
        raise BadInput(
            f"{path.name}: no whole Parquet file (its end is missing or damaged); bring the whole file"
        ) from None
