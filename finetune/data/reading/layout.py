"""How a delimited text file is laid out: its delimiter, and where its header stands. Reads no rows."""

import csv
import io
from dataclasses import replace
from pathlib import Path

from finetune.data.reading.columns import header_names, known, unnamed
from finetune.data.reading.encoding import Encoding
from finetune.data.reading.records import NO_DELIMITER, Layout, cells_may_be_long, records
from finetune.errors import DataError
from finetune.language.say import Message

DELIMITERS: dict[str, Message | str] = {
    ",": '","',
    ";": '";"',
    "\t": Message("tab", context="delimiter"),
    "|": '"|"',
}


def find_delimiter(sample: str) -> str:
    """The delimiter that cuts most rows into as many cells as the header; names we know decide a tie."""
    scores: dict[str, tuple[float, bool]] = {}
    for delimiter in DELIMITERS:
        with cells_may_be_long():
            rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
        if not rows or len(rows[0]) < 2:
            continue
        body = rows[1:-1] or rows[1:]  # the sample may end within the last row
        fitting = sum(len(row) == len(rows[0]) for row in body)
        scores[delimiter] = (fitting / max(len(body), 1), any(known(name) for name in rows[0]))
    return max(scores, key=lambda delimiter: scores[delimiter]) if scores else NO_DELIMITER


def find_layout(path: Path, encoding: Encoding, delimiter: str, quoting: int) -> Layout:
    """Reads the header: the first line that is not empty."""
    plan = Layout(path, encoding, delimiter, quoting, [], 0, 1)
    for number, (_, last, row) in enumerate(records(plan), 1):
        if any(cell.strip() for cell in row):
            names = header_names(row, str(path))
            return replace(
                plan, header=names, header_end=last, first_row=number + 1, unnamed=unnamed(row, names)
            )
    raise DataError(
        "{path}: the file holds only blanks: give one with a header and at least one row", path=path
    )
