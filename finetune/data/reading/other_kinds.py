"""Kinds of files that are not read, known by name or content, and what to do with each. Reads no table."""

import codecs
import re
import zipfile
from pathlib import Path

from finetune.data.reading.opening import kind, opened
from finetune.errors import DataError
from finetune.language.say import Message

HEAD = 512

OLD_EXCEL = Message("an old Excel file (open it in Excel or LibreOffice and save it as .xlsx)")
BINARY_EXCEL = Message("a binary Excel file, .xlsb (open it in Excel and save it as .xlsx)")
EXCEL = Message("an Excel .xlsx file (give it its own suffix, .xlsx, or save it as CSV)")
OPEN_SHEET = Message(
    "an OpenDocument spreadsheet, .ods (open it in LibreOffice or Excel and save it as .xlsx)"
)
NUMBERS = Message("a spreadsheet of Apple Numbers (choose File > Export To > Excel, which gives an .xlsx)")
GOOGLE = Message(
    "only a link to a spreadsheet of Google (open it in the browser and choose File > Download > Microsoft Excel, "
    "which gives an .xlsx)"
)
DOCUMENT = Message("a document of a word processor (copy the table into a spreadsheet and save it as .xlsx)")
SLIDES = Message("a presentation (copy the table into a spreadsheet and save it as .xlsx)")
PDF = Message("a PDF (copy the table into a CSV or XLSX file)")
ARCHIVE = Message("an archive of files (extract the table from it and give that)")
WEB_PAGE = Message(
    "a web page, as many systems export (open it in Excel or LibreOffice and save it as .xlsx)"
)
XML = Message("an XML file (open it in Excel or LibreOffice and save it as .xlsx)")
STATISTICS = Message("a file of a program for statistics (export the table from there as CSV)")
ARROW = Message("an Arrow file (save it as .parquet)")
PICKLE = Message("an object of Python (open it there and save the table with to_parquet or to_csv)")
DATABASE = Message("a database (export the table as CSV)")
PICTURE = Message("a picture (type or copy the table into a spreadsheet and save it as .xlsx)")
TEXT = Message("a text table (rename it so that its name ends in .csv)")

SUFFIXES = {
    suffix: what
    for suffixes, what in (
        (".xls .xlt .xla .et .wks", OLD_EXCEL),
        (".xlsb", BINARY_EXCEL),
        (".ods .ots .fods", OPEN_SHEET),
        (".numbers", NUMBERS),
        (".gsheet .gdoc", GOOGLE),
        (".doc .docx .docm .odt .rtf .pages .wps", DOCUMENT),
        (".ppt .pptx .odp .key", SLIDES),
        (".pdf", PDF),
        (".zip .rar .7z .tar .tgz .bz2 .xz .zst .lz4", ARCHIVE),
        (".html .htm .xhtml .mht .mhtml", WEB_PAGE),
        (".xml", XML),
        (".dta .sav .zsav .por .rds .rda .rdata .sas7bdat .xpt", STATISTICS),
        (".feather .arrow .ipc", ARROW),
        (".pkl .pickle .joblib .npy .npz .pt", PICKLE),
        (".db .db3 .sqlite .sqlite3 .mdb .accdb .dbf .sql", DATABASE),
        (".png .jpg .jpeg .gif .bmp .tif .tiff .webp .heic", PICTURE),
    )
    for suffix in suffixes.split()
}
"""What files are by their suffixes."""

SPREADSHEETS = (OLD_EXCEL, BINARY_EXCEL, OPEN_SHEET, NUMBERS, GOOGLE)

# First bytes of what people rename to .csv by mistake
KINDS = {
    b"\x1f\x8b": Message("a gzip file (add .gz to its name)"),
    b"PK\x03\x04": Message("a ZIP or Excel .xlsx file (give it its own suffix, .xlsx, or save it as CSV)"),
    b"\xd0\xcf\x11\xe0": Message(
        "an old Office file such as .xls, or one with a password (open it in Excel and save it as .xlsx, without one)"
    ),
    b"PAR1": Message("a Parquet file (give it its own suffix, .parquet)"),
    b"ARROW1": ARROW,
    b"FEA1": ARROW,
    b"SQLite format 3": DATABASE,
    b"%PDF": PDF,
    b"{\\rtf": DOCUMENT,
    b"Rar!\x1a": ARCHIVE,
    b"7z\xbc\xaf\x27\x1c": ARCHIVE,
    b"\x89PNG": PICTURE,
    b"\xff\xd8\xff": PICTURE,
    b"GIF8": PICTURE,
}

WITHIN = {
    "xl/workbook.bin": BINARY_EXCEL,
    "xl/": EXCEL,
    "word/": DOCUMENT,
    "ppt/": SLIDES,
    "Index/": NUMBERS,
}
"""What a ZIP is that holds such a file."""

OPEN_DOCUMENTS = {b"spreadsheet": OPEN_SHEET, b"text": DOCUMENT, b"presentation": SLIDES}
MARKUP = re.compile(rb"<(!doctype html|html|head|meta|body|table|style)\b", re.IGNORECASE)


def what_it_is(path: Path) -> Message | None:
    """Returns what a file is whose suffix says that it is not read; None where nothing is known of the suffix."""
    by_name = SUFFIXES.get(kind(path))
    if by_name not in (OLD_EXCEL, BINARY_EXCEL, OPEN_SHEET):
        return by_name
    # systems export web pages and text under the name of Excel, which opens them
    with opened(path) as stream:
        head = stream.read(HEAD)
    found = by_content(path, head)
    if found is None:
        return by_name if b"\0" in head else TEXT
    return by_name if found in (KINDS[b"\xd0\xcf\x11\xe0"], ARCHIVE) else found


def is_other_spreadsheet(path: Path) -> bool:
    """Whether a file is a spreadsheet by its name, of a kind that is not read."""
    return not path.name.startswith((".", "_", "~")) and SUFFIXES.get(kind(path)) in SPREADSHEETS


def by_content(path: Path, head: bytes) -> Message | None:
    """Returns what a file is by its first bytes; None where they are those of no kind that is known here."""
    for magic, what in KINDS.items():
        if head.startswith(magic):
            return (_in_archive(path) or what) if magic.startswith(b"PK") else what
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if start[:5].lower() == b"<?xml":
        return WEB_PAGE if MARKUP.search(start) else XML
    return WEB_PAGE if MARKUP.match(start) else None


def refuse_other_kinds(path: Path, head: bytes) -> None:
    """Refuses a file that is not text, going by its first bytes."""
    what = by_content(path, head)
    if what is not None:
        raise DataError("{path}: not a text table but {what}", path=path, what=what)


def refuse_no_workbook(path: Path) -> None:
    """Refuses what has the name of a workbook and surely is another kind of file."""
    with opened(path) as stream:
        head = stream.read(HEAD)
    what = by_content(path, head)
    if what is None and b"\0" not in head:
        what = TEXT
    if what is not None and what not in (EXCEL, KINDS[b"PK\x03\x04"]):
        raise DataError("{path}: not an Excel .xlsx file but {what}", path=path, what=what)


def _in_archive(path: Path) -> Message | None:
    """What a ZIP file is, by what it holds; None where it is broken."""
    try:
        with opened(path) as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            if "mimetype" in names:
                said = archive.read("mimetype")[:HEAD]
                return next((what for name, what in OPEN_DOCUMENTS.items() if name in said), ARCHIVE)
    except (zipfile.BadZipFile, ValueError, LookupError, RuntimeError, NotImplementedError, EOFError):
        return None
    return next(
        (what for start, what in WITHIN.items() if any(name.startswith(start) for name in names)), ARCHIVE
    )
