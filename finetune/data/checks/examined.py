"""All rows of a source side by side, with the part that each is in: what the checks look at. Finds nothing itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from finetune.data.dividing.by_column import Rows
from finetune.data.reading.columns import matches
from finetune.data.reading.folding import column, folded, numbered_rows
from finetune.data.reading.made_texts import side_by_side
from finetune.data.reading.table import Table
from finetune.tasks.task import NUMBER, Task

if TYPE_CHECKING:  # a report that names findings loads no transformers
    from transformers import PreTrainedTokenizerBase

Integers = NDArray[np.int64]

PARTS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = range(3)

SHOWN_LETTERS = 70
"""Of a text that stands as an example; where there is no room it is cut further."""


NAME_LETTERS = 20
"""Of a file's name in a table."""


@dataclass(frozen=True)
class Examined:
    """The N rows that will be trained and measured on, in the order of their tables.

    Attributes:
        tables: The tables they are from.
        table: [N] which of the tables.
        row: [N] position in that table's frame.
        part: [N] which of `PARTS`.
        label: [N] names.
        text: [N] texts; where a row has two, both as one.
        apart: The first texts and the second, where a row has two. Each [N]
        lengths: [N] tokens, special ones included, before anything is cut; None where they were not counted.
        max_length: Tokens after which a text is cut.
        model_length: Tokens that the model can read.
        tokenizer: What the texts are tokenised by; None where they are not.
        lower_capitals: Whether texts in capitals are read in lower case.
        languages: Codes of the languages that the model knows; None where that is not known.
        group_column: The column whose values must not stand on both sides.
        time_column: The column by which the test should be the latest part.
        own_division: Whether the user divided the rows.
        seed: Of whatever is drawn.
    """

    tables: tuple[Table, ...]
    table: Integers
    row: Integers
    part: Integers
    label: Sequence[str]
    text: pa.LargeStringArray
    apart: tuple[pa.LargeStringArray, ...] = ()
    lengths: Integers | None = None
    max_length: int = 0
    model_length: int = 0
    tokenizer: "PreTrainedTokenizerBase | None" = None
    lower_capitals: bool = False
    languages: frozenset[str] | None = None
    group_column: str | None = None
    time_column: str | None = None
    own_division: bool = True
    seed: int = 0

    def __len__(self) -> int:
        return len(self.row)

    @property
    def task(self) -> Task:
        """What the labels are."""
        return self.tables[0].task

    @cached_property
    def folded(self) -> pa.LargeStringArray:
        """The texts without case and punctuation. [N]"""
        return folded(self.text)

    @cached_property
    def same_text(self) -> Integers:
        """A number for each text, the same for texts that are equal letter by letter. [N]"""
        return numbered_rows(self.apart or [self.text])

    @cached_property
    def same_words(self) -> Integers:
        """The same for texts that are equal but for case and punctuation. [N]"""
        return numbered_rows([folded(each) for each in self.apart] or [self.folded])

    @cached_property
    def classes(self) -> list[str]:
        """The different labels of rows, by spelling: of one class each, the names of the classes."""
        return sorted(set(self.label))

    @cached_property
    def class_number(self) -> Integers:
        """The position in `classes` of each row's label. [N]"""
        numbers = {name: number for number, name in enumerate(self.classes)}
        return np.array([numbers[name] for name in self.label], dtype=np.int64)

    @cached_property
    def names_apart(self) -> list[str]:
        """The names of labels, by spelling: where several stand together, each by itself."""
        return sorted({part for label in self.classes for part in self.task.parts(label)})

    @cached_property
    def held(self) -> tuple[Integers, Integers]:
        """Each row with each name that it has, side by side: the row, and the position in `names_apart`. [M], [M]"""
        number = {name: place for place, name in enumerate(self.names_apart)}
        of_label = [[number[part] for part in self.task.parts(label)] for label in self.classes]
        of_row = [of_label[label] for label in self.class_number]
        row = np.repeat(np.arange(len(self)), [len(names) for names in of_row])
        return row, np.array([name for names in of_row for name in names], dtype=np.int64)

    @property
    def are_numbers(self) -> bool:
        """Whether labels are numbers, and name nothing."""
        return self.task.problem_type == NUMBER

    def rows_of(self, part: int) -> int:
        """Returns how many rows a part has."""
        return int((self.part == part).sum())

    def cells(self, name: str) -> list[object] | None:
        """Returns a column's cells of all rows; None where a table has no such column. [N]"""
        cells = np.empty(len(self), dtype=object)
        for number, table in enumerate(self.tables):
            found = matches(table.columns, name)
            if len(found) != 1:
                return None
            mine = self.table == number
            cells[mine] = table.frame[found[0]].to_numpy(dtype=object)[self.row[mine]]
        return list(cells)

    @cached_property
    def names(self) -> list[str]:
        """A name for each table, no two the same; files keep it, so it is of no language."""
        sources = [table.source for table in self.tables]
        if len(set(sources)) == len(sources):
            return sources
        parts = (PARTS[self.part[self.table == number][0]] for number in range(len(sources)))
        return [f"{source} ({part})" for source, part in zip(sources, parts, strict=True)]

    def place(self, position: int) -> tuple[str, int]:
        """Returns the file that a row is from, "" where there is only one, and the line that the user sees there."""
        table, row = int(self.table[position]), int(self.row[position])
        return self.file_of(table, row), self.tables[table].line(row)

    def file_of(self, number: int, row: int) -> str:
        """Returns a short name of the file that a row of a table is from; "" where there is only one."""
        table = self.tables[number]
        if len(self.tables) == 1 and len(table.parts) == 1:
            return ""
        path = Path(table.place(row)[0].name)
        alike = [one for one in self.tables if Path(one.source).name == path.name and len(one.parts) == 1]
        if len(alike) <= 1:
            return _shortened(path.name)
        # treino/dados.csv and teste/dados.csv; of tables in memory the part
        return _shortened(f"{path.parent.name}/{path.name}" if path.parent.name else self.names[number])

    def marked_in(self, number: int, row: int) -> str:
        """Returns a place in a table in one word: `12`, or `train.csv:12` where there are several files."""
        file, line = self.file_of(number, row), self.tables[number].line(row)
        return f"{file}:{line}" if file else str(line)

    def marked(self, position: int) -> str:
        """Returns a row's place in one word."""
        return self.marked_in(int(self.table[position]), int(self.row[position]))

    def excerpt(self, position: int) -> str:
        """Returns the beginning of a text on one line."""
        text = " ".join(str(self.text[position].as_py()).split())
        return text if len(text) <= SHOWN_LETTERS else text[: SHOWN_LETTERS - 1] + "…"


def _shortened(name: str) -> str:
    """The end of a file's name, by which it is known as a rule: room for the line has to be left."""
    return name if len(name) <= NAME_LETTERS else f"…{name[1 - NAME_LETTERS :]}"


def examined(parts: Mapping[str, Rows], lengths: Mapping[int, Integers] | None = None) -> Examined:
    """Returns the rows of all parts side by side.

    Args:
        parts: The rows of train, validation and test.
        lengths: Tokens of every text of a table, by the table's `id`.
    """
    tables = tuple({id(table): table for table, _ in parts.values()}.values())
    number = {id(table): place for place, table in enumerate(tables)}
    places = [
        np.stack([np.full(len(index), number[id(table)]), index, np.full(len(index), PARTS.index(name))])
        for name, (table, index) in parts.items()
    ]
    table_of, index_of, part_of = np.concatenate(places, axis=1)  # [3, N]
    order = np.lexsort((index_of, table_of))
    table_of, index_of, part_of = table_of[order], index_of[order], part_of[order]
    texts: list[list[str]] = [[] for _ in tables[0].templates]
    labels: list[str] = []
    rows, counts = [], []
    for place, one in enumerate(tables):
        mine = index_of[table_of == place]
        for all_of, every in zip(texts, one.texts_apart(slice(None)), strict=True):
            all_of += [every[i] for i in mine]
        names = one.label
        labels += [""] * len(mine) if names is None else [names[i] for i in mine]
        rows.append(one.row[mine])
        if lengths is not None:
            counts.append(lengths[id(one)][mine])
    apart = tuple(map(column, texts))
    both = [] if len(texts) == 1 else [side_by_side(row) for row in zip(*texts, strict=True)]
    return Examined(
        tables=tables,
        table=table_of,
        row=np.concatenate(rows),
        part=part_of,
        label=labels,
        text=column(both) if both else apart[0],
        apart=apart if both else (),
        lengths=np.concatenate(counts) if counts else None,
    )
