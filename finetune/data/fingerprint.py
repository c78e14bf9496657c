"""A hash of tables by which a cross-validation knows them again. Looks at what trains and what divides, at no path."""

import hashlib
from collections.abc import Iterable, Sequence

import pandas as pd

from finetune.data.columns import matches
from finetune.data.parts import Division, column_of
from finetune.data.table import Table, cell_text


def fingerprint(tables: Iterable[Table], division: Division) -> str:
    """Returns a hash of the texts and labels of tables, and of the columns by which they are divided."""
    digest = hashlib.sha256()
    for table in tables:
        columns: dict[str, Sequence[object]] = {
            "text": table.text,
            "label": table.label or [""] * len(table.row),
        }
        for parameter in ("group_column", "time_column", "split_column"):
            name = getattr(division, parameter)
            # a table of its own for validation need not have it
            if name is not None and matches([str(column) for column in table.frame.columns], name):
                columns[parameter] = [cell_text(cell) or "" for cell in column_of(table, name, parameter)]
        cells = pd.DataFrame({"row": table.row, **columns})
        digest.update(pd.util.hash_pandas_object(cells, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]
