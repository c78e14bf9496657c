"""A run's rows, its corrections and new rows as one table, in the columns of the run's own. Decides nothing."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from finetune.corrections.corrections import Correction
from finetune.data.dividing.by_column import Rows
from finetune.data.reading.cells import cell_text
from finetune.data.reading.table import Table

PART, SOURCE, LINE, BEFORE = (f"finetune_{name}" for name in ("part", "source", "line", "label_before"))
"""Columns of the merged table: the part of each row, where it comes from, and its label before it was changed last."""

LABEL = "rotulo"
"""The column of the labels, where a table has a column for each label."""


def table_of(
    parts: Mapping[str, Rows],
    labels: Mapping[str, list[str]],
    *,
    changed: Mapping[tuple[str, int], str],
    new: Sequence[tuple[Correction, str, int | None]],
) -> tuple[pd.DataFrame, str]:
    """Returns the cells of all rows as texts, and the column of their labels.

    Args:
        parts: The rows of train, validation and test.
        labels: Their labels, by part.
        changed: By part and place, the labels of those that have another now.
        new: What goes to training besides, each with its label, and where in the first table it stands without one.
    """
    table = parts["train"][0]
    label = table.label_column or LABEL
    if table.label_column is None and label in table.columns:
        label = f"finetune_{label}"
    pieces, places = [], []
    for part, (of, index) in parts.items():
        now = [changed.get((part, place), each) for place, each in enumerate(labels[part])]
        piece = _piece(table, of, index, part, label)
        older = piece[BEFORE] if BEFORE in piece else [""] * len(now)
        before = [
            was if (part, place) in changed else kept
            for place, (was, kept) in enumerate(zip(labels[part], older, strict=True))
        ]
        places += [(of.source, row) for row in of.row[index].tolist()]
        pieces.append(piece.assign(**{label: now, BEFORE: before}))
    order = sorted(range(len(places)), key=places.__getitem__)
    rows = [{**_cells_of_new(table, each, place), label: name, PART: "train"} for each, name, place in new]
    frame = pd.concat([pd.concat(pieces).iloc[order], pd.DataFrame(rows, dtype=object)])
    return frame.fillna("").reset_index(drop=True), label


def _piece(first: Table, table: Table, index: np.ndarray, part: str, label: str) -> pd.DataFrame:
    """The cells of the rows of a part, in the columns of the first table."""
    rows = table.row[index]
    cells = table.frame.iloc[rows].rename(columns=str).drop(columns=list(table.label_columns))
    cells = cells.map(_as_text)
    names = dict(zip(table.text_columns, first.text_columns, strict=True))
    names |= {table.label_column: label} if table.label_column else {}
    stray = [name for own, name in names.items() if own != name and name in cells]
    cells = cells.drop(columns=stray).rename(columns=names)
    where = pd.DataFrame(
        {
            SOURCE: [table.source] * len(rows),
            LINE: [str(table.line(int(row))) for row in rows],
        },
        index=cells.index,
    )
    for name in (SOURCE, LINE):  # a row that came from elsewhere once still does
        cells[name] = where[name] if name not in cells else cells[name].where(cells[name] != "", where[name])
    found: pd.DataFrame = cells.assign(**{PART: part})
    return found


def _cells_of_new(table: Table, correction: Correction, place: int | None) -> dict[str, str]:
    """What stands in a new row: all of it where it is one of the table's own, else its texts."""
    texts, row = cells_of(table, correction) or {}, correction.row
    if place is None:
        return {**texts, SOURCE: row.source, LINE: str(row.line or "")}
    left_out = (*table.label_columns, table.label_column)
    own = {
        str(name): _as_text(table.frame[name].iloc[place])
        for name in table.frame.columns
        if name not in left_out
    }
    return {**own, **texts, SOURCE: table.source, LINE: str(table.line(place))}


def _as_text(cell: object) -> str:
    text = cell_text(cell)
    return json.dumps(cell, ensure_ascii=False, default=str) if text is None else text


def cells_of(table: Table, correction: Correction) -> dict[str, str] | None:
    """What stands in the text columns of a new row; None where that is not known."""
    names, row = table.text_columns, correction.row
    if all(name in row.cells for name in names):
        return {name: row.cells[name] for name in names}
    # of a text that is but a cell, what the model reads is what stands there
    plain = len(table.templates) == len(row.texts) and all(each.is_plain for each in table.templates)
    return dict(zip(names, row.texts, strict=True)) if plain else None
