"""The kept texts and labels of a table, and the table itself: which row is which line. Reads and checks nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.data.reading.cells import cell_text, where
from finetune.data.reading.dialect import Dialect, Notes
from finetune.data.reading.invisible import beginning
from finetune.data.reading.loaded import Piece, Pieces, place
from finetune.data.reading.made_texts import side_by_side
from finetune.data.reading.template import Template, column
from finetune.language.lists import SHOWN, listed
from finetune.language.say import AnyMessage, Message, joined
from finetune.tasks.single_label import single_label
from finetune.tasks.task import Task


@dataclass(frozen=True)
class Table:
    """Texts and labels of a table, and the table itself.

    Attributes:
        source: The table as the user would name it.
        frame: All columns and all rows, in the user's order.
        text_column: Name of the text column; of several the first.
        label_column: Name of the label column, if there is one.
        label_columns: Names of the columns that each stand for one label, where they do.
        row: `[N] int64`, position in `frame` of each kept row.
        label: The N labels as their task writes them, "" where there is none; None when there is no label column.
        dropped: Positions in `frame` of the rows that were left out, by reason.
        dialect: How the file was written.
        notes: What was found and left out.
        parts: The files the table was put together from.
        max_characters: Where longer texts end, unless None; in `frame` they are whole.
        task: What its labels are.
        task_is_asked: Whether that was said, and not read off them.
        order: Its classes from the lowest to the highest, where the user gave that.
        mark: What joins several labels in a cell, where anything does.
        repaired: The repaired text of each position in `frame` whose text was damaged, where that was asked for; of
            two texts those of each.
        made_of: How the text of a row is made of columns, or both; of the text column where it is empty.
        long: Positions in `frame` of the rows of whose text only the beginning is read.
    """

    source: str
    frame: pd.DataFrame
    text_column: str
    label_column: str | None
    row: np.ndarray
    label: list[str] | None
    dropped: Mapping[str, Sequence[int]]
    dialect: Dialect
    notes: Notes
    parts: Pieces = (Piece("", 0, 1, "line"),)
    repaired: tuple[Mapping[int, str], ...] = ({}, {})
    max_characters: int | None = None
    task: Task = field(default_factory=single_label)
    task_is_asked: bool = False
    label_columns: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    mark: str | None = None
    made_of: tuple[Template, ...] = ()
    long: Sequence[int] = ()

    @cached_property
    def columns(self) -> list[str]:
        """The names of all columns, as strings. Kept: there may be thousands, and as many questions for one of them."""
        return [str(name) for name in self.frame.columns]

    @property
    def labels_from(self) -> str:
        """Where the labels stand, in words: the name of the column, or those of several."""
        return self.label_column or ", ".join(self.label_columns)

    @property
    def own_columns(self) -> tuple[str, ...]:
        """The names of the columns that hold its texts and labels."""
        label = () if self.label_column is None else (self.label_column,)
        return (*self.text_columns, *label, *self.label_columns)

    @property
    def templates(self) -> tuple[Template, ...]:
        """How the text of a row is made of columns, or both texts."""
        return self.made_of or (column(self.text_column),)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The columns that the texts are made of, each once."""
        return tuple(dict.fromkeys(name for template in self.templates for name in template.columns))

    @property
    def text(self) -> list[str]:
        """The N kept texts, without outer blanks. Made from `frame` each time: a second copy would stay in memory."""
        return self.texts(slice(None))

    def texts(self, some: slice | NDArray[np.int64]) -> list[str]:
        """The same, of some of the N; of a long one the beginning, and where a row has two, both as one."""
        each = self.texts_apart(some)
        return each[0] if len(each) == 1 else [side_by_side(row) for row in zip(*each, strict=True)]

    def texts_apart(self, some: slice | NDArray[np.int64]) -> list[list[str]]:
        """The same as the network reads them: where a row has two texts, the first ones and the second ones."""
        rows = self.row[some]
        found = []
        for texts, repaired in zip(self._as_written(rows), self.repaired, strict=False):
            if repaired:
                texts = [repaired.get(row, text) for row, text in zip(rows.tolist(), texts, strict=True)]
            found.append(texts)
        return found

    def _as_written(self, positions: NDArray[np.int64]) -> list[list[str]]:
        """The texts at positions in `frame` as they stand there."""
        found = []
        for template in self.templates:
            cells = [self.frame[name].iloc[positions].tolist() for name in template.columns]
            made = template.filled([[cell_text(cell) or "" for cell in each] for each in cells])
            found.append([beginning(text, self.max_characters) for text in made])
        return found

    def as_written(self, position: int) -> str:
        """The text at a position in `frame` as it stands there, not repaired; of a long one the beginning."""
        return side_by_side([text for [text] in self._as_written(np.array([position]))])

    def was_repaired(self, position: int) -> bool:
        """Whether the text at a position in `frame` was damaged, and repaired when it was read."""
        return any(position in repaired for repaired in self.repaired)

    def place(self, position: int) -> tuple[Piece, int]:
        """The file that a position in `frame` came from, and the line that a spreadsheet shows for it there."""
        return place(self.parts, position)

    def line(self, position: int) -> int:
        """The line that a spreadsheet shows for a position in `frame`, in the file the row came from."""
        return self.place(position)[1]

    def where(self, position: int) -> Message:
        """The same in words, with the file where there are several: "line 4", "line 4 of b.csv"."""
        return where(self.parts, position)

    def places(self, positions: Sequence[int], *, most: int = SHOWN) -> AnyMessage:
        """The same of several: "lines 3, 19 and 44"; of more than `most` the first, and how many more."""
        if len(self.parts) > 1:
            return listed(positions, most=most, told=self.where)
        lines = listed(positions, most=most, told=self.line)
        if self.dialect.unit == "row":
            return Message("row {lines}", "rows {lines}", n=len(positions), lines=lines)
        return Message("line {lines}", "lines {lines}", n=len(positions), lines=lines)

    def where_all(self, positions: Sequence[int]) -> AnyMessage:
        """The same with the table's name: "dados.csv, lines 3, 19 and 44"."""
        return joined([self.source, self.places(positions, most=20)], ", " if len(self.parts) == 1 else ": ")
