"""One column for each label, with yes and no in it, as the names that each row has. Finds no text column."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from finetune.data.reading.cells import strings, where
from finetune.data.reading.chosen_columns import given_column
from finetune.data.reading.columns import SURE, how_surely, matches
from finetune.data.reading.dialect import Notes
from finetune.data.reading.invisible import as_seen
from finetune.data.reading.loaded import Loaded
from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.language.say import Message
from finetune.tasks.multi_label import MARK

YES = frozenset({"1", "1.0", "1,0", "x", "sim", "s", "true", "t", "verdadeiro", "v", "yes", "y", "✓", "✔"})
NO = frozenset({"", "0", "0.0", "0,0", "não", "nao", "n", "false", "f", "falso", "no", "-", "–"})


def found_columns(
    frame: pd.DataFrame, wanted: Sequence[str], source: str, *, text: str | None
) -> tuple[str, ...]:
    """Returns the columns that are meant.

    Args:
        frame: The table.
        wanted: Their names, as they are typed.
        source: The table's name, for messages.
        text: The text column, if the user gave one.

    Raises:
        DataError: One is not there, is named twice or is that of the text, or has a name that no label can have.
    """
    names = [str(name) for name in frame.columns]
    found = [given_column(names, name, source, "label_columns") for name in wanted]
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise DataError(
            "{source}: --data.label_columns names {twice} more than once: leave the others away",
            source=source,
            twice=quoted(twice),
        )
    both = [
        name
        for name in found
        if (how_surely(name, "text") == SURE if text is None else matches([name], text))
    ]
    if both:
        raise DataError(
            '{source}: "{name}" is named as one of the labels (--data.label_columns), and is the text column: '
            "name others",
            source=source,
            name=both[0],
        )
    holding = [name for name in found if MARK in name]
    if holding:
        raise DataError(
            '{source}: the column {names} cannot stand for a label, for "{mark}" joins labels: give it another name',
            '{source}: the columns {names} cannot stand for labels, for "{mark}" joins labels: give them other names',
            n=len(holding),
            source=source,
            names=quoted(holding),
            mark=MARK,
        )
    return tuple(found)


def of_columns(loaded: Loaded, columns: Sequence[str], *, skip: Collection[int]) -> tuple[list[str], Notes]:
    """Returns the names that each row has, joined; and what the user should know. [N]

    Args:
        loaded: The table.
        columns: One for each label.
        skip: Positions of the rows whose cells say nothing.

    Raises:
        DataError: A cell says neither yes nor no.
    """
    rows: list[list[str]] = [[] for _ in range(len(loaded.frame))]
    never, open_cells = [], 0
    for column in sorted(columns):
        cells = [as_seen(cell).casefold() for cell in strings(loaded, column)]
        _refuse_others(loaded, column, cells, skip)
        has = np.array([cell in YES for cell in cells])
        has[list(skip)] = False
        for position in np.flatnonzero(has).tolist():
            rows[position].append(as_seen(column).strip())
        if not has.any():
            never.append(column)
        if any(cell and cell in NO for cell in cells):  # of an x or nothing it is the no itself
            open_cells += sum(not cell for position, cell in enumerate(cells) if position not in skip)
    notes = []
    if open_cells:
        notes.append(
            Message(
                "{n:,} empty cell in the columns of the labels, read as no",
                "{n:,} empty cells in the columns of the labels, read as no",
                n=open_cells,
            )
        )
    if never:
        notes.append(
            Message(
                "column without a single yes, no label of this table: {names}",
                "columns without a single yes, no labels of this table: {names}",
                n=len(never),
                names=quoted(never),
            )
        )
    return [MARK.join(names) for names in rows], tuple(notes)


def _refuse_others(loaded: Loaded, column: str, cells: Sequence[str], skip: Collection[int]) -> None:
    wrong = [
        position
        for position, cell in enumerate(cells)
        if position not in skip and cell not in YES and cell not in NO
    ]
    if wrong:
        raise DataError(
            '{source}: {place}, column "{column}": "{cell}" says neither yes nor no ({n:,} such cell in all). A '
            "column of --data.label_columns holds 1 or 0, {yes} or {no}, true or false, or x and nothing",
            '{source}: {place}, column "{column}": "{cell}" says neither yes nor no ({n:,} such cells in all). A '
            "column of --data.label_columns holds 1 or 0, {yes} or {no}, true or false, or x and nothing",
            n=len(wrong),
            yes="sim",
            no="não",
            source=loaded.name,
            place=where(loaded.parts, wrong[0]),
            column=column,
            cell=strings(loaded, column)[wrong[0]],
        )
