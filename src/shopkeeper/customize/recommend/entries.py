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


def among(entries: Entries, columns: Sequence[int], n: int) -> list[list[tuple[float, int]]]:
    """Sort out the cells of some distinct columns, of a matrix with `n` of them: (value, row) by column asked for."""
    wanted = np.full(n, -1, np.int32)
    wanted[list(columns)] = np.arange(len(columns))
    place = wanted[entries.columns]
    kept = np.flatnonzero(place >= 0)
    found: list[list[tuple[float, int]]] = [[] for _ in columns]
    cells = (place[kept].tolist(), entries.values[kept].tolist(), entries.rows[kept].tolist())
    for where, value, row in zip(*cells, strict=True):
        found[where].append((value, row))
    return found
