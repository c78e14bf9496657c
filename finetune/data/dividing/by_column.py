"""What the user's own columns say of rows: their part, their group, their moment. Divides nothing."""

from collections.abc import Mapping

import numpy as np

from finetune.data.batching.batches import Integers
from finetune.data.dividing.moments import Moments, moments
from finetune.data.reading.cells import cell_text
from finetune.data.reading.chosen_columns import given_column
from finetune.data.reading.invisible import as_seen
from finetune.data.reading.loaded import SPLIT_NAMES, split_of
from finetune.data.reading.table import Table
from finetune.errors import ConfigError, DataError
from finetune.language.lists import SHOWN, listed, quoted
from finetune.language.parts import PART_NAMES
from finetune.language.say import AnyMessage

Rows = tuple[Table, Integers]
"""A table, and which of its texts. [N]"""


def parts_of_column(tables: Mapping[str, Table], name: str) -> dict[str, Rows]:
    """Returns the rows of each part that a column names: train, validation, test, or the like in Portuguese.

    Raises:
        ConfigError: if the source is divided already.
        DataError: if there is no such column, or it has other values.
    """
    table = tables.get("all")
    if table is None:
        raise ConfigError(
            "--data.split_column {name}: the source is divided already, into {parts}. Leave it out.",
            name=name,
            parts=listed([PART_NAMES[part] for part in tables]),
        )
    cells = [cell_text(cell) or "" for cell in column_of(table, name, "split_column")]
    part_of = {cell: split_of(cell) for cell in set(cells)}
    unknown = sorted(cell for cell, part in part_of.items() if part is None)
    if unknown:
        there = ", ".join("/".join(sorted(names)) for names in SPLIT_NAMES.values())
        first = next(row for row, cell in enumerate(cells) if part_of[cell] is None)
        raise DataError(
            '{source}: the column "{name}" (--data.split_column) has values that name no part: {values}, first in '
            "{place}. It has to say one of {there} in every row.",
            source=table.source,
            name=name,
            values=quoted(unknown, most=SHOWN),
            place=table.where(int(table.row[first])),
            there=there,
        )
    part = np.array([part_of[cell] for cell in cells], dtype=object)
    return {each: (table, np.flatnonzero(part == each)) for each in SPLIT_NAMES if (part == each).any()}


def moments_of(rows: Rows, name: str) -> tuple[Moments, AnyMessage]:
    """Returns the moments of rows, by a column, and how they were read. [N]

    Raises:
        DataError: if there is no such column, or a cell is no moment.
    """
    table, index = rows
    cells = column_of(table, name, "time_column", index)
    return moments(
        cells, source=table.source, column=name, where=lambda i: table.where(int(table.row[index[i]]))
    )


def group_of(cell: object) -> str | None:
    """Returns the group that a cell names, whatever its case and blanks; None where it names none."""
    return " ".join(as_seen(cell_text(cell) or "").casefold().split()) or None


def column_of(table: Table, name: str, parameter: str, index: Integers | None = None) -> list[object]:
    """Returns the cells of a column of the user's, of all kept rows or of some. [N]

    Raises:
        DataError: if there is no such column.
    """
    found = given_column(table.columns, name, table.source, parameter)
    rows = table.row if index is None else table.row[index]
    return list(table.frame[found].iloc[rows].tolist())
