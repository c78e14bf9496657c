"""The rows since the last look: so many, drawn by chance, whatever sizes the files have. Kept between starts."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from finetune.commands.watch.drift.rows import Rows, rows_of_arrays
from finetune.files.whole import write_through
from finetune.runtime.answering.answers import Floats

ROWS = 200
"""By which one look is taken: as many as show another subject in a fifth of them."""

COUNTS = ("since", "looks", "in_a_row")


@dataclass(frozen=True)
class Drawn:
    """Rows that were drawn of more: those with the lowest lots.

    Attributes:
        rows: At most `ROWS`.
        lots: What each has drawn, from 0 to 1. [N]
        of: How many rows there were.
    """

    rows: Rows
    lots: Floats
    of: int

    def and_then(self, others: "Drawn") -> "Drawn":
        """Returns what is drawn of both: each row has the same chance, of whichever it is."""
        lots = np.concatenate([self.lots, others.lots])
        lowest = np.sort(np.argsort(lots)[:ROWS])
        return Drawn(self.rows.and_then(others.rows).at(lowest), lots[lowest], self.of + others.of)


@dataclass
class Window:
    """What is kept.

    Attributes:
        number: Of what the rows are held against.
        looks: How many were taken.
        in_a_row: How many of the last looks were alarms.
        drawn: Of the rows since; None where there are none.
    """

    number: str
    looks: int = 0
    in_a_row: int = 0
    drawn: Drawn | None = None

    @property
    def since(self) -> int:
        """Rows since the last look."""
        return 0 if self.drawn is None else self.drawn.of

    def add(self, drawn: Drawn) -> None:
        """Adds the rows of a file."""
        self.drawn = drawn if self.drawn is None else self.drawn.and_then(drawn)

    def looked(self, *, alarm: bool) -> None:
        """Begins anew, once a look was taken."""
        self.looks += 1
        self.in_a_row = self.in_a_row + 1 if alarm else 0
        self.drawn = None


def save(window: Window, file: Path) -> None:
    """Writes what is kept.

    Raises:
        OSError: It cannot be written.
    """
    drawn = window.drawn
    arrays: dict[str, Any] = {name: np.array(getattr(window, name)) for name in ("number", *COUNTS)}
    if drawn is not None:
        arrays |= drawn.rows.arrays() | {"lots": drawn.lots}

    def write(path: Path) -> None:
        with path.open("wb") as stream:
            np.savez(stream, **arrays)

    write_through(file, write)


def opened(file: Path, number: str) -> Window:
    """Returns what was kept; a new one where there is none, it is damaged, or of another model."""
    try:
        with np.load(file, allow_pickle=False) as content:
            arrays = dict(content)
        since, looks, in_a_row = (int(arrays[name]) for name in COUNTS)
        drawn = Drawn(rows_of_arrays(arrays), arrays["lots"], since) if since else None
        if str(arrays["number"]) == number and (drawn is None or len(drawn.rows) == len(drawn.lots)):
            return Window(number, looks, in_a_row, drawn)
    except (OSError, EOFError, ValueError, TypeError, KeyError, zipfile.BadZipFile, zlib.error):
        pass  # what is damaged holds some hundred rows that nobody has looked at yet
    return Window(number)
