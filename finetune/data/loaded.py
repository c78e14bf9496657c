"""A table as read, before anyone knows its text and label columns; and what names of splits look like."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd

from finetune.data.columns import fold
from finetune.data.dialect import Dialect

T = TypeVar("T")

SPLIT_NAMES = {
    "train": {"train", "training", "treino", "treinamento"},
    "validation": {"valid", "validation", "val", "dev", "validacao"},
    "test": {"test", "testing", "teste"},
}


@dataclass(frozen=True)
class Loaded:
    """A table as read: `parts` holds name and first position of each file it was put together from."""

    name: str
    frame: pd.DataFrame
    dialect: Dialect
    parts: tuple[tuple[str, int], ...]


def place(dialect: Dialect, parts: tuple[tuple[str, int], ...], position: int) -> tuple[str, int]:
    """File and line of a position in a table that was put together from parts."""
    name, first = parts[bisect_right(parts, position, key=lambda part: part[1]) - 1]
    return name, position - first + dialect.first_line


Splits = dict[str, Loaded]
Notes = tuple[str, ...]


def split_of(name: str) -> str | None:
    """The split that a name says, alone or among other words: `train-00000-of-00002`, `Validação`."""
    words = set(re.split(r"[^a-z]+", fold(name)))
    found = [split for split, names in SPLIT_NAMES.items() if words & names]
    return found[0] if len(found) == 1 else None


def single(name: str, frame: pd.DataFrame, dialect: Dialect) -> Loaded:
    """A table that is one piece."""
    return Loaded(name, frame, dialect, ((name, 0),))


def undivided(splits: dict[str, T]) -> dict[str, T]:
    """A source with one split only is not divided: it is simply all there is."""
    return {"all": next(iter(splits.values()))} if len(splits) == 1 else splits
