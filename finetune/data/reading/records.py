"""The records of a delimited text file, as the csv module finds them. Does not know where its header stands."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from finetune.data.reading.encoding import Encoding, opened_text, unmarked
from finetune.data.reading.limits import LONGEST_LINE, bounded_lines
from finetune.errors import DataError
from finetune.language.say import Message

# A one-column file is read as if cut at a character that no one writes, so that commas in its texts stay
NO_DELIMITER = "\x1f"


class StrayQuoteError(DataError):
    """A quote that opens a cell and does not close it."""


@dataclass(frozen=True)
class Layout:
    """What is known of a file before its rows are read; `header_end` is the header's last line.

    `unnamed` are the columns that the header gives no name; `above` is how many lines stand over the table; `whole` is
    whether all its rows will be in memory.
    """

    path: Path
    encoding: Encoding
    delimiter: str
    quoting: int
    header: list[str]
    header_end: int
    first_row: int
    unnamed: frozenset[str] = frozenset()
    above: int = 0
    whole: bool = True


def records(layout: Layout) -> Iterator[tuple[int, int, list[str]]]:
    """First line, last line and cells of each record, the header too."""
    start = layout.above + 1
    with opened_text(layout.path, layout.encoding, whole=layout.whole) as stream, cells_may_be_long():
        reader = csv.reader(
            unmarked(islice(bounded_lines(stream, layout.path), layout.above, None)),
            delimiter=layout.delimiter,
            strict=True,
            quoting=csv.QUOTE_NONE if layout.quoting == csv.QUOTE_NONE else csv.QUOTE_MINIMAL,
        )
        try:
            for row in reader:
                whole = layout.delimiter == NO_DELIMITER and len(row) > 1  # someone did write it
                last = layout.above + reader.line_num
                yield start, last, [NO_DELIMITER.join(row)] if whole else row
                start = last + 1
        except csv.Error as error:
            raise StrayQuoteError(open_quote(layout.path, start)) from error


@contextmanager
def cells_may_be_long() -> Iterator[None]:
    """Lifts the csv module's limit of 131,072 characters a cell (the whole process's) while we read."""
    before = csv.field_size_limit(LONGEST_LINE)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def open_quote(path: Path, line: int) -> Message:
    """Says where a quote was opened that closes nowhere."""
    return Message(
        "{path}: a quote opened in line {line} is not closed where its cell ends: "
        'write a quote inside a quoted text twice (""), or delete it',
        path=path,
        line=line,
    )
