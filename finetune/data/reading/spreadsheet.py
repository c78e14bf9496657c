"""One sheet of an Excel workbook into a DataFrame. Knows nothing of which column is the text."""

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd

from finetune.data.reading.columns import header_names
from finetune.data.reading.dialect import Dialect
from finetune.data.reading.json_lines import typed_column
from finetune.data.reading.opening import compressed, opened
from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.language.say import Message
from finetune.plugins import require

Row = tuple[Any, ...]
# What openpyxl and the zip and XML readers under it say of a file that is no workbook
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    EOFError,
    KeyError,
    ValueError,
    RuntimeError,
)


def read_xlsx(path: Path) -> tuple[pd.DataFrame, Dialect]:
    """Reads the first visible sheet that is not empty; cells keep their types, formulas give their values.

    Raises:
        DataError: The file is no workbook, its sheets are empty, or a row is wider than the header.
    """
    require("openpyxl")
    try:
        sheets = _sheets(path)
    except BROKEN as error:
        raise DataError(
            "{path}: not an Excel .xlsx file, broken, or locked by a password: save it again", path=path
        ) from error
    title = next((title for title, rows in sheets.items() if rows), None)
    others = quoted(other for other in sheets if other != title)
    if title is None:
        raise DataError(
            "{path}: no visible sheet of the workbook has a row ({others}): fill one",
            path=path,
            others=others,
        )
    frame, first_line = _frame(path, sheets[title])
    taken = Message(
        'sheet "{title}"; left out: {others}' if others else 'sheet "{title}"', title=title, others=others
    )
    dialect = Dialect(
        suffix=".xlsx",
        delimiter=";",  # what a Brazilian Excel expects of a CSV
        decimal=",",
        bom=True,
        compressed=compressed(path),
        first_line=first_line,
        remarks=(taken,),
    )
    return frame, dialect


def _sheets(path: Path) -> dict[str, list[Row]]:
    """The rows of the first visible sheet that has any, by title; the other sheets' titles without rows."""
    with opened(path) as stream:
        content = io.BytesIO(stream.read())
    book = require("openpyxl").load_workbook(content, read_only=True, data_only=True)
    sheets: dict[str, list[Row]] = {}
    found = False
    for sheet in book.worksheets:
        rows = _rows(sheet) if sheet.sheet_state == "visible" and not found else []
        sheets[sheet.title] = rows
        found = found or bool(rows)
    return sheets


def _rows(sheet: Any) -> list[Row]:
    """All rows up to the last that holds something."""
    sheet.reset_dimensions()  # some programs write a wrong size, and rows would be missed
    rows: list[Row] = list(sheet.iter_rows(values_only=True))
    while rows and all(_blank(cell) for cell in rows[-1]):
        rows.pop()
    return rows


def _frame(path: Path, rows: list[Row]) -> tuple[pd.DataFrame, int]:
    """The rows under the first that is not blank, and the line of the first of them."""
    top = next(place for place, row in enumerate(rows) if not all(_blank(cell) for cell in row))
    header = header_names(["" if cell is None else str(cell) for cell in rows[top]], str(path))
    width = len(header)
    for line, row in enumerate(rows, 1):
        if not all(_blank(cell) for cell in row[width:]):
            raise DataError(
                "{path}: line {line} has cells to the right of the header's only column ({names}): "
                "name their columns or delete them",
                "{path}: line {line} has cells to the right of the header's {n} columns ({names}): "
                "name their columns or delete them",
                n=width,
                path=path,
                line=line,
                names=quoted(header),
            )
    body = rows[top + 1 :]
    columns = {
        name: typed_column([row[place] if place < len(row) else None for row in body])
        for place, name in enumerate(header)
    }
    return pd.DataFrame(columns), top + 2


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
