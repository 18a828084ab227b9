"""Entries of some rows of a CSR matrix, gathered without scipy's checks, which cost more than the gathering."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.customize.recommend.purchases import Matrix


class Entries(NamedTuple):
    """Cells of a matrix, parallel arrays of shape (k,).

    rows: Place of the row among those asked for. columns: Of the matrix. values: float32.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.integer[Any]]
    values: NDArray[np.float32]


def gathered(matrix: Matrix, rows: NDArray[np.integer[Any]]) -> Entries:
    """Return the cells of some rows of a CSR matrix, row after row."""
    starts = matrix.indptr[rows].astype(np.int64)
    counts = matrix.indptr[rows + 1] - starts
    of = np.repeat(np.arange(len(rows)), counts)
    at = np.arange(len(of)) + np.repeat(starts - (np.cumsum(counts) - counts), counts)
    return Entries(of, matrix.indices[at], matrix.data[at])


class Columns:
    """Some distinct columns of a matrix with `n` of them, to sort cells by, in the order asked for."""

    def __init__(self, columns: Sequence[int], n: int) -> None:
        self._count = len(columns)
        self._wanted = np.full(n, self._count, np.int32)
        self._wanted[list(columns)] = np.arange(self._count)

    def totals(self, entries: Entries) -> tuple[list[float], list[int]]:
        """Return the sum and the number of each column's cells."""
        place = self._wanted[entries.columns]
        sums = np.bincount(place, entries.values, minlength=self._count)[: self._count]
        return sums.tolist(), np.bincount(place, minlength=self._count)[: self._count].tolist()

    def cells(self, entries: Entries) -> list[list[tuple[float, int]]]:
        """Return each column's cells as (value, row)."""
        place = self._wanted[entries.columns]
        kept = np.flatnonzero(place < self._count)
        found: list[list[tuple[float, int]]] = [[] for _ in range(self._count)]
        parts = (place[kept].tolist(), entries.values[kept].tolist(), entries.rows[kept].tolist())
        for where, value, row in zip(*parts, strict=True):
            found[where].append((value, row))
        return found
