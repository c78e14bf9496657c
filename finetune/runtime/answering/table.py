"""What a table is once it was opened, whatever kind of file it came from; and how it was written."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .encodings import Encoding

Row = list[Any]


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Attributes:
        family: What kind of file it is: `text`, `json` or `xlsx`.
        encoding: Of a text file.
        delimiter: What stands between two cells.
        quoting: One of the `csv.QUOTE_*` numbers; where only texts are quoted, `csv.QUOTE_NONNUMERIC`.
        quoted: Where only texts are quoted: positions of the columns whose numbers are texts.
        decimal: Decimal mark of numbers.
        line_end: What ends a line.
        closed: Whether the last line ends so, too.
        sheet: Title of the sheet.
    """

    family: str
    encoding: Encoding = field(default_factory=lambda: Encoding("utf-8"))
    delimiter: str = ","
    quoting: int = csv.QUOTE_MINIMAL
    quoted: frozenset[int] = frozenset()
    decimal: str = "."
    line_end: str = "\r\n"
    closed: bool = True
    sheet: str = "Sheet1"


@dataclass(frozen=True)
class Table:
    """A table all of whose rows can be read.

    Attributes:
        names: Of its columns.
        rows: Gives its rows anew, each as wide as the names.
        count: How many there are.
        dialect: How it is written.
        unnamed: Columns that have no name in the file.
        first_line: What the user sees beside the first row.
        days: Positions of columns whose moments have no time of day: they are days.
        remarks: What was noticed, a line each.
    """

    names: list[str]
    rows: Callable[[], Iterator[Row]]
    count: int
    dialect: Dialect
    unnamed: frozenset[str] = frozenset()
    first_line: int = 2
    days: frozenset[int] = frozenset()
    remarks: tuple[str, ...] = ()

    def repeats_header(self, row: Row) -> bool:
        """Whether a row is the header once more, as joined files have it; in a single column it may be a text."""
        names = ["" if name in self.unnamed else name for name in self.names]
        cells = ["" if cell is None else cell for cell in row]
        first = {f"\ufeff{names[0]}", *names[: len(names) > 1]}
        return cells[1:] == names[1:] and isinstance(cells[0], str) and cells[0] in first


def is_blank(row: Row) -> bool:
    """Whether no cell of a row holds anything."""
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row)


def without_blank_end(rows: Iterator[Any], blank: Callable[[Any], bool] = is_blank) -> Iterator[Any]:
    """Yields rows up to the last that holds something: spreadsheets write many empty ones, which no one counts."""
    kept: list[Any] = []
    for row in rows:
        if blank(row):
            kept.append(row)
            continue
        yield from kept
        kept = []
        yield row
