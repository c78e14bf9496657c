"""How wide the columns of a workbook are, so that people see what stands in them. Writes nothing."""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from rich.cells import cell_len

LOOKED_AT = 200
"""Rows that are looked at."""

NARROW, WIDE, OF_A_TEXT = 8, 40, 70
"""Characters: what a column has at least, what it has at most, and what one of texts has at most."""


def widths_of(
    names: Sequence[str], rows: Iterable[Sequence[Any]], *, room: int = 2, wide: Collection[str] = ()
) -> list[int]:
    """Returns the width of each column in characters, by its name and its first rows.

    Args:
        names: Of the columns.
        rows: Their cells.
        room: What stands free beside the longest.
        wide: The names of those that hold texts.
    """
    longest = [cell_len(name) for name in names]
    for row in islice(rows, LOOKED_AT):
        longest = [max(length, _length(cell)) for length, cell in zip(longest, row, strict=True)]
    most = [OF_A_TEXT if name in wide else WIDE for name in names]
    return [min(max(NARROW, length + room), each) for length, each in zip(longest, most, strict=True)]


def _length(cell: Any) -> int:
    """How many characters a cell shows in its longest line."""
    if cell is None:
        return 0
    if isinstance(cell, float):
        return len(f"{cell:.10g}")
    return max(map(cell_len, str(cell)[: 4 * OF_A_TEXT].splitlines()), default=0)
