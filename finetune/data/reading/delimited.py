"""CSV, TSV and other delimited text into a DataFrame of strings. Does not know which column is the text."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa

from finetune.data.progress import with_bar
from finetune.data.reading.dialect import Dialect, Notes
from finetune.data.reading.encoding import detect_encoding, opened_text
from finetune.data.reading.layout import DELIMITERS, find_layout
from finetune.data.reading.limits import least_bytes, refuse_too_large
from finetune.data.reading.opening import compressed, kind, opened
from finetune.data.reading.quoting import shown_delimiter, style
from finetune.data.reading.records import NO_DELIMITER, Layout, StrayQuoteError, open_quote, records
from finetune.data.reading.sheets import ANY, Wish
from finetune.data.reading.top import find_top
from finetune.errors import DataError
from finetune.language.lists import SHOWN, listed, quoted
from finetune.language.say import AnyMessage, Message, joined, say

SAMPLE = 1 << 18
BATCH = 1 << 15
# Fewer rows at once where each has many cells
BATCH_CELLS = 1 << 22
# Cells that are looked at for a decimal mark, of a wide table those of fewer rows
DECIMALS = 1 << 17
NO_CELLS: list[str] = []
# A row that holds this many lines, each of which is a whole row by itself, may have a quote that was left open
SWALLOWED_LINES = 8


def read_delimited(path: Path, wish: Wish = ANY) -> tuple[pd.DataFrame, Dialect]:
    """Reads a delimited text file: delimiter, encoding, quoting and decimal mark are found from the file.

    Every cell is a string as written ("NA" and "null" too), an absent or empty one is "". Empty lines stay
    rows, so that a row's position gives its line. Titles above the header are left out, and said.

    Args:
        path: The file.
        wish: Which columns are wanted, which tell the header from titles; or its line.

    Raises:
        DataError: The file is no such table, or a row does not fit the header.
    """
    encoding = detect_encoding(path)
    with opened_text(path, encoding) as stream:
        sample = stream.read(SAMPLE)
    top = find_top(sample, wish, path)
    sample = "".join(islice(io.StringIO(sample, newline=""), top.lines, None))
    quoting = csv.QUOTE_ALL if sample.lstrip().startswith('"') else csv.QUOTE_MINIMAL
    remarks: Notes = ()
    try:
        layout = find_layout(path, encoding, top, quoting)
        frame, notes = _read(layout)
    except StrayQuoteError as stray:
        # Many files are written without any quoting: right if then, and only then, every row fits the header
        try:
            layout = find_layout(path, encoding, top, csv.QUOTE_NONE)
            frame, notes = _read(layout)
        except DataError:
            raise stray from None
        if _looks_quoted(frame):
            raise
        remarks = (Message("quotes are taken as ordinary characters: no cell is quoted"),)
    return frame, _dialect(layout, frame, sample, (*top.notes, *remarks, *notes))


def _read(layout: Layout) -> tuple[pd.DataFrame, Notes]:
    """All rows after the header; no more than one batch of them is ever held as Python objects."""
    schema = pa.schema([(name, pa.large_string()) for name in layout.header])
    short: list[int] = []
    swallowed: list[int] = []
    batches: list[pa.RecordBatch] = []
    width, taken = len(layout.header), 0
    rows = _without_blank_end(layout, _rows(layout, short, swallowed))
    many = min(BATCH, 1 + BATCH_CELLS // width)
    pieces = iter(lambda: list(islice(rows, many)), [])
    try:
        for batch in with_bar(pieces, say("reading"), size=len):
            whole = (row + [""] * (width - len(row)) if len(row) < width else row for row in batch)
            arrays = [pa.array(cells, pa.large_string()) for cells in zip(*whole, strict=True)]
            batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
            taken += batches[-1].nbytes + least_bytes(len(batch), 0)
            refuse_too_large(layout.path, taken)
    except DataError as error:
        if swallowed:
            raise StrayQuoteError(open_quote(layout.path, swallowed[0])) from error
        raise
    if swallowed:  # all else fits: quotes are quotes in this file
        raise DataError(open_quote(layout.path, swallowed[0]))
    frame = pa.Table.from_batches(batches, schema=schema).to_pandas()
    note = Message(
        "{n:,} row with fewer cells than the header (line {lines})",
        "{n:,} rows with fewer cells than the header (lines {lines})",
        n=len(short),
        lines=listed(short, most=SHOWN),
    )
    return frame, (note,) if short else ()


def _rows(layout: Layout, short: list[int], swallowed: list[int]) -> Iterator[list[str]]:
    """The rows after the header, no wider than it; lists the lines of those that are shorter, and that hold others."""
    width = len(layout.header)
    for start, last, row in records(layout):
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
        mark=DELIMITERS.get(delimiter, quoted(delimiter)),
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
    many = max(1, min(1000, DECIMALS // max(1, frame.shape[1])))
    cells = [cell.strip() for cell in frame.head(many).to_numpy(dtype=object).ravel()]
    commas = sum(bool(re.fullmatch(r"[-+]?[\d.]*\d,\d+", cell)) for cell in cells)
    points = sum(bool(re.fullmatch(r"[-+]?\d+\.\d+", cell)) for cell in cells)
    return "," if commas > points or (commas == points and delimiter == ";") else "."
