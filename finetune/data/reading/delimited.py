"""CSV, TSV and other delimited text into a DataFrame of strings. Does not know which column is the text."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa

from finetune.data.progress import with_bar
from finetune.data.reading.columns import header_names, known, unnamed
from finetune.data.reading.dialect import Dialect, Notes
from finetune.data.reading.encoding import Encoding, detect_encoding, opened_text
from finetune.data.reading.opening import compressed, kind, opened
from finetune.data.reading.quoting import shown_delimiter, style
from finetune.errors import DataError
from finetune.language.lists import SHOWN, listed, quoted
from finetune.language.say import Message, say

DELIMITERS: dict[str, Message | str] = {
    ",": '","',
    ";": '";"',
    "\t": Message("tab", context="delimiter"),
    "|": '"|"',
}
# A one-column file is read as if cut at a character that no one writes, so that commas in its texts stay
NO_DELIMITER = "\x1f"
SAMPLE = 1 << 18
BATCH = 1 << 15
LONGEST_CELL = 1 << 24
# A row that holds this many lines, each of which is a whole row by itself, may have a quote that was left open
SWALLOWED_LINES = 8


class StrayQuoteError(DataError):
    """A quote that opens a cell and does not close it."""


@dataclass(frozen=True)
class Layout:
    """What is known of a file before its rows are read; `header_end` is the header's last line.

    `unnamed` are the columns that the header gives no name.
    """

    path: Path
    encoding: Encoding
    delimiter: str
    quoting: int
    header: list[str]
    header_end: int
    first_row: int
    unnamed: frozenset[str] = frozenset()


def read_delimited(path: Path) -> tuple[pd.DataFrame, Dialect]:
    """Reads a delimited text file: delimiter, encoding, quoting and decimal mark are found from the file.

    Every cell is a string as written ("NA" and "null" too), an absent or empty one is "". Empty lines stay
    rows, so that a row's position gives its line.

    Raises:
        DataError: The file is no such table, or a row does not fit the header.
    """
    encoding = detect_encoding(path)
    with opened_text(path, encoding) as stream:
        sample = stream.read(SAMPLE)
    delimiter = _delimiter(sample)
    quoting = csv.QUOTE_ALL if sample.lstrip().startswith('"') else csv.QUOTE_MINIMAL
    remarks: Notes = ()
    try:
        layout = _layout(path, encoding, delimiter, quoting)
        frame, notes = _read(layout)
    except StrayQuoteError as stray:
        # Many files are written without any quoting: right if then, and only then, every row fits the header
        try:
            layout = _layout(path, encoding, delimiter, csv.QUOTE_NONE)
            frame, notes = _read(layout)
        except DataError:
            raise stray from None
        if _looks_quoted(frame):
            raise
        remarks = (Message("quotes are taken as ordinary characters: no cell is quoted"),)
    return frame, _dialect(layout, frame, sample, (*remarks, *notes))


def _delimiter(sample: str) -> str:
    """The delimiter that cuts most rows into as many cells as the header; names we know decide a tie."""
    scores: dict[str, tuple[float, bool]] = {}
    for delimiter in DELIMITERS:
        with _cells_may_be_long():
            rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
        if not rows or len(rows[0]) < 2:
            continue
        body = rows[1:-1] or rows[1:]  # the sample may end within the last row
        fitting = sum(len(row) == len(rows[0]) for row in body)
        scores[delimiter] = (fitting / max(len(body), 1), any(known(name) for name in rows[0]))
    return max(scores, key=lambda delimiter: scores[delimiter]) if scores else NO_DELIMITER


def _layout(path: Path, encoding: Encoding, delimiter: str, quoting: int) -> Layout:
    """Reads the header: the first line that is not empty."""
    plan = Layout(path, encoding, delimiter, quoting, [], 0, 1)
    for number, (_, last, row) in enumerate(_records(plan), 1):
        if any(cell.strip() for cell in row):
            names = header_names(row, str(path))
            return replace(
                plan, header=names, header_end=last, first_row=number + 1, unnamed=unnamed(row, names)
            )
    raise DataError(
        "{path}: the file holds only blanks: give one with a header and at least one row", path=path
    )


def _records(layout: Layout) -> Iterator[tuple[int, int, list[str]]]:
    """First line, last line and cells of each record, the header too."""
    start = 1
    with opened_text(layout.path, layout.encoding) as stream, _cells_may_be_long():
        reader = csv.reader(
            stream,
            delimiter=layout.delimiter,
            strict=True,
            quoting=csv.QUOTE_NONE if layout.quoting == csv.QUOTE_NONE else csv.QUOTE_MINIMAL,
        )
        try:
            for row in reader:
                whole = layout.delimiter == NO_DELIMITER and len(row) > 1  # someone did write it
                yield start, reader.line_num, [NO_DELIMITER.join(row)] if whole else row
                start = reader.line_num + 1
        except csv.Error as error:
            raise StrayQuoteError(_open_quote(layout.path, start)) from error


@contextmanager
def _cells_may_be_long() -> Iterator[None]:
    """Lifts the csv module's limit of 131,072 characters a cell (the whole process's) while we read."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _open_quote(path: Path, line: int) -> Message:
    return Message(
        "{path}: a quote opened in line {line} is not closed where its cell ends: "
        'write a quote inside a quoted text twice (""), or delete it',
        path=path,
        line=line,
    )


def _read(layout: Layout) -> tuple[pd.DataFrame, Notes]:
    """All rows after the header; no more than one batch of them is ever held as Python objects."""
    schema = pa.schema([(name, pa.large_string()) for name in layout.header])
    short: list[int] = []
    swallowed: list[int] = []
    batches: list[pa.RecordBatch] = []
    rows = _rows(layout, short, swallowed)
    pieces = iter(lambda: list(islice(rows, BATCH)), [])
    try:
        for batch in with_bar(pieces, say("reading"), size=len):
            arrays = [pa.array(cells, pa.large_string()) for cells in zip(*batch, strict=True)]
            batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
    except DataError as error:
        if swallowed:
            raise StrayQuoteError(_open_quote(layout.path, swallowed[0])) from error
        raise
    if swallowed:  # all else fits: quotes are quotes in this file
        raise DataError(_open_quote(layout.path, swallowed[0]))
    frame = pa.Table.from_batches(batches, schema=schema).to_pandas()
    note = Message(
        "{n:,} row with fewer cells than the header (line {lines})",
        "{n:,} rows with fewer cells than the header (lines {lines})",
        n=len(short),
        lines=listed(short, most=SHOWN),
    )
    return _without_blank_end(frame), (note,) if short else ()


def _rows(layout: Layout, short: list[int], swallowed: list[int]) -> Iterator[list[str]]:
    """The rows after the header, as wide as it; lists the lines of those that were shorter, and that hold others."""
    width = len(layout.header)
    for start, last, row in _records(layout):
        if last <= layout.header_end:
            continue
        if last - start >= SWALLOWED_LINES and _holds_rows(layout, row):
            swallowed.append(start)
        if len(row) != width:
            while len(row) > width and not row[-1].strip():
                row.pop()
            if len(row) > width:
                raise _too_many(layout, start, row)
            if 0 < len(row) < width:
                short.append(start)
            row += [""] * (width - len(row))
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
        other=Message(', or save the file with ";" as delimiter') if layout.delimiter == "," else "",
    )


def _without_blank_end(frame: pd.DataFrame) -> pd.DataFrame:
    """Drops the empty lines after the last row, which no user counts as rows."""
    end = len(frame)
    while end and not any(cell.strip() for cell in frame.iloc[end - 1]):
        end -= 1
    return frame.iloc[:end]


def _looks_quoted(frame: pd.DataFrame) -> bool:
    """Whether a table read without quoting has cells that were quoted: then reading it so would be wrong."""
    for place in range(frame.shape[1]):
        cells = frame.iloc[:, place]
        wrapped = cells.str.fullmatch(r'\s*".*"\s*', flags=re.DOTALL)
        filled = int((cells.str.strip() != "").sum())
        if (wrapped & cells.str.slice(1, -1).str.contains('""', regex=False)).any():
            return True
        if 2 * int(wrapped.sum()) > filled or re.fullmatch('".*"', str(frame.columns[place]).strip()):
            return True
    return False


def _dialect(layout: Layout, frame: pd.DataFrame, sample: str, remarks: Notes) -> Dialect:
    delimiter = layout.delimiter
    if delimiter == NO_DELIMITER:
        # without a sign of one there is none to copy: a semicolon opens in a Brazilian spreadsheet
        delimiter = shown_delimiter(sample, tuple(DELIMITERS)) or ";"
    written = style(sample, layout.delimiter, layout.quoting)
    how = Message(
        "one column, encoding {encoding}"
        if layout.delimiter == NO_DELIMITER
        else "delimiter {mark}, encoding {encoding}",
        mark=DELIMITERS[delimiter],
        encoding=layout.encoding.told,
    )
    return Dialect(
        suffix=kind(layout.path),
        delimiter=delimiter,
        encoding=layout.encoding.name,
        bom=layout.encoding.bom,
        quoting=written.quoting,
        quoted=written.quoted,
        line_end=written.line_end,
        closed=_closed(layout.path),
        unnamed=layout.unnamed,
        decimal=_decimal(frame, delimiter),
        compressed=compressed(layout.path),
        first_line=layout.first_row,
        remarks=(how, *remarks),
    )


def _closed(path: Path) -> bool:
    """Whether the last line of a file ends as the others do."""
    last = b""
    with opened(path) as stream:
        while chunk := stream.read(SAMPLE):
            last = last[-1:] + chunk[-2:]
    return last[-2:].strip(b"\0")[-1:] in (b"\r", b"\n")  # NUL: the other half in UTF-16


def _decimal(frame: pd.DataFrame, delimiter: str) -> str:
    """The decimal mark of the numbers; without numbers, what those who write semicolons use."""
    if delimiter == ",":
        return "."
    cells = [cell.strip() for name in frame.columns for cell in frame[name].head(1000)]
    commas = sum(bool(re.fullmatch(r"[-+]?[\d.]*\d,\d+", cell)) for cell in cells)
    points = sum(bool(re.fullmatch(r"[-+]?\d+\.\d+", cell)) for cell in cells)
    return "," if commas > points or (commas == points and delimiter == ";") else "."
