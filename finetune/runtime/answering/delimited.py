"""CSV, TSV and other delimited text as a table: its delimiter, header and quotes are found. Knows no texts."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from .columns import Fits, header_names, header_place
from .encodings import Encoding, encoding_of
from .quoting import shown_delimiter, style
from .said import Refused, quoted, tell
from .table import Dialect, Row, Table, without_blank_end

SAMPLE = 1 << 18
DELIMITERS = (",", ";", "\t", "|")
NO_DELIMITER = "\x1f"
"""A file of one column is read as if cut at a character that no one writes, so that commas in its texts stay."""

SEPARATOR = re.compile(r"""\ufeff*"?sep[ ]*=[ ]*(\\t|tab|[^\w\s"'\\]|\t)?"?[,;\t|]*\s*""", re.IGNORECASE)
"""The first line of Excel, which names the delimiter."""

COMMA, POINT = re.compile(r"[-+]?[\d.]*\d,\d+"), re.compile(r"[-+]?\d+\.\d+")
DECIMAL_ROWS = 1000
LONGEST_CELL = (1 << 31) - 1
"""The most that the csv module takes on Windows."""


class StrayQuote(Refused):
    """A quote that opens a cell and does not close it."""


@dataclass(frozen=True)
class Layout:
    """What is known of a file before its rows are read: `above` lines stand over the header."""

    path: Path
    encoding: Encoding
    delimiter: str
    above: int
    names: list[str]
    unnamed: frozenset[str]
    quotes: bool = True


def open_delimited(path: Path, fits: Fits) -> Table:
    """Opens a delimited text file, all of whose rows are looked at.

    Args:
        path: The file.
        fits: Tells the header from titles.

    Raises:
        Refused: It is no such table, or a row does not fit the header.
    """
    csv.field_size_limit(LONGEST_CELL)
    encoding = encoding_of(path)
    with path.open(encoding=encoding.codec, newline="") as stream:
        sample = stream.read(SAMPLE)
    delimiter, above = _top(sample, fits)
    below = "".join(islice(io.StringIO(sample, newline=""), above, None))
    header = next((row for row in _sampled(below, delimiter) if any(map(str.strip, row))), None)
    if header is None:
        raise Refused(tell("{path}: the file holds only blanks", path=path))
    names, unnamed = header_names([header[0].lstrip("\ufeff"), *header[1:]], path)
    layout = Layout(path, encoding, delimiter, above, names, unnamed)
    try:
        count, decimal = _looked_at(layout)
    except StrayQuote as stray:
        layout = replace(layout, quotes=False)
        try:
            count, decimal = _looked_at(layout)
        except Refused:
            raise stray from None
    if not count:
        raise Refused(tell("{path}: only a header ({names}), no rows", path=path, names=quoted(names)))
    dialect = _dialect(layout, below, decimal)
    return Table(
        names,
        lambda: without_blank_end(_rows(layout)),
        count,
        dialect,
        unnamed,
        first_line=above + 2,
        remarks=_remarks(layout),
    )


def _remarks(layout: Layout) -> tuple[str, ...]:
    """What may be otherwise than the user thinks."""
    told = [
        tell("{path}: not UTF-8, read as {name}", path=layout.path, name=layout.encoding.name),
        tell(
            "{path}: {n} line above the header is left out",
            "{path}: {n} lines above the header are left out",
            path=layout.path,
            n=layout.above,
        ),
        tell("{path}: quotes are taken as ordinary characters: no cell is quoted", path=layout.path),
    ]
    noticed = (not layout.encoding.name.startswith("utf"), layout.above > 0, not layout.quotes)
    return tuple(text for text, so in zip(told, noticed, strict=True) if so)


def _top(sample: str, fits: Fits) -> tuple[str, int]:
    """The delimiter, and how many lines stand above the header: one that names the delimiter, and titles."""
    lines = list(io.StringIO(sample, newline=""))
    separator = SEPARATOR.fullmatch(lines[0]) if lines else None
    skipped = int(separator is not None)
    named = "" if separator is None else (separator[1] or "")
    named = "\t" if named.casefold() in ("tab", "\\t") else named
    found = []
    for delimiter in (named, *DELIMITERS) if named else DELIMITERS:
        place = _header(lines[skipped:], delimiter, fits)
        rows = _sampled("".join(lines[skipped + place :]), delimiter)
        if rows and len(rows[0]) > 1:
            body = rows[1:-1] or rows[1:]  # the sample may end within the last row
            fitting = sum(len(row) == len(rows[0]) for row in body) / max(len(body), 1)
            found.append((fits(rows[0]), delimiter == named, fitting, delimiter, place))
    if not found:
        return NO_DELIMITER, skipped + _header(lines[skipped:], NO_DELIMITER, fits)
    *_, delimiter, place = max(found, key=lambda each: each[:3])
    return delimiter, skipped + place


def _header(lines: Sequence[str], delimiter: str, fits: Fits) -> int:
    """Which line begins the header, if each is read as if a row began there."""
    rows = [
        next(csv.reader(lines[at : at + 60], delimiter=delimiter), []) for at in range(min(len(lines), 60))
    ]
    return header_place(rows, fits)


def _sampled(sample: str, delimiter: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]


def _rows(layout: Layout) -> Iterator[Row]:
    """The rows under the header, as wide as it is.

    Raises:
        Refused: A row is wider, or a quote is left open.
    """
    width, header, start = len(layout.names), True, layout.above + 1
    with layout.path.open(encoding=layout.encoding.codec, newline="") as stream:
        lines = islice(stream, layout.above, None)
        unmarked = (line.lstrip("\ufeff") if line[:2] == '\ufeff"' else line for line in lines)
        reader = csv.reader(
            unmarked,
            delimiter=layout.delimiter,
            strict=True,
            quoting=csv.QUOTE_MINIMAL if layout.quotes else csv.QUOTE_NONE,
        )
        try:
            for row in reader:
                start, line = layout.above + reader.line_num + 1, start
                if header:
                    header = not any(map(str.strip, row))
                    continue
                if layout.delimiter == NO_DELIMITER and len(row) > 1:  # someone did write it
                    row = [NO_DELIMITER.join(row)]
                while len(row) > width and not row[-1].strip():
                    row.pop()
                if len(row) > width:
                    raise _too_wide(layout, line, row)
                yield row + [""] * (width - len(row))
        except csv.Error as error:
            raise StrayQuote(
                tell(
                    "{path}: a quote opened in line {line} is not closed where its cell ends: write a quote inside a "
                    'quoted text twice (""), or delete it',
                    path=layout.path,
                    line=start,
                )
            ) from error


def _too_wide(layout: Layout, line: int, row: Row) -> Refused:
    return Refused(
        tell(
            "{path}: line {line} has {cells} cells, the header has {width} ({names}): put a text that holds "
            '"{mark}" in double quotes',
            path=layout.path,
            line=line,
            cells=len(row),
            width=len(layout.names),
            names=quoted(layout.names),
            mark=layout.delimiter,
        )
    )


def _looked_at(layout: Layout) -> tuple[int, str]:
    """Looks at every row; returns how many there are, and the decimal mark of the numbers in the first ones.

    Raises:
        Refused: One does not fit, or cells are quoted where quotes are taken as ordinary characters.
    """
    count = commas = points = wrapped = filled = 0
    for row in without_blank_end(_rows(layout)):
        count += 1
        if count <= DECIMAL_ROWS:
            cells = [cell.strip() for cell in row]
            commas += sum(bool(COMMA.fullmatch(cell)) for cell in cells)
            points += sum(bool(POINT.fullmatch(cell)) for cell in cells)
        if not layout.quotes:
            wrapped += sum(len(cell) > 1 and cell.strip()[:1] == '"' == cell.strip()[-1:] for cell in row)
            filled += sum(bool(cell.strip()) for cell in row)
    if 2 * wrapped * len(layout.names) > filled:
        raise Refused("")  # said as a quote that is left open
    if layout.delimiter == ",":
        return count, "."
    tie = commas == points and _out(layout, "") == ";"
    return count, "," if commas > points or tie else "."


def _out(layout: Layout, sample: str) -> str:
    """The delimiter to write: of one column what its quotes tell, else what opens in a Brazilian spreadsheet."""
    if layout.delimiter != NO_DELIMITER:
        return layout.delimiter
    return shown_delimiter(sample, DELIMITERS) or ";"


def _dialect(layout: Layout, sample: str, decimal: str) -> Dialect:
    quoting = csv.QUOTE_MINIMAL if layout.quotes else csv.QUOTE_NONE
    if layout.quotes and sample.lstrip().startswith('"'):
        quoting = csv.QUOTE_ALL
    written = style(sample, layout.delimiter, quoting)
    with layout.path.open("rb") as stream:
        stream.seek(max(0, layout.path.stat().st_size - 4))
        closed = stream.read().rstrip(b"\0")[-1:] in (b"\r", b"\n")  # NUL: the other half in UTF-16
    delimiter = _out(layout, sample)
    if layout.delimiter == NO_DELIMITER:
        decimal = "." if delimiter == "," else decimal
    return Dialect(
        "text",
        layout.encoding,
        delimiter,
        written.quoting,
        written.quoted,
        decimal,
        written.line_end,
        closed,
    )
