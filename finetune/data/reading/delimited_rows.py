"""The rows of a delimited text whose layout is known, some thousands at a time, and what is noticed as they go by."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import pandas as pd
import pyarrow as pa

from finetune.data.progress import with_bar
from finetune.data.reading.dialect import Notes
from finetune.data.reading.layout import DELIMITERS
from finetune.data.reading.limits import least_bytes, refuse_too_large
from finetune.data.reading.records import Layout, StrayQuoteError, open_quote, records
from finetune.errors import DataError
from finetune.language.lists import SHOWN, listed, quoted
from finetune.language.say import AnyMessage, Message, joined, say

BATCH = 1 << 15


# Fewer rows at once where each has many cells
BATCH_CELLS = 1 << 22


NO_CELLS: list[str] = []


# A row that holds this many lines, each of which is a whole row by itself, may have a quote that was left open
SWALLOWED_LINES = 8


class Seen:
    """What is noticed of the rows of a file as they go by.

    Attributes:
        rows: How many they are.
        head: The first of them.
        short: Lines of the first that have fewer cells than the header.
        many_short: How many have.
        swallowed: Lines of those that hold others.
        quotes: How the cells of each column are quoted, where quotes are taken as ordinary characters.
    """

    def __init__(self) -> None:
        self.rows = self.many_short = 0
        self.head: pd.DataFrame | None = None
        self.short: list[int] = []
        self.swallowed: list[int] = []
        self.quotes: list[Quotes] = []

    def take(self, batch: pa.RecordBatch, *, quotes: bool) -> None:
        """Notices some more rows."""
        frame = batch.to_pandas() if self.head is None or quotes else None
        if self.head is None:
            self.head = frame
        if quotes and frame is not None:
            each = [Quotes.of(frame.iloc[:, place]) for place in range(frame.shape[1])]
            self.quotes = [one + other for one, other in zip(self.quotes or each, each, strict=True)]
        self.rows += batch.num_rows

    def fewer_cells(self, line: int) -> None:
        """Notices a row that has fewer cells than the header."""
        self.many_short += 1
        if len(self.short) < SHOWN:
            self.short.append(line)

    @property
    def notes(self) -> Notes:
        """What is said of it."""
        if not self.many_short:
            return ()
        more = range(self.many_short - len(self.short))  # of which only the number is said
        note = Message(
            "{n:,} row with fewer cells than the header (line {lines})",
            "{n:,} rows with fewer cells than the header (lines {lines})",
            n=self.many_short,
            lines=listed([*self.short, *more], most=SHOWN),
        )
        return (note,)


def read_rows(layout: Layout, keep: list[pa.RecordBatch] | None) -> Seen:
    """Goes through all rows after the header; no more than one batch of them is ever held as Python objects."""
    seen, taken = Seen(), 0
    if keep is not None:
        keep.clear()
    try:
        for batch in with_bar(batches(layout, seen), say("reading"), size=lambda batch: batch.num_rows):
            seen.take(batch, quotes=layout.quoting == csv.QUOTE_NONE)
            if keep is not None:
                keep.append(batch)
                taken += batch.nbytes + least_bytes(batch.num_rows, 0)
                refuse_too_large(layout.path, taken)
    except DataError as error:
        if seen.swallowed:
            raise StrayQuoteError(open_quote(layout.path, seen.swallowed[0])) from error
        raise
    if seen.swallowed:  # all else fits: quotes are quotes in this file
        raise DataError(open_quote(layout.path, seen.swallowed[0]))
    return seen


def schema_of(layout: Layout) -> pa.Schema:
    """Returns the columns of a table, all of text."""
    return pa.schema([(name, pa.large_string()) for name in layout.header])


def batches(layout: Layout, seen: Seen) -> Iterator[pa.RecordBatch]:
    """The rows after the header, some thousands at a time."""
    schema, width = schema_of(layout), len(layout.header)
    rows = _without_blank_end(layout, _rows(layout, seen))
    many = min(BATCH, 1 + BATCH_CELLS // width)
    for batch in iter(lambda: list(islice(rows, many)), []):
        whole = (row + [""] * (width - len(row)) if len(row) < width else row for row in batch)
        arrays = [pa.array(cells, pa.large_string()) for cells in zip(*whole, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _rows(layout: Layout, seen: Seen) -> Iterator[list[str]]:
    """The rows after the header, no wider than it; notices those that are shorter, and that hold others."""
    width = len(layout.header)
    for start, last, row in records(layout):
        if last <= layout.header_end:
            continue
        if last - start >= SWALLOWED_LINES and _holds_rows(layout, row):
            seen.swallowed.append(start)
        if len(row) != width:
            while len(row) > width and not row[-1].strip():
                row.pop()
            if len(row) > width:
                raise _too_many(layout, start, row)
            if 0 < len(row) < width:
                seen.fewer_cells(start)
        yield row


def _holds_rows(layout: Layout, row: list[str]) -> bool:
    """Whether all lines of a row are whole rows by themselves, of which another has a cell of this one, as its label.

    A list in a text may have a comma in every line, but hardly this row's label behind it.
    """
    lines = [line.split(layout.delimiter) for line in layout.delimiter.join(row).splitlines()]
    width = len(layout.header)
    if width < 2 or any(len(line) != width for line in lines):
        return False
    columns = zip(*lines, strict=True)
    return any(cell.strip() and column.count(cell) > 1 for cell, column in zip(row, columns, strict=False))


def _too_many(layout: Layout, line: int, row: Sequence[str]) -> DataError:
    return DataError(
        "{path}: line {line} has {cells} cells, the header has {width} ({names}), cut at {mark}: "
        "put a text that holds {mark} in double quotes{other}",
        path=layout.path,
        line=line,
        cells=len(row),
        width=len(layout.header),
        names=quoted(layout.header),
        mark=DELIMITERS.get(layout.delimiter, layout.delimiter),
        other=_other_remedy(layout, line),
    )


def _other_remedy(layout: Layout, line: int) -> AnyMessage:
    """What else may be done: the header may be a title or have two lines, where the first row does not fit it."""
    remedies: list[Message] = []
    if layout.delimiter == "," and len(layout.header) > 1:
        remedies.append(Message(', or save the file with ";" as delimiter'))
    if len(layout.header) == 1 or layout.unnamed or line == layout.header_end + 1:
        remedies.append(Message(", or, if the header is another line, give it with --data.header_line"))
    return joined(remedies, "")


def _without_blank_end(layout: Layout, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows up to the last that holds something: spreadsheets write a million empty ones, which no user counts."""
    blank: list[list[str]] = []
    for row in rows:
        if not any(map(str.strip, row)):
            blank.append(row if any(row) else NO_CELLS)
            if len(blank) % BATCH == 0:
                refuse_too_large(layout.path, least_bytes(len(blank), 0))
            continue
        if blank:
            yield from blank
            blank = []
        yield row


@dataclass(frozen=True)
class Quotes:
    """How the cells of a column are quoted, where quotes were taken as ordinary characters.

    Attributes:
        filled: Cells that hold something.
        wrapped: Those that stand between quotes.
        doubled: Those of these that hold a quote written twice.
    """

    filled: int
    wrapped: int
    doubled: int

    @classmethod
    def of(cls, cells: "pd.Series[str]") -> "Quotes":
        """Counts those of some cells."""
        wrapped = cells.str.fullmatch(r'\s*".*"\s*', flags=re.DOTALL)
        doubled = wrapped & cells.str.slice(1, -1).str.contains('""', regex=False)
        return cls(int((cells.str.strip() != "").sum()), int(wrapped.sum()), int(doubled.sum()))

    def __add__(self, other: "Quotes") -> "Quotes":
        return Quotes(self.filled + other.filled, self.wrapped + other.wrapped, self.doubled + other.doubled)
