"""Excel workbooks, and what is wrong with them."""

import datetime
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from finetune import plugins
from finetune.data.reading.spreadsheet import read_xlsx
from finetune.errors import DataError, UserError


def workbook(path: Path, sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_cells_keep_their_types(tmp_path: Path) -> None:
    day = datetime.datetime(2025, 3, 1)
    rows = [["texto", "rotulo", "data"], ["maçã", 1, day], [None, None, None], ["pé", 2, day], [None], [" "]]
    frame, dialect = read_xlsx(workbook(tmp_path / "a.xlsx", {"Plan1": rows}))
    assert frame["rotulo"].tolist() == [1, None, 2]
    assert frame["data"].tolist()[0] == day
    assert len(frame) == 3  # blank lines at the end are no rows
    assert (dialect.first_line, dialect.delimiter, dialect.decimal) == (2, ";", ",")


def test_the_first_visible_sheet_with_rows_is_taken_and_said(tmp_path: Path) -> None:
    table = [[None], ["texto", None, "rotulo", None], ["a", 1, "x"]]
    sheets = {"Oculta": [["nada"]], "Vazia": [], "Dados": table, "Outra": [["x"]]}
    frame, dialect = read_xlsx(workbook(tmp_path / "a.xlsx", sheets, hidden=("Oculta",)))
    assert list(frame.columns) == ["texto", "column 2", "rotulo"]
    assert list(map(str, dialect.remarks)) == ['sheet "Dados"; left out: "Oculta", "Vazia", "Outra"']
    assert dialect.first_line == 3


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("leia.txt", "nada")
    return content.getvalue()


@pytest.mark.parametrize("content", [b"texto;rotulo\na;x\n", archive(), b"PK\x03\x04 cut short"])
def test_what_is_no_workbook(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a.xlsx: not an Excel .xlsx file, broken, or locked by a password"):
        read_xlsx(path)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], r'no visible sheet of the workbook has a row \("Plan1"\)'),
        ([["texto", "texto"], ["a", "b"]], 'the column "texto" stands more than once'),
        (
            [["texto", "rotulo"], ["a", "x"], ["b", "x", "y"]],
            "line 3 has cells to the right of the header's 2 columns",
        ),
    ],
)
def test_bad_sheets(tmp_path: Path, rows: list[list[Any]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_xlsx(workbook(tmp_path / "a.xlsx", {"Plan1": rows}))


def test_without_openpyxl_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "have", lambda package: False)
    with pytest.raises(UserError, match=r'pip install "finetune-text\[xlsx\]"'):
        read_xlsx(tmp_path / "a.xlsx")
