"""How a delimited text file is laid out: its delimiter, and where its header stands. Reads no rows."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from finetune.data.reading.columns import header_names, unnamed
from finetune.data.reading.dialect import Notes
from finetune.data.reading.encoding import Encoding
from finetune.data.reading.records import NO_DELIMITER, Layout, cells_may_be_long, records
from finetune.data.reading.sheets import ANY, Wish
from finetune.errors import DataError
from finetune.language.say import Message

DELIMITERS: dict[str, Message | str] = {
    ",": '","',
    ";": '";"',
    "\t": Message("tab", context="delimiter"),
    "|": '"|"',
}


@dataclass(frozen=True)
class Top:
    """What a file begins with.

    Attributes:
        delimiter: What stands between two cells.
        lines: How many lines of the file stand above the header and belong to no row.
        rows: How many rows a spreadsheet shows for them.
        notes: What is said of them.
    """

    delimiter: str
    lines: int = 0
    rows: int = 0
    notes: Notes = ()


def holds(row: Sequence[str]) -> bool:
    """Whether a row is not blank."""
    return any(cell.strip() for cell in row)


def sample_rows(sample: str, delimiter: str) -> list[list[str]]:
    """The rows of a sample that are not empty."""
    with cells_may_be_long():
        return [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]


def fitting(rows: Sequence[Sequence[str]]) -> float:
    """The share of rows that are as wide as the first."""
    body = rows[1:-1] or rows[1:]  # the sample may end within the last row
    return sum(len(row) == len(rows[0]) for row in body) / max(len(body), 1)


def find_delimiter(sample: str, wish: Wish = ANY) -> str:
    """The delimiter that cuts most rows into as many cells as the header; names we know decide a tie."""
    scores: dict[str, tuple[float, bool]] = {}
    for delimiter in DELIMITERS:
        rows = sample_rows(sample, delimiter)
        if rows and len(rows[0]) > 1:
            scores[delimiter] = (fitting(rows), any(map(wish.knows, rows[0])))
    return max(scores, key=lambda delimiter: scores[delimiter]) if scores else NO_DELIMITER


def find_layout(path: Path, encoding: Encoding, top: Top, quoting: int, *, whole: bool = True) -> Layout:
    """Reads the header: the first line under the top that is not empty."""
    plan = Layout(path, encoding, top.delimiter, quoting, [], 0, 1, above=top.lines, whole=whole)
    for number, (_, last, row) in enumerate(records(plan), top.rows + 1):
        if holds(row):
            row[0] = row[0].lstrip("\ufeff")  # behind a line that names the delimiter
            names = header_names(row, str(path))
            return replace(
                plan, header=names, header_end=last, first_row=number + 1, unnamed=unnamed(row, names)
            )
    raise DataError(
        "{path}: the file holds only blanks: give one with a header and at least one row", path=path
    )
