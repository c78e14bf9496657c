"""Rows that repeat the header, as joined files and printed pages have them. Leaves out none."""

import math
from collections.abc import Collection

import pandas as pd

MARK = "\ufeff"


def header_again(frame: pd.DataFrame, unnamed: Collection[str]) -> list[int]:
    """Returns the positions of the rows whose every cell is the name of its column.

    In a single column only one behind a byte-order mark is: else it may be a text that is the name.

    Args:
        frame: A table as read.
        unnamed: The columns that have no name in the file, whose cells have to be blank.
    """
    names = ["" if name in unnamed else str(name) for name in frame.columns]
    if not names or not any(names):
        return []
    first = {MARK + names[0], *names[:1] * (len(names) > 1)}
    found = [
        position
        for position, cell in enumerate(frame.iloc[:, 0].tolist())
        if (cell in first if isinstance(cell, str) else _is(cell, names[0]))
    ]
    rows = frame.iloc[found, 1:].itertuples(index=False, name=None)
    return [position for position, row in zip(found, rows, strict=True) if all(map(_is, row, names[1:]))]


def _is(cell: object, name: str) -> bool:
    if isinstance(cell, str):
        return cell == name
    return not name and (cell is None or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)))
