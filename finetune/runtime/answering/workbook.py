"""XLSX, by openpyxl where it is installed: a sheet as a table, and a table as a sheet."""

import datetime as dt
import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from .cells import as_text
from .columns import LOOKED_AT, Fits, header_names, header_place
from .encodings import Encoding
from .said import Refused, quoted, tell
from .table import Dialect, Row, Table, without_blank_end

# https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3 (Excel specifications and limits)
MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767
LARGEST = 2**53
MIDNIGHT = dt.time.min

Sparse = dict[int, Any]
"""The cells of a row that hold something, by their place: a sheet may say that a row is as wide as Excel goes."""

BROKEN = (
    *(zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError, AttributeError, SyntaxError),
    *(EOFError, RuntimeError, OverflowError),
)
"""What openpyxl and the readers under it say of a file that is no workbook, or is damaged."""

ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What XML cannot hold is written as Excel does (ECMA-376, 22.9.2.19, ST_Xstring); so what looks like that."""


def require() -> Any:
    """Returns openpyxl.

    Raises:
        Refused: It is not installed.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise Refused(
            tell("Workbooks (.xlsx) need openpyxl, which is not installed:\n  pip install openpyxl")
        ) from error
    return openpyxl


def open_workbook(path: Path, fits: Fits) -> Table:
    """Opens the first visible sheet that has the columns that are wanted, or the first that holds something.

    Raises:
        Refused: It is no workbook, or a row does not fit the header.
    """
    filled = {}
    for title, top in _tops(path):
        named = [_named(row) for row in top]
        if any(any(map(str.strip, row)) for row in named):
            place = header_place(named, fits)
            filled[title] = place, named[place]
    if not filled:
        raise Refused(tell("{path}: no visible sheet of the workbook has a row", path=path))
    title = next((title for title, (_, row) in filled.items() if fits(row)), next(iter(filled)))
    place, header = filled[title]
    names, unnamed = header_names(header, path)

    def held() -> Iterator[Sparse]:
        body = without_blank_end(islice(_cells(path, title), place + 1, None), _is_blank)
        for line, row in enumerate(body, place + 2):
            _refuse_beyond(path, row, names, line)
            yield row

    count, timed = 0, set[int]()
    for row in held():
        count += 1
        timed.update(
            at for at, cell in row.items() if isinstance(cell, dt.datetime) and cell.time() != MIDNIGHT
        )
    if not count:
        raise Refused(tell("{path}: only a header ({names}), no rows", path=path, names=quoted(names)))
    # what a Brazilian Excel expects of a CSV
    dialect = Dialect("xlsx", Encoding("utf-8", bom=True), delimiter=";", decimal=",", sheet=title)
    days = frozenset(range(len(names))) - timed
    remarks = (
        (tell('{path}: the sheet "{title}" is read', path=path, title=title),) if len(filled) > 1 else ()
    )

    def rows() -> Iterator[Row]:
        return (_filled(row, len(names)) for row in held())

    return Table(names, rows, count, dialect, unnamed, first_line=place + 2, days=days, remarks=remarks)


def _tops(path: Path) -> list[tuple[str, list[Sparse]]]:
    """The first rows of every visible sheet, by its title; the workbook is opened once for all of them."""
    with _opened(path) as book:
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        return [(sheet.title, list(islice(_rows(sheet), LOOKED_AT))) for sheet in visible]


def _cells(path: Path, title: str) -> Iterator[Sparse]:
    with _opened(path) as book:
        yield from _rows(book[title])


def _rows(sheet: Any) -> Iterator[Sparse]:
    """The rows of a sheet as its file has them: openpyxl would pad each to the last cell that has any format."""
    from openpyxl.worksheet._reader import WorkSheetParser

    book, expected = sheet.parent, 1
    with sheet._get_source() as source:
        parser = WorkSheetParser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for number, cells in parser.parse():
            if not expected <= number <= MOST_ROWS:
                raise ValueError(f"row {number} behind row {expected - 1}")
            yield from ({} for _ in range(number - expected))
            expected = number + 1
            held = {cell["column"] - 1: cell["value"] for cell in cells if cell["value"] is not None}
            yield {at: unescaped(cell) if isinstance(cell, str) else cell for at, cell in held.items()}


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with closing(require().load_workbook(path, read_only=True, data_only=True)) as book:
            yield book
    except BROKEN as error:
        raise _broken(path) from error


def _broken(path: Path) -> Refused:
    return Refused(
        tell("{path}: not an Excel .xlsx file, broken, or locked by a password: save it again", path=path)
    )


def _filled(row: Sparse, width: int) -> Row:
    cells: Row = [None] * width
    for at, cell in row.items():
        if at < width:  # what is beyond is blank
            cells[at] = cell
    return cells


def _named(row: Sparse) -> list[str]:
    return ["" if cell is None else str(cell) for cell in _filled(row, max(row, default=-1) + 1)]


def _is_blank(row: Sparse) -> bool:
    return all(isinstance(cell, str) and not cell.strip() for cell in row.values())


def _refuse_beyond(path: Path, row: Sparse, names: Sequence[str], line: int) -> None:
    if any(at >= len(names) and str(cell).strip() for at, cell in row.items()):
        raise Refused(
            tell(
                "{path}: line {line} has cells to the right of the header's columns ({names}): name these or delete "
                "them",
                path=path,
                line=line,
                names=quoted(names),
            )
        )


def unescaped(text: str) -> str:
    """Returns a text with the characters that stand in it as `_xHHHH_`."""
    if "_x" not in text:
        return text
    plain = ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def write_sheet(path: Path, names: Sequence[str], rows: Iterator[Row], title: str) -> None:
    """Writes a table into the only sheet of a workbook, each cell of its own kind.

    Raises:
        Refused: A sheet cannot hold it.
    """
    openpyxl = require()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)

    def written(cell: Any) -> Any:
        if cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell)):
            return None
        if isinstance(cell, bool | dt.date | dt.time | dt.timedelta):
            return openpyxl.cell.WriteOnlyCell(sheet, cell)
        exact = isinstance(cell, int | float) and math.isfinite(cell) and abs(cell) <= LARGEST
        text = ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", as_text(cell))
        if len(text) > LONGEST_TEXT:
            raise Refused(
                tell(
                    "a cell of an XLSX file holds at most {most} characters, and a text is longer: write a .csv",
                    most=LONGEST_TEXT,
                )
            )
        # as text, for openpyxl rounds numbers; then with its kind, for openpyxl takes "=1" for a formula
        made = openpyxl.cell.WriteOnlyCell(sheet, text)
        made.data_type = "n" if exact else "s"
        return made

    sheet.append([written(name) for name in names])
    for row in rows:
        sheet.append([written(cell) for cell in row])
    book.save(path)


def refuse_too_long(count: int) -> None:
    """Refuses a table of more rows than a sheet has.

    Raises:
        Refused: It has.
    """
    if count + 1 > MOST_ROWS:
        raise Refused(tell("a sheet of an XLSX file holds at most {most} rows: write a .csv", most=MOST_ROWS))
