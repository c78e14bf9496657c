"""XLSX: each cell of its own kind, every text a text, nothing rounded. What a sheet cannot hold at all is refused."""

import datetime as dt
import io
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import pandas as pd

from finetune.data.reading.dialect import Dialect
from finetune.errors import ConfigError
from finetune.evaluation.predicted.chunks import Pieces, rows_of
from finetune.evaluation.predicted.fitting import BYTES, NESTED, OTHERS, Seen, as_days, fitted, looked_at
from finetune.evaluation.predicted.widths import LOOKED_AT, widths_of
from finetune.language.lists import quoted
from finetune.language.say import AnyMessage, Message
from finetune.plugins import require

# https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3 (Excel specifications and limits)
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
LONGEST_TEXT = 32_767

LARGEST = 2**53
"""Excel's numbers are doubles: above, not every whole number is one."""
DIGITS = 15
FIRST_DAY = dt.date(1900, 3, 1)
"""Before, Excel counts a day that never was (29 February 1900), or has no date at all."""

LONG = Message("whole numbers above {most:,}", most=LARGEST)
PRECISE = Message("decimal numbers of more than {most} digits", most=DIGITS)
ENDLESS = Message("infinite numbers")
ZONES = Message("times with a time zone")
EARLY = Message("dates before March 1900")
FINE = Message("times finer than a millisecond")

# What XML cannot hold, or changes, is written as Excel does (ECMA-376, 22.9.2.19, ST_Xstring); so what looks like that
ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def look(column: "pd.Series[Any]") -> Seen:
    """Returns what is seen of some rows of a column."""
    seen = looked_at(column, _misfit)
    return replace(seen, too_long=_too_long(fit(column, seen)))


def fit(column: "pd.Series[Any]", seen: Seen) -> Any:
    """Returns some rows of a column as a sheet holds them."""
    cells = fitted(column, seen)
    return cells if isinstance(cells, pd.Series) else as_days(cells, days=seen.days)


def _misfit(cell: Any) -> AnyMessage | None:
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int):
        return LONG if abs(cell) > LARGEST else None
    if isinstance(cell, float):
        return ENDLESS if math.isinf(cell) else None
    if isinstance(cell, Decimal):
        return ENDLESS if cell.is_infinite() else PRECISE if len(cell.as_tuple().digits) > DIGITS else None
    if isinstance(cell, list | dict):
        return NESTED
    if isinstance(cell, bytes | bytearray | memoryview):
        return BYTES
    return _misfit_in_time(cell) if isinstance(cell, dt.date | dt.time | dt.timedelta) else OTHERS


def _misfit_in_time(cell: Any) -> AnyMessage | None:
    if getattr(cell, "tzinfo", None) is not None:
        return ZONES
    fraction = getattr(cell, "microsecond", getattr(cell, "microseconds", 0))
    if fraction % 1000 or getattr(cell, "nanosecond", getattr(cell, "nanoseconds", 0)):
        return FINE
    day = cell.date() if isinstance(cell, dt.datetime) else cell
    return EARLY if isinstance(day, dt.date) and day < FIRST_DAY else None


def refuse_too_large(path: Path, *, rows: int, columns: int) -> None:
    """Refuses a table that no sheet can hold.

    Raises:
        ConfigError: it has too many rows or columns.
    """
    for n, most, what in (
        (rows + 1, MOST_ROWS, Message("rows")),
        (columns, MOST_COLUMNS, Message("columns")),
    ):
        if n > most:
            raise ConfigError(
                "--output {output}: it would have {n:,} {what}, header and answers included, and a sheet of an XLSX "
                "file holds at most {most:,}. Give another kind of file: --output {other}",
                output=path,
                n=n,
                what=what,
                most=most,
                other=_other(path),
            )


def refuse_too_long(path: Path, names: Sequence[str]) -> None:
    """Refuses columns whose texts no cell can hold.

    Raises:
        ConfigError: there are some.
    """
    if names:
        raise ConfigError(
            "--output {output}: a cell of an XLSX file holds at most {most:,} characters, and a text in {columns} is "
            "longer. Give another kind of file: --output {other}",
            output=path,
            most=LONGEST_TEXT,
            columns=quoted(names),
            other=_other(path),
        )


def _other(path: Path) -> Path:
    """What can hold the table."""
    return path.with_name(f"{path.name.removesuffix('.gz').removesuffix('.xlsx')}.csv")


def _too_long(column: Any) -> bool:
    # no character takes more than the seven of an escape
    long = (cell for cell in column if isinstance(cell, str) and 7 * len(cell) > LONGEST_TEXT)
    return any(max(len(escaped(cell)), len(cell.encode("utf-16-le")) // 2) > LONGEST_TEXT for cell in long)


def escaped(text: str) -> str:
    """Returns a text as it stands in the XML of a sheet: Excel shows it as it was."""
    return ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def write(stream: IO[bytes], names: Sequence[str], pieces: Pieces, dialect: Dialect) -> None:
    """Writes the table into the only sheet of a workbook, of the name that the input's had."""
    openpyxl = require("openpyxl")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(dialect.sheets[0] if dialect.sheets else "Sheet1")

    def written(cell: Any) -> Any:
        if cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell)):
            return None
        if isinstance(cell, bool | dt.date | dt.time | dt.timedelta):
            return openpyxl.cell.WriteOnlyCell(
                sheet, cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell
            )
        # as text, for openpyxl rounds numbers to 16 digits; then with its kind, for openpyxl takes "=1" for a formula
        made = openpyxl.cell.WriteOnlyCell(sheet, escaped(cell) if isinstance(cell, str) else str(cell))
        made.data_type = "s" if isinstance(cell, str) else "n"
        return made

    rows = rows_of(pieces)
    first = list(islice(rows, LOOKED_AT))
    for number, width in enumerate(widths_of(names, first), 1):
        sheet.column_dimensions[openpyxl.utils.get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    sheet.append([written(name) for name in names])
    for row in chain(first, rows):
        sheet.append([written(cell) for cell in row])
    content = io.BytesIO()  # a disk that fills up would have the archive complain once more, behind our back
    book.save(content)
    stream.write(content.getbuffer())


def header(stream: IO[bytes], dialect: Dialect) -> list[str]:
    """Returns the names in the first row of a workbook's first sheet, as they were before they were escaped.

    Raises:
        DataError: It is no workbook.
    """
    require("openpyxl")
    from finetune.data.reading.workbook import sheets_in  # imports openpyxl

    row = next(sheets_in(stream.read(), Path())[0].rows(), ())
    return ["" if name is None else str(name) for name in row]
