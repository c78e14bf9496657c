"""A hash of tables by which a cross-validation knows them again. Looks at what trains and what divides, at no path."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from finetune.data.dividing.by_column import column_of
from finetune.data.dividing.parts import Division
from finetune.data.reading.cells import cell_text
from finetune.data.reading.columns import matches
from finetune.data.reading.table import Table

CHUNK_ROWS = 50_000
"""Rows hashed at once: as strings of Python all texts of a large table take several times the memory of the table."""


def fingerprint(tables: Iterable[Table], division: Division) -> str:
    """Returns a hash of the texts and labels of tables, and of the columns by which they are divided."""
    digest = hashlib.sha256()
    for table in tables:
        for start in range(0, len(table.row), CHUNK_ROWS):
            cells = _cells(table, division, slice(start, start + CHUNK_ROWS))
            # a row's number does not depend on the others
            digest.update(pd.util.hash_pandas_object(cells, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]


def _cells(table: Table, division: Division, some: slice) -> pd.DataFrame:
    """What counts of some rows."""
    rows = table.row[some]
    columns: dict[str, Sequence[object]] = {
        **dict(zip(("text", "text_pair"), table.texts_apart(some), strict=False)),
        "label": [""] * len(rows) if table.label is None else table.label[some],
    }
    for parameter in ("group_column", "time_column", "split_column"):
        name = getattr(division, parameter)
        # a table of its own for validation need not have it
        if name is not None and matches(table.columns, name):
            index = np.arange(len(table.row))[some]
            columns[parameter] = [cell_text(cell) or "" for cell in column_of(table, name, parameter, index)]
    return pd.DataFrame({"row": rows, **columns})
