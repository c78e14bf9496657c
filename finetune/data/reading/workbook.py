"""The sheets of an Excel workbook as rows of values, by openpyxl, which has to be there. Chooses none of them.

openpyxl alone loses two things: which formulas have no value, and which of two `_x000D_` in a text is a line end and
which was typed. So two of its classes are made to keep them.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from finetune.data.reading.limits import MOST_COLUMNS
from finetune.data.reading.opening import opened
from finetune.data.reading.sheets import Row
from finetune.data.reading.unpacked import Archive, Rows
from finetune.data.reading.unsaved import UNSAVED
from finetune.errors import DataError

# What openpyxl and the zip and XML readers under it say of a file that is no workbook, or is damaged
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,  # of XML
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
)
MOST_ROWS = 1 << 20
"""As many as Excel has."""

MOST_TEXTS = 1 << 24
"""That the cells of a workbook share: 16 whole columns of texts, each another one."""

ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
"""A character that XML cannot hold, and the underscore of what only looks like one (ECMA-376, ST_Xstring)."""


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook."""

    path: Path
    title: str
    visible: bool
    worksheet: Any

    def rows(self) -> Iterator[Row]:
        """Yields its rows, each up to the last cell that holds something.

        Raises:
            DataError: A row or a cell is damaged.
        """
        book, expected = self.worksheet.parent, 1
        with _broken_is_told(self.path), self.worksheet._get_source() as source:
            parser = _Cells(
                Rows(source, lambda: self.damaged(f"A{expected}")),
                self.worksheet._shared_strings,
                data_only=True,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            parser.sheet = self
            for number, cells in parser.parse():
                if not expected <= number <= MOST_ROWS:
                    raise self.damaged(f"A{number}")
                yield from [()] * (number - expected)
                expected = number + 1
                yield _row(cells)

    def damaged(self, cell: str) -> DataError:
        """Returns the error of a cell that cannot be read."""
        return DataError(
            '{path}: sheet "{title}": the cell {cell} is damaged: open the file in Excel or LibreOffice, write that '
            "cell anew and save the file",
            path=self.path,
            title=self.title,
            cell=cell,
        )


def open_sheets(path: Path) -> list[Sheet]:
    """Opens a workbook; returns its sheets, of which no row has been read yet.

    Raises:
        DataError: The file is no workbook, or a damaged one.
    """
    with opened(path) as stream:
        return sheets_in(stream.read(), path)


def sheets_in(content: bytes, path: Path) -> list[Sheet]:
    """Opens a workbook whose bytes are there; returns its sheets, of which no row has been read yet.

    Args:
        content: The workbook.
        path: Its name, for messages.

    Raises:
        DataError: It is no workbook, or a damaged one.
    """
    with _broken_is_told(path):
        reader = _Reader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        reader.archive = Archive(io.BytesIO(content), path)
        reader.read()
        sheets = reader.wb.worksheets
        return [Sheet(path, each.title, each.sheet_state == "visible", each) for each in sheets]


@contextmanager
def _broken_is_told(path: Path) -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise _broken(path) from error
    except OSError as error:
        if error.errno is not None:  # the disk's complaint, not openpyxl's, which has no number
            raise
        raise _broken(path) from error


def _broken(path: Path) -> DataError:
    return DataError(
        "{path}: not an Excel .xlsx file, broken, or locked by a password: save it again", path=path
    )


def unescaped(text: str) -> str:
    """Returns a text with the characters that stand in it as `_xHHHH_`."""
    if "_x" not in text:
        return text
    plain = ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # an emoji is two of them


def _row(cells: list[dict[str, Any]]) -> Row:
    values = {cell["column"]: cell["value"] for cell in cells if cell["value"] is not None}
    return tuple(values.get(column) for column in range(1, max(values, default=0) + 1))


class _Reader(ExcelReader):  # type: ignore[misc]
    """Opens a workbook; the texts that its cells share keep the escape of an underscore."""

    def read_strings(self) -> None:
        """Reads the shared texts as they are written."""
        part = self.package.find(SHARED_STRINGS)
        if part is None:
            return
        with self.archive.open(part.PartName[1:]) as source:
            rows = Rows(source, partial(_broken, self.archive.path))
            nodes = iterparse(rows, ("start", "end"))
            _, root = next(nodes)
            for event, node in nodes:
                if event == "end" and node.tag == f"{{{SHEET_MAIN_NS}}}si":
                    self.shared_strings.append(Text.from_tree(node).content if len(node) else "")
                    root.clear()  # with the node, which it would keep
                    rows.next_row()
                    if len(self.shared_strings) > MOST_TEXTS:
                        raise _broken(self.archive.path)


class _Cells(WorkSheetParser):  # type: ignore[misc]
    """Reads the cells of a sheet: texts without escapes, formulas that were never computed as `UNSAVED`."""

    sheet: Sheet

    def parse_row(self, element: Any) -> tuple[int, list[dict[str, Any]]]:
        """Reads one row; cells that hold nothing but a format, of which a sheet can have millions, are passed over.

        Raises:
            DataError: It is damaged.
        """
        if len(element) > MOST_COLUMNS:
            raise self.sheet.damaged(str(element[MOST_COLUMNS].get("r") or f"A{element.get('r')}"))
        if all("r" in cell.attrib for cell in element):
            element[:] = [cell for cell in element if len(cell)]
        found: tuple[int, list[dict[str, Any]]] = super().parse_row(element)
        self.row_dimensions.clear()
        self.source.next_row()
        return found

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """Reads one cell.

        Raises:
            DataError: It is damaged.
        """
        try:
            cell: dict[str, Any] = super().parse_cell(element)
        except BROKEN as error:
            raise self.sheet.damaged(str(element.get("r") or self.row_counter)) from error
        if isinstance(cell["value"], str):
            cell["value"] = unescaped(cell["value"])
        elif cell["value"] is None and element.find(FORMULA_TAG) is not None:
            # a formula whose value is an empty text says that it is a text
            computed = element.get("t") == "str" and element.find(VALUE_TAG) is not None
            cell["value"] = None if computed else UNSAVED
        return cell
