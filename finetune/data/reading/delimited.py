"""CSV, TSV and other delimited text into a DataFrame of strings. Does not know which column is the text."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa

from finetune.data.reading.delimited_rows import Seen, batches, read_rows, schema_of
from finetune.data.reading.dialect import Dialect, Notes
from finetune.data.reading.encoding import detect_encoding, opened_text
from finetune.data.reading.layout import DELIMITERS, find_layout
from finetune.data.reading.loaded import Piece
from finetune.data.reading.opening import compressed, kind, opened
from finetune.data.reading.quoting import shown_delimiter, style
from finetune.data.reading.records import NO_DELIMITER, Layout, StrayQuoteError
from finetune.data.reading.sheets import ANY, Wish
from finetune.data.reading.stream import Stream
from finetune.data.reading.top import find_top
from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.language.say import Message

SAMPLE = 1 << 18
# Cells that are looked at for a decimal mark, of a wide table those of fewer rows
DECIMALS = 1 << 17


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
    kept: list[pa.RecordBatch] = []
    layout, dialect, _ = _gone_through(path, wish, keep=kept)
    return pa.Table.from_batches(kept, schema=schema_of(layout)).to_pandas(), dialect


def stream_delimited(path: Path, wish: Wish = ANY) -> Stream:
    """Goes through such a file, and keeps none of its rows.

    Raises:
        DataError: The file is no such table, or a row does not fit the header.
    """
    layout, dialect, rows = _gone_through(path, wish, keep=None)

    def frames() -> Iterator[pd.DataFrame]:
        return (batch.to_pandas() for batch in batches(layout, Seen()))

    name = str(path)
    parts = (Piece(name, 0, dialect.first_line, dialect.unit),)
    return Stream(name, schema_of(layout).empty_table().to_pandas(), dialect, parts, rows, frames)


def _gone_through(
    path: Path, wish: Wish, *, keep: list[pa.RecordBatch] | None
) -> tuple[Layout, Dialect, int]:
    """Finds how a file is laid out and written by going through all of it; where rows are kept, they have to fit."""
    whole = keep is not None
    encoding = detect_encoding(path, whole=whole)
    with opened_text(path, encoding, whole=whole) as stream:
        sample = stream.read(SAMPLE)
    top = find_top(sample, wish, path)
    sample = "".join(islice(io.StringIO(sample, newline=""), top.lines, None))
    quoting = csv.QUOTE_ALL if sample.lstrip().startswith('"') else csv.QUOTE_MINIMAL
    remarks: Notes = ()
    try:
        layout = find_layout(path, encoding, top, quoting, whole=whole)
        seen = read_rows(layout, keep)
    except StrayQuoteError as stray:
        # Many files are written without any quoting: right if then, and only then, every row fits the header
        try:
            layout = find_layout(path, encoding, top, csv.QUOTE_NONE, whole=whole)
            seen = read_rows(layout, keep)
        except DataError:
            raise stray from None
        if _looks_quoted(layout, seen):
            raise
        remarks = (Message("quotes are taken as ordinary characters: no cell is quoted"),)
    dialect = _dialect(layout, seen, sample, (*top.notes, *remarks, *seen.notes))
    return layout, dialect, seen.rows


def _looks_quoted(layout: Layout, seen: Seen) -> bool:
    """Whether a table read without quoting has cells that were quoted: then reading it so would be wrong."""
    return any(each.doubled or 2 * each.wrapped > each.filled for each in seen.quotes) or any(
        re.fullmatch('".*"', name.strip()) for name in layout.header
    )


def _dialect(layout: Layout, seen: Seen, sample: str, remarks: Notes) -> Dialect:
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
        closed=_closed(layout),
        unnamed=layout.unnamed,
        decimal=_decimal(seen.head, delimiter),
        compressed=compressed(layout.path),
        first_line=layout.first_row,
        remarks=(how, *remarks),
    )


def _closed(layout: Layout) -> bool:
    """Whether the last line of a file ends as the others do."""
    last = b""
    with opened(layout.path, whole=layout.whole) as stream:
        while chunk := stream.read(SAMPLE):
            last = last[-1:] + chunk[-2:]
    return last[-2:].strip(b"\0")[-1:] in (b"\r", b"\n")  # NUL: the other half in UTF-16


def _decimal(frame: pd.DataFrame | None, delimiter: str) -> str:
    """The decimal mark of the numbers; without numbers, what those who write semicolons use."""
    if delimiter == ",":
        return "."
    if frame is None:
        return "," if delimiter == ";" else "."
    many = max(1, min(1000, DECIMALS // max(1, frame.shape[1])))
    cells = [cell.strip() for cell in frame.head(many).to_numpy(dtype=object).ravel()]
    commas = sum(bool(re.fullmatch(r"[-+]?[\d.]*\d,\d+", cell)) for cell in cells)
    points = sum(bool(re.fullmatch(r"[-+]?\d+\.\d+", cell)) for cell in cells)
    return "," if commas > points or (commas == points and delimiter == ";") else "."
