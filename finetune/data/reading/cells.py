"""The cells of a column as strings, and where in the user's file one stands. Keeps and leaves out no row."""

import math
from pathlib import Path

import numpy as np
import pandas as pd

from finetune.data.reading.loaded import Loaded, Pieces, numbered, place
from finetune.data.reading.unsaved import Unsaved
from finetune.errors import DataError
from finetune.language.say import Message

MOST_CHARACTERS = 1_000_000
"""Of a text that are read: a book, of which no model reads more than the beginning. Tens of millions of tokens at once
take gigabytes."""


def strings(loaded: Loaded, column: str, *, needed: bool = True) -> list[str]:
    """A column's cells as strings without outer blanks; if needed, none may be a formula without a value."""
    found: list[str] = []
    cells = loaded.frame[column].tolist()
    if needed:
        _refuse_unsaved(loaded, column, cells)
    for position, cell in enumerate(cells):
        string = cell_text(cell)
        if string is None:
            raise DataError(
                '{source}: {place}, column "{column}": a {kind} where a text or a number should stand: '
                "give each row one value",
                source=loaded.name,
                place=where(loaded.parts, position),
                column=column,
                kind=type(cell).__name__,
            )
        found.append(string)
    return found


def _refuse_unsaved(loaded: Loaded, column: str, cells: list[object]) -> None:
    """Refuses formulas that no program has computed: their cells are not empty for who looks at them."""
    unsaved = [position for position, cell in enumerate(cells) if isinstance(cell, Unsaved)]
    if unsaved:
        raise DataError(
            '{source}: {n:,} cell of the column "{column}" is a formula without a saved value ({place}): open the '
            "file in Excel or LibreOffice and save it",
            '{source}: {n:,} cells of the column "{column}" are formulas without a saved value (first in {place}): '
            "open the file in Excel or LibreOffice and save it",
            n=len(unsaved),
            source=loaded.name,
            column=column,
            place=where(loaded.parts, unsaved[0]),
        )


def shared(names: list[str]) -> list[str]:
    """Equal strings as one object: a million labels are a handful of names."""
    found: dict[str, str] = {}
    return [found.setdefault(name, name) for name in names]


def cell_text(cell: object) -> str | None:
    """A cell as a string: without outer blanks, "" if missing, "1" for 1.0, None for what is no single value."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, (list, tuple, dict, set, bytes, np.ndarray)):
        return None
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return ""
    if isinstance(cell, float):
        return "" if math.isnan(cell) else str(int(cell)) if cell.is_integer() else str(float(cell))
    return str(cell).strip()


def where(parts: Pieces, position: int) -> Message:
    """A position in a table in words, with the file where there are several."""
    piece, line = place(parts, position)
    if len(parts) == 1:
        return numbered(piece.unit, line)
    name = Path(piece.name).name
    return Message(
        "row {line} of {file}" if piece.unit == "row" else "line {line} of {file}", line=line, file=name
    )
