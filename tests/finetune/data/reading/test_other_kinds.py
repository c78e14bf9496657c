"""Files that are not read, by name and by content: each error says what to do."""

import io
import zipfile
from pathlib import Path

import pytest

from finetune.data.reading.other_kinds import SUFFIXES
from finetune.data.reading.readers import READERS
from finetune.data.reading.sources import load
from finetune.errors import DataError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"
PAGE = b'\xef\xbb\xbf\r\n<HTML xmlns:x="urn"><table><tr><td>texto</td></tr></table>'
TEXT = "texto;rótulo\nboi;x\n".encode("cp1252")


def archive(*names: str, mimetype: str = "") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        if mimetype:
            made.writestr("mimetype", f"application/vnd.oasis.opendocument.{mimetype}")
        for name in names:
            made.writestr(name, "nada")
    return content.getvalue()


WORD, BINARY = (
    archive("[Content_Types].xml", "word/document.xml"),
    archive("xl/workbook.bin", "xl/styles.bin"),
)
SHEET, PAPER = archive("content.xml", mimetype="spreadsheet"), archive("content.xml", mimetype="text")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xls", OLE, "an old Excel file .*save it as .xlsx"),
        ("A.XLS", OLE, "an old Excel file"),
        ("a.xls", PAGE, "a web page, as many systems export .*open it in Excel .*save it as .xlsx"),
        (
            "a.xls",
            b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?><Workbook/>',
            "an XML file",
        ),
        ("a.xls", b'<?xml version="1.0"?><!DOCTYPE html><html>', "a web page"),
        ("a.xls", TEXT, "a text table .*ends in .csv"),
        ("a.xls", archive("xl/workbook.xml"), "an Excel .xlsx file .*suffix, .xlsx"),
        ("a.xlsb", BINARY, "a binary Excel file, .xlsb"),
        ("a.ods", SHEET, "an OpenDocument spreadsheet"),
        ("a.docx", WORD, "a document of a word processor"),
        ("a.doc", OLE, "a document of a word processor"),
        ("a.pdf", b"%PDF-1.7", "a PDF"),
        ("dados.csv.zip", archive("dados.csv"), "an archive of files .*extract"),
        ("a.tar.gz", b"x", "an archive"),
        ("a.rar", b"x", "an archive"),
        ("a.7z", b"x", "an archive"),
        (
            "a.numbers",
            archive("Index/Document.iwa"),
            "a spreadsheet of Apple Numbers .*File > Export To > Excel",
        ),
        ("a.gsheet", b"{}", "only a link .*File > Download"),
        ("a.dta", b"x", "a file of a program for statistics"),
        ("a.rds", b"x", "a file of a program for statistics"),
        ("a.feather", b"x", r"an Arrow file \(save it as .parquet"),
        ("a.pkl", b"x", "an object of Python .*to_csv"),
        ("a.db", b"x", "a database"),
        ("a.html", b"x", "a web page"),
        ("a.xml", b"x", "an XML file"),
        ("a.jpg", b"x", "a picture"),
    ],
)
@pytest.mark.parametrize("folder", [False, True])
def test_a_suffix_says_what_to_do(
    tmp_path: Path, name: str, content: bytes, message: str, folder: bool
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"{name}: cannot be read, for it is {message}"):
        load(tmp_path if folder else tmp_path / name, reader=None)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", WORD, "not a text table but a document of a word processor"),
        ("a.csv", SHEET, "not a text table but an OpenDocument spreadsheet"),
        ("a.csv", PAPER, "not a text table but a document"),
        ("a.csv", BINARY, "not a text table but a binary Excel file"),
        ("a.csv", archive("xl/workbook.xml"), "not a text table but an Excel .xlsx file"),
        ("a.csv", archive("dados.csv"), "not a text table but an archive"),
        ("a.txt", PAGE, "not a text table but a web page"),
        ("a.csv", b"Rar!\x1a\x07", "not a text table but an archive"),
        ("a.jsonl", b"<!DOCTYPE html>\n<html>", "not a text table but a web page"),
        ("a.xlsx", SHEET, "not an Excel .xlsx file but an OpenDocument spreadsheet"),
        ("a.xlsx", WORD, "not an Excel .xlsx file but a document"),
        ("a.xlsx", BINARY, "not an Excel .xlsx file but a binary Excel file"),
        ("a.xlsx", PAGE, "not an Excel .xlsx file but a web page"),
        ("a.xlsm", b"%PDF-1.7\0", "not an Excel .xlsx file but a PDF"),
    ],
)
def test_content_of_another_kind(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=f"{name}: {message}"):
        load(tmp_path / name, reader=None)


def test_a_file_of_such_a_name_that_is_not_there_is_no_name_of_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"there is no file dados.xls .*give the path of a table or a folder"):
        load("dados.xls", reader=None)


def test_beside_tables_that_are_read_a_spreadsheet_that_is_not_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("texto;rotulo\nboi;x\n")
    for name in ("b.xls", "c.pdf", ".d.xls"):
        (tmp_path / name).write_bytes(OLE)
    splits, notes = load(tmp_path, reader=None)
    assert len(splits["all"].frame) == 1
    assert list(map(str, notes)) == [f'other files in {tmp_path} left out: "b.xls"']


def test_none_of_them_is_read() -> None:
    assert not SUFFIXES.keys() & {f".{name}" for name in READERS}
