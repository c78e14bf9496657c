"""Which columns are likely text and label, and which name was likely meant: for messages. Decides nothing."""

import difflib
from collections.abc import Sequence

import pandas as pd

from finetune.data.reading.columns import NO, Kind, fold, how_surely
from finetune.language.say import Message
from finetune.language.typed import command_line

LOOKED_AT = 1000
"""Rows that are looked at."""

ENOUGH_ROWS = 20
"""Rows from which on a column of as many values is none of labels."""

NEAR, NEAR_WITHIN = 0.6, 0.8
"""How alike a name has to be that was meant: the whole, or as many words of it as were given."""

MOST_MEANT, LONGEST = 5, 200
"""Names that are told, and letters of them that are compared."""

MOST_COLUMNS, MOST_ROWS = 200, 200
"""What is looked at for an example of options: a message must not take a minute."""


def holds_text(column: "pd.Series[str]") -> bool:
    """Whether a column is of texts by its kind."""
    return pd.api.types.is_string_dtype(column.dtype) or column.dtype == object


def holds_numbers(column: "pd.Series[str]") -> bool:
    """Whether the first cells of a column are numbers, as such or as they are written."""
    cells = _first_cells(column)
    return bool(len(cells)) and bool(cells.str.fullmatch(r"[-+]?[0-9][0-9.,]*").all())


def holds_amounts(column: "pd.Series[str]") -> bool:
    """Whether they are numbers that measure or count something: with decimals, or hardly any of them twice."""
    cells = _first_cells(column)
    decimals = bool(cells.str.contains(r"[.,][0-9]*[1-9]").any())
    return holds_numbers(column) and (decimals or 2 * cells.nunique() > len(cells))


def _first_cells(column: "pd.Series[str]") -> "pd.Series[str]":
    """The first cells that hold something, as they are written."""
    cells = column.head(LOOKED_AT).dropna().astype(str).str.strip()
    return cells[cells != ""]


def example(frame: pd.DataFrame, candidates: dict[Kind, list[str]], *, taken: str | None) -> Message | str:
    """The options that name columns, to copy: those that look most like text and label; nothing where none does.

    Args:
        frame: The table.
        candidates: What each column that is missing could be; an empty list stands for any of the table.
        taken: The column that is the other one already.
    """
    options = []
    frame = frame.head(MOST_ROWS)
    for kind in sorted(candidates, reverse=True):  # the text first: it is the surer one
        names = [name for name in candidates[kind] or map(str, frame.columns) if name != taken]
        guess = _likeliest(frame, names[:MOST_COLUMNS], kind)
        if guess is None:
            return ""
        options += [f"--data.{kind}_column", guess]
        taken = guess
    return Message(", for example:\n  {options}", options=command_line(options))


def _likeliest(frame: pd.DataFrame, names: Sequence[str], kind: Kind) -> str | None:
    """The column that looks most like a text, by its length, or most like a label, by its few values."""
    numbers = holds_numbers if kind == "text" else holds_amounts
    words = {name: _first_cells(frame[name]) for name in names if not numbers(frame[name])}
    if kind == "text":
        length = {name: float(cells.str.len().mean()) for name, cells in words.items() if len(cells)}
        return max(length, key=lambda name: length[name], default=None)
    values = {name: int(cells.nunique()) for name, cells in words.items()}
    few = len(frame) < ENOUGH_ROWS
    values = {name: n for name, n in values.items() if n > 1 and (few or n < len(words[name]))}
    doubt = {name: (how_surely(name, kind) == NO, holds_numbers(frame[name])) for name in values}
    return min(values, key=lambda name: (*doubt[name], values[name]), default=None)


def meant(names: Sequence[str], wanted: str) -> list[str]:
    """The names that one with a slip may be meant for: much like it, or much like as many words of it.

    Returns:
        The nearest, or all those that are as near.
    """
    wish, folded = fold(wanted)[:LONGEST], {name: fold(name)[:LONGEST] for name in names}
    close = set(difflib.get_close_matches(wish, folded.values(), n=MOST_MEANT, cutoff=NEAR))
    if close:
        alike = {name: _alike([folded[name]], [wish]) for name in names if folded[name] in close}
    else:
        alike = {name: _alike(folded[name].split("_"), wish.split("_")) for name in names}
    best = max(alike.values(), default=0.0)
    return [name for name in alike if alike[name] == best] if close or best >= NEAR_WITHIN else []


def _alike(one: list[str], other: list[str]) -> float:
    """How alike the shorter of two names is to the words of the longer that are most like it."""
    short, long = sorted((one, other), key=len)
    pieces = (long[at : at + len(short)] for at in range(len(long) - len(short) + 1))
    return max(difflib.SequenceMatcher(None, "_".join(short), "_".join(piece)).ratio() for piece in pieces)
