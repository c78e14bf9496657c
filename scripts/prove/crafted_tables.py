"""Small files that are large inside, deep, endless or not what they are called: one function each. Reads none."""

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

HEADER = b"texto;rotulo\r\n"
ROWS = b"soja com ferrugem;praga\r\nboi no pasto;gado\r\n" * 20


def blank_lines(folder: Path) -> Path:
    """The formatted tail of a sheet: as many blank lines as Excel has."""
    return written(folder / "blank_lines.csv", HEADER + ROWS + b";\r\n" * (1 << 20))


def blank_lines_between(folder: Path) -> Path:
    """The same, with a last row behind it."""
    return written(folder / "blank_lines_between.csv", HEADER + ROWS + b"\r\n" * (1 << 19) + b"fim;gado\r\n")


def gzip_of_zeros(folder: Path) -> Path:
    """8 GiB of NUL bytes."""
    return zipped(folder / "zeros.csv.gz", b"", b"\0" * (1 << 24), 512)


def gzip_of_rows(folder: Path) -> Path:
    """8 GiB of rows."""
    block = ROWS * 20000
    return zipped(folder / "rows.csv.gz", HEADER, block, (8 << 30) // len(block))


def gzip_of_json(folder: Path) -> Path:
    """8 GiB of one JSON array."""
    row = b'{"texto": "soja", "rotulo": "praga"},' * 200000
    return zipped(folder / "array.json.gz", b"[", row, (8 << 30) // len(row))


def long_line(folder: Path) -> Path:
    """A line of 1 GB."""
    return zipped(folder / "long_line.csv.gz", HEADER + ROWS, b"soja " * 200000, 1000)


def long_cell(folder: Path) -> Path:
    """A text of 20 MB among others."""
    return written(folder / "long_cell.csv", HEADER + ROWS + b"soja " * 4_000_000 + b";gado\r\n")


def commas(folder: Path) -> Path:
    """A text of ten million commas."""
    return written(folder / "commas.csv", HEADER + ROWS + b"," * 10_000_000 + b";gado\r\n")


def wide(folder: Path) -> Path:
    """17,000 columns."""
    names = b";".join(b"c%d" % number for number in range(17000))
    return written(
        folder / "wide.csv", b"texto;rotulo;" + names + b"\r\n" + b"soja;praga\r\nboi;gado\r\n" * 20
    )


def long_name(folder: Path) -> Path:
    """A column with a name of 1 MB."""
    return written(folder / "long_name.csv", b"n" * 1_000_000 + b";rotulo\r\n" + ROWS)


def own_keys(folder: Path) -> Path:
    """20,000 rows of JSON, each with a key of its own."""
    lines = [json.dumps({"texto": f"soja {n}", "rotulo": "praga", f"campo{n}": n}) for n in range(20000)]
    return written(folder / "own_keys.jsonl", "\n".join(lines).encode())


def deep(folder: Path) -> Path:
    """100,000 lists within each other."""
    return written(folder / "deep.json", b"[" * 100_000 + b"]" * 100_000)


def far_row(folder: Path) -> Path:
    """A workbook's row of the number 2,000,000,000."""
    return sheet(folder / "far_row.xlsx", b'<row r="2000000000"><c r="A2000000000"><v>1</v></c></row>')


def workbook_bomb(folder: Path) -> Path:
    """A workbook of 4 GiB of rows."""
    return sheet(folder / "bomb.xlsx", b"<row><c><v>1</v></c></row>" * 40000, 4000)


def entities(folder: Path) -> Path:
    """A workbook whose XML grows by itself."""
    lines = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "soja"}">' for n in range(12)]
    start = f"<?xml version='1.0'?><!DOCTYPE worksheet [{''.join(lines)}]>".encode()
    cell = b'<row r="1"><c r="A1" t="inlineStr"><is><t>&a11;</t></is></c></row>'
    return sheet(folder / "entities.xlsx", cell, start=start)


def parquet_bomb(folder: Path) -> Path:
    """A Parquet file of 400 million equal rows."""
    return in_groups(folder / "bomb.parquet", "soja com ferrugem " * 20, rows=1_000_000, groups=400)


def parquet_of_long_texts(folder: Path) -> Path:
    """60,000 rows of one text of 100,000 letters, which the file has once in each group of rows."""
    return in_groups(folder / "long_texts.parquet", "soja " * 20_000, rows=1000, groups=60)


def pipe(folder: Path) -> Path:
    """A pipe that nobody writes into."""
    path = folder / "pipe.csv"
    os.mkfifo(path)
    return path


def written(path: Path, content: bytes) -> Path:
    """Writes a file."""
    path.write_bytes(content)
    return path


def zipped(path: Path, start: bytes, block: bytes, times: int) -> Path:
    """Writes a gzip file of a block that stands there often; what is compressed once is written often."""
    with path.open("wb") as file:
        if start:
            file.write(gzip.compress(start))
        piece = gzip.compress(block, 9)
        for _ in range(times):
            file.write(piece)
    return path


def in_groups(path: Path, text: str, *, rows: int, groups: int) -> Path:
    """Writes a Parquet file of groups of equal rows, each of which holds its text once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text]))
    table = pa.table({"texto": texts, "rotulo": texts})
    with pq.ParquetWriter(path, table.schema) as writer:
        for _ in range(groups):
            writer.write_table(table)
    return path


def sheet(path: Path, rows: bytes, times: int = 1, *, start: bytes = b"<?xml version='1.0'?>") -> Path:
    """Writes a workbook whose only sheet has these rows."""
    from openpyxl import Workbook

    book, made = io.BytesIO(), Workbook()
    made.save(book)
    with (
        zipfile.ZipFile(book) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for name in old.namelist():
            if name != "xl/worksheets/sheet1.xml":
                new.writestr(name, old.read(name))
                continue
            with new.open(name, "w", force_zip64=True) as part:
                space = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
                part.write(start + space)
                for _ in range(times):
                    part.write(rows)
                part.write(b"</sheetData></worksheet>")
    return path


CRAFTED: tuple[Callable[[Path], Path], ...] = (
    blank_lines,
    blank_lines_between,
    gzip_of_zeros,
    gzip_of_rows,
    gzip_of_json,
    long_line,
    long_cell,
    commas,
    wide,
    long_name,
    own_keys,
    deep,
    far_row,
    workbook_bomb,
    entities,
    parquet_bomb,
    parquet_of_long_texts,
    pipe,
)
