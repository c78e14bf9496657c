"""A table as read, before anyone knows its text and label columns; and what names of splits look like."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd

from finetune.data.reading.columns import fold
from finetune.data.reading.dialect import Dialect
from finetune.language.say import Message

T = TypeVar("T")

SPLIT_NAMES = {
    "train": {"train", "training", "treino", "treinamento"},
    "validation": {"valid", "validation", "val", "dev", "validacao"},
    "test": {"test", "testing", "teste"},
}


@dataclass(frozen=True)
class Piece:
    """A file that a table was put together from.

    Attributes:
        name: The file.
        first: Position of its first row in the table.
        first_line: Number the user sees on that row in the file.
        unit: What that number counts: "line" or "row".
    """

    name: str
    first: int
    first_line: int
    unit: str


Pieces = tuple[Piece, ...]


@dataclass(frozen=True)
class Loaded:
    """A table as read, and the files it was put together from."""

    name: str
    frame: pd.DataFrame
    dialect: Dialect
    parts: Pieces


def place(parts: Pieces, position: int) -> tuple[Piece, int]:
    """File and line of a position in a table that was put together from parts."""
    piece = parts[bisect_right(parts, position, key=lambda part: part.first) - 1]
    return piece, position - piece.first + piece.first_line


def numbered(unit: str, number: int) -> Message:
    """A place in a file, in words: "line 4"."""
    return Message("row {number}" if unit == "row" else "line {number}", number=number)


Splits = dict[str, Loaded]


def split_of(name: str) -> str | None:
    """The split that a name says, alone or among other words: `train-00000-of-00002`, `Validação`."""
    words = set(re.split(r"[^a-z]+", fold(name)))
    found = [split for split, names in SPLIT_NAMES.items() if words & names]
    return found[0] if len(found) == 1 else None


def single(name: str, frame: pd.DataFrame, dialect: Dialect) -> Loaded:
    """A table that is one piece."""
    return Loaded(name, frame, dialect, (Piece(name, 0, dialect.first_line, dialect.unit),))


def undivided(splits: dict[str, T]) -> dict[str, T]:
    """A source with one split only is not divided: it is simply all there is."""
    return {"all": next(iter(splits.values()))} if len(splits) == 1 else splits
