"""Columns as rows, a few thousand at a time: a million rows are never all held as Python objects."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

CHUNK_ROWS = 10_000


Pieces = Iterable[Sequence[Any]]
"""A table as it goes out: its columns, of some rows after others."""


def rows_of(pieces: Pieces) -> Iterator[tuple[Any, ...]]:
    """Goes through the rows of columns that are as long as each other, plain Python in each cell."""
    for columns in pieces:
        for start in range(0, len(columns[0]), CHUNK_ROWS):
            some = slice(start, start + CHUNK_ROWS)
            yield from zip(*(_cells(column, some) for column in columns), strict=True)


def _cells(column: Any, rows: slice) -> list[Any]:
    if not isinstance(column, pd.Series):
        return list(column[rows])
    some = column.iloc[rows]
    if isinstance(some.dtype, np.dtype) and some.dtype in (np.float16, np.float32):
        # 0.1 of 32 bits is 0.1 to whoever wrote it, and 0.10000000149011612 in 64 bits
        return [float(str(number)) for number in some.to_numpy()]
    return some.tolist()
