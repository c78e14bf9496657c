"""Columns as rows, a few thousand at a time: a million rows are never all held as Python objects."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

CHUNK_ROWS = 10_000


def rows_of(columns: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Goes through the rows of columns that are as long as each other, plain Python in each cell."""
    for start in range(0, len(columns[0]), CHUNK_ROWS):
        yield from zip(*(_cells(column, slice(start, start + CHUNK_ROWS)) for column in columns), strict=True)


def _cells(column: Any, rows: slice) -> list[Any]:
    return column.iloc[rows].tolist() if isinstance(column, pd.Series) else column[rows]
