"""What is not ours goes out as it came in: every source into every kind of file, and read again."""

import csv
import datetime as dt
import gzip
import json
import logging
import math
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook

from finetune.data.tables import read_source
from finetune.evaluation.predicted.cells import plain
from tests.finetune.evaluation.predicted.written import windows_of, write

TEXTS: dict[str, list[Any]] = {
    "texto": ['boi "manso", bravo;\nno pasto', 'vaca\tcom 5" de açúcar'],
    "formula": ["=1+1", "-5 graus"],
    "zeros": ["007", "1.0"],
    "falta_texto": ["x", None],
}
TYPED: dict[str, list[Any]] = {
    **TEXTS,
    "inteiro": [7, -8],
    "id": [1234567890123456789, 2],
    "pequeno": [1.23e-11, 0.1 + 0.2],
    "dia": [dt.datetime(2024, 1, 31), dt.datetime(1999, 12, 31)],
    "quando": [dt.datetime(2024, 1, 31, 10, 20, 30), dt.datetime(1999, 12, 31)],
    "sim": [True, False],
    "falta": [5, None],
    "falta_sim": [True, None],
}
NESTED: dict[str, list[Any]] = {**TYPED, "lista": [["a", "é"], ["b"]], "objeto": [{"a": 1}, {"a": 2}]}


def text_table(delimiter: str, encoding: str = "utf-8", quoting: Any = csv.QUOTE_MINIMAL) -> Any:
    def make(folder: Path, values: dict[str, list[Any]]) -> Path:
        path = folder / "novos.csv"
        with path.open("w", encoding=encoding, newline="") as stream:
            csv.writer(stream, delimiter=delimiter, quoting=quoting).writerows(
                [values, *zip(*values.values(), strict=True)]
            )
        return path

    return make


def workbook(folder: Path, values: dict[str, list[Any]]) -> Path:
    book = Workbook()
    for row in ([*values], *zip(*values.values(), strict=True)):
        book.active.append(row)  # type: ignore[union-attr]
    for row in book.active.iter_rows():  # type: ignore[union-attr]
        for cell in row:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    book.save(folder / "novos.xlsx")
    return folder / "novos.xlsx"


def json_lines(folder: Path, values: dict[str, list[Any]]) -> Path:
    rows = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
    (folder / "novos.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return folder / "novos.jsonl"


def parquet(folder: Path, values: dict[str, list[Any]]) -> Path:
    pd.DataFrame(values).astype({"falta": "Int64", "falta_sim": "boolean"}).to_parquet(
        folder / "novos.parquet"
    )
    return folder / "novos.parquet"


def without(values: dict[str, list[Any]], *names: str) -> dict[str, list[Any]]:
    return {name: cells for name, cells in values.items() if name not in names}


# what makes the source, its values, and the family of its cells
SOURCES = {
    "csv ;": (text_table(";"), TEXTS, "text"),
    "csv ,": (text_table(","), TEXTS, "text"),
    "csv all quoted": (text_table(",", quoting=csv.QUOTE_ALL), TEXTS, "text"),
    "tab": (text_table("\t"), TEXTS, "text"),
    "one column": (text_table(","), {"texto": ["boi, manso", "-5 graus"]}, "text"),
    "utf-16": (text_table(";", "utf-16"), TEXTS, "text"),
    "cp1252": (text_table(";", "cp1252"), TEXTS, "text"),
    "xlsx": (workbook, without(TYPED, "id", "pequeno") | {"pequeno": [1.23e-11, 0.5]}, "xlsx"),
    "jsonl": (json_lines, without(NESTED, "dia", "quando"), "json"),
    "parquet": (parquet, NESTED, "parquet"),
    "DataFrame": (lambda folder, values: pd.DataFrame(values).astype({"falta": "Int64"}), NESTED, ""),
}
FAMILIES = {
    **dict.fromkeys(("csv", "tsv", "txt", "csv.gz"), "text"),
    **dict.fromkeys(("jsonl", "ndjson", "jsonl.gz"), "json"),
    "parquet": "parquet",
    "xlsx": "xlsx",
}
AS_TEXT_AND_SAID = {
    "text": {"lista", "objeto"},
    "json": {"dia", "quando"},
    "parquet": set[str](),
    "xlsx": {"id", "lista", "objeto"},
}
AS_TEXT = {"text": set(TYPED) - set(TEXTS)}
"""Of what everybody knows nothing is said: a text table holds texts."""
WRITTEN = {
    "dia": ["2024-01-31", "1999-12-31"],
    "quando": ["2024-01-31 10:20:30", "1999-12-31 00:00:00"],
    "lista": ['["a", "é"]', '["b"]'],
    "objeto": ['{"a": 1}', '{"a": 2}'],
}


def cells(column: Any) -> list[Any]:
    return [None if cell == "" else cell for cell in map(plain, column)]


@pytest.mark.parametrize("target", FAMILIES)
@pytest.mark.parametrize("source", SOURCES)
def test_what_is_not_ours(tmp_path: Path, caplog: pytest.LogCaptureFixture, source: str, target: str) -> None:
    make, values, family = SOURCES[source]
    to = FAMILIES[target]
    table = windows_of(make(tmp_path, values), text_column="texto")
    path = tmp_path / f"saida.{target}"
    with caplog.at_level(logging.INFO):
        write(path, table)
    read = read_source(path, text_column="texto", need_labels=False)["all"].frame
    assert set(read) == {*values, "label", "confidence", "abstained"}
    decimal = table.whole.dialect.decimal if to == "text" else "."
    for name, came in values.items():
        expected = came
        if name in AS_TEXT_AND_SAID[to] | AS_TEXT.get(to, set()):
            expected = WRITTEN.get(name) or [None if cell is None else str(cell) for cell in came]
            if any(isinstance(cell, float) for cell in came):
                expected = [cell.replace(".", decimal) for cell in expected]
        if to in ("text", "xlsx") and family != to:
            expected = [f"'{c}" if isinstance(c, str) and c[:2] in ("=1", "-5") else c for c in expected]
        assert cells(read[name]) == expected, name
    said = {name for name in values if any(f'"{name}"' in line for line in caplog.messages)}
    assert said == AS_TEXT_AND_SAID[to] & set(values)
    assert cells(read["label"]) == ["sim", "não"]
    assert [float(str(cell).replace(",", ".")) for cell in read["confidence"]] == [0.75, 0.9]
    assert [str(cell) for cell in read["abstained"]] == ["False", "False"]


@pytest.mark.parametrize(
    "content",
    [
        b"texto;n\nboi;1\nvaca;2\n",
        b"texto;n\r\nboi;1\r\nvaca;2\r\n",
        b"texto;n\rboi;1\rvaca;2\r",
        b"texto,n\nboi,1\nvaca,2",
        b'"texto";"n"\r\n"boi; manso";"1"\r\n"vaca";""\r\n',
        b'"","texto","n"\n"1","boi, manso",1.5\n"2","vaca",NA\n',
        b'texto,n\nboi 5" manso,1\n"quase" fora,2\n',
        b",texto,n\n0,boi,007\n1,vaca,1e3\n",
        b"\xef\xbb\xbfid,,texto\n1,x,boi\n2,y,vaca\n",
        b'texto\tn\n"boi\nmanso"\t1\nvaca, a\t2\n',
        b'texto\n"boi, manso"\nvaca\n',
        b"texto\nboi\nvaca\n",
        b'texto\n"boi; manso"\nvaca, a\n',
        "texto;ção\r\nboi;1\r\nvaca;é\r\n".encode("cp1252"),
        "texto;ção\nboi;1\nvaca;é\n".encode("utf-16"),
    ],
)
@pytest.mark.parametrize("name", ["saida.csv", "saida.csv.gz"])
def test_a_text_table_comes_back_to_its_last_byte(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / "novos.csv").write_bytes(content)
    table = windows_of(tmp_path / "novos.csv", text_column="texto")
    write(tmp_path / name, table)
    found = (tmp_path / name).read_bytes()
    text = (gzip.decompress(found) if name.endswith("gz") else found).decode(table.whole.dialect.codec)
    # with our columns, which stand last, taken away
    answers = r'"?(label|sim|não)"?D"?(confidence|0[,.]75|0[,.]9)"?D"?(abstained|False)"?'
    mark = re.escape(table.whole.dialect.delimiter)
    own = re.compile(f"{mark}{answers.replace('D', mark)}")
    assert len(own.findall(text)) == 3
    assert own.sub("", text) == content.decode(table.whole.dialect.codec)


def test_numbers_that_json_has_no_word_for(tmp_path: Path) -> None:
    (tmp_path / "n.jsonl").write_text(
        '{"texto": "a", "x": 1e400, "l": [-1e400, NaN]}\n{"texto": "b", "x": 0.1}\n'
    )
    table = windows_of(tmp_path / "n.jsonl")
    write(tmp_path / "s.jsonl", table)
    text = (tmp_path / "s.jsonl").read_text()
    assert not re.search("Infinity|NaN", text)
    first, second = map(json.loads, text.splitlines())
    assert (first["x"], first["l"], second["x"]) == (math.inf, [-math.inf, None], 0.1)


def test_a_workbook_holds_every_text_as_excel_reads_it(tmp_path: Path) -> None:
    """ECMA-376, 22.9.2.19: what XML cannot hold stands as _xHHHH_, and what looks like that gets an escape itself."""
    texts = ["=1+1", "#N/A", "um\r\ndois", "boi\x0bbravo", "_x000D_ escrito", " de borda "]
    frame = pd.DataFrame({"texto": texts})
    table = windows_of(frame)
    write(tmp_path / "s.xlsx", table)
    sheet = load_workbook(tmp_path / "s.xlsx").active
    found = [(sheet.cell(row, 1).value, sheet.cell(row, 1).data_type) for row in range(2, 8)]  # type: ignore[union-attr]
    assert found == [
        ("'=1+1", "s"),
        ("#N/A", "s"),
        ("um_x000D_\ndois", "s"),
        ("boi_x000B_bravo", "s"),
        ("_x005F_x000D_ escrito", "s"),
        (" de borda ", "s"),
    ]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([10, 1.5], ["10", "1,5"]),
        ([5.5, "n/d"], ["5,5", "n/d"]),
        ([0.155, 1], ["0,155", "1"]),
        ([-2.5, True], ["-2,5", "True"]),
        ([1.5, None], ["1,5", ""]),
        ([dt.datetime(2024, 1, 31), 1e-7], ["2024-01-31", "1e-07"]),
    ],
)
def test_broken_numbers_have_the_decimal_mark_of_the_file(
    tmp_path: Path, numbers: list[Any], expected: list[str]
) -> None:
    source = workbook(tmp_path, {"texto": ["boi", "vaca"], "n": numbers})
    write(tmp_path / "s.csv", windows_of(source))
    lines = (tmp_path / "s.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(";")[1] for line in lines[1:]] == expected


def test_a_sheet_keeps_its_name_and_its_column_without_one(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "Relatos"  # type: ignore[union-attr]
    for row in ([None, "texto"], [0, "=boi"], [1, "vaca"]):
        book.active.append(row)  # type: ignore[union-attr]
    book.active["B2"].data_type = "s"  # type: ignore[index]
    book.save(tmp_path / "n.xlsx")
    write(tmp_path / "s.xlsx", windows_of(tmp_path / "n.xlsx"))
    sheet = load_workbook(tmp_path / "s.xlsx")["Relatos"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[:2] == [(None, "texto", "label", "confidence", "abstained"), (0, "=boi", "sim", 0.75, False)]
