"""Rows of a run's own table that had no label, and the groups that new rows are of. Decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from finetune.corrections.row import Row, keys_of
from finetune.data.dividing.by_column import Rows, column_of, group_of
from finetune.data.reading.bad_rows import NO_LABEL
from finetune.data.reading.columns import matches
from finetune.data.reading.table import Table


@dataclass(frozen=True)
class Unlabelled:
    """The rows of a table that were left out for want of a label alone.

    Attributes:
        table: The table.
        positions: By key of their texts, where they stand in it.
    """

    table: Table
    positions: Mapping[str, Sequence[int]]

    def first(self, key: str) -> int | None:
        """Returns where the first row of a text stands; None where there is none."""
        return next(iter(self.positions.get(key, ())), None)

    def groups(self, key: str, row: Row, column: str) -> set[str]:
        """Returns the groups that a new row is known to be of.

        Args:
            key: Of its texts.
            row: The row.
            column: The column that names groups.
        """
        there = matches(self.table.columns, column)
        cells = [self.table.frame[there[0]].iloc[place] for place in self.positions.get(key, ()) if there]
        cells += [row.cells[name] for name in matches(list(row.cells), column)]
        return {group for cell in cells if (group := group_of(cell)) is not None}


def unlabelled(table: Table) -> Unlabelled:
    """Returns the rows of a table that had no label."""
    places = list(table.dropped.get(NO_LABEL, ()))
    found: dict[str, list[int]] = {}
    if places:
        rows = replace(table, row=np.array(places, dtype=np.int64), label=None)
        texts = list(zip(*rows.texts_apart(slice(None)), strict=True))
        for key, place in zip(keys_of(texts), places, strict=True):
            found.setdefault(key, []).append(place)
    return Unlabelled(table, found)


def held_out_groups(parts: Mapping[str, Rows], column: str) -> set[str]:
    """Returns the groups that validation and test are of."""
    cells = [
        cell
        for part, (table, index) in parts.items()
        if part != "train" and matches(table.columns, column)
        for cell in column_of(table, column, "group_column", index)
    ]
    return {group for cell in cells if (group := group_of(cell)) is not None}
