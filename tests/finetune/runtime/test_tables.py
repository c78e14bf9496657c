"""Tables answered without pandas: to the last byte the file that `finetune predict` writes of the same answers."""

import csv
import datetime as dt
import json
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from finetune.evaluation.predicted.more_columns import with_more_columns
from finetune.evaluation.predicted_table import own_columns, prepared, spread, write_predictions
from finetune.runtime.answering import workbook as of_workbook
from finetune.runtime.answering.model import Model, described
from finetune.runtime.answering.of_table import answer_table
from finetune.runtime.answering.said import Refused
from finetune.runtime.answering.texts import Making
from finetune.tasks.calibration import Calibration
from finetune.tasks.table import TASKS
from tests.finetune.evaluation.predicted.written import windows_of
from tests.onnx_folder import logits_of, make_folder

LABELS = ["Clima", "=Preços", "a, b; c"]
CALIBRATION = Calibration(temperature=1.5, abstain_below=0.6)
ROWS = [
    ["1", "o boi subiu", "1,5"],
    ["2", "=1+1 chuva", "2,25"],
    ["3", "", ""],
    ["4", "ele disse 'não', e saiu", "-3"],
    ["5", "  geada  forte ", "7"],
]
HEADER = ["id", "texto", "valor"]


def lines(*, mark: str, end: str = "\n", rows: Any = ROWS, **how: Any) -> str:
    from io import StringIO

    out = StringIO(newline="")
    csv.writer(out, delimiter=mark, lineterminator=end, **how).writerows([HEADER, *rows])
    return out.getvalue()


TABLES: dict[str, bytes] = {
    "semicolons.csv": lines(mark=";", end="\r\n").encode("cp1252"),
    "commas.csv": lines(mark=",").encode(),
    "bom.csv": lines(mark=";").encode("utf-8-sig"),
    "tabs.tsv": lines(mark="\t").encode(),
    "bars.txt": lines(mark="|").encode("utf-16"),
    "all_quoted.csv": lines(mark=",", quoting=csv.QUOTE_ALL).encode(),
    "texts_quoted.csv": lines(
        mark=";", quoting=csv.QUOTE_NONNUMERIC, rows=[[int(a), b, c] for a, b, c in ROWS]
    ).encode(),
    "sep.csv": b"sep=;\r\n" + lines(mark=";", end="\r\n").encode("cp1252"),
    "titles.csv": "Relatório de maio\n\n".encode() + lines(mark=";").encode(),
    "no_end.csv": lines(mark=",").rstrip("\n").encode(),
    "blank.csv": lines(mark=";").replace("\n3", "\n\n3").encode() + b"\n\n;;\n",
    "again.csv": lines(mark=";", rows=[*ROWS[:2], HEADER, *ROWS[3:]]).encode(),
    "one.csv": b"texto\no boi\n\nvaca, leite\n",
    "one_quoted.csv": b'texto\no boi\n"vaca, leite"\n',
    "no_quotes.csv": b'id;texto\n1;a 5" bar\n2;x " y\n',
    "unnamed.csv": b"texto,,valor,\nboi,x,1,\nvaca,,2,\n",
    "short.csv": b"texto,outra,valor\nboi\nvaca,x\n",
    "several_lines.csv": b'texto;x\r\n"o boi\r\nsubiu";1\r\n"com ""aspas""";2\r\n',
    "odd.csv": "texto;Ação\nﬁm\u200b; x\n\u200b;y\n".encode(),
    "ours.csv": b"texto;label;confidence\nboi;x;1\n",
    "rows.jsonl": "".join(
        f"{json.dumps(row, ensure_ascii=False)}\n"
        for row in [
            {"id": 1, "texto": "o boi é", "sim": True, "n": 1.5, "lista": [1, "é"]},
            {"id": 2, "texto": None, "outro": {"a": None}},
            {"texto": "=soma", "n": 1e-7, "id": 12345678901234567890},
        ]
    ).encode(),
}


def workbook(path: Path) -> None:
    book = Workbook()
    book.active.append(["capa"])
    sheet = book.create_sheet("Dados")
    sheet.append(["texto", "dia", "quando", "n", "sim", None, "t"])
    sheet.append(["o boi", dt.datetime(2024, 1, 31), dt.datetime(2024, 1, 31, 10, 20), 1.5, True, "u", None])
    sheet.append(["=falso", dt.datetime(2024, 2, 1), dt.datetime(2024, 2, 1), 7, False, None, "_x0041_"])
    sheet["A3"].data_type = "s"
    sheet.append([None, None, None, 3])
    book.save(path)


def house(
    source: Path,
    output: Path,
    tokenizer: Any,
    task: str,
    labels: list[str],
    cache: Path,
    calibration: Calibration = CALIBRATION,
    lower_capitals: bool = False,
    more: Any = None,
    **reading: Any,
) -> None:
    """What `finetune predict` does, with the network's numbers made by numpy."""
    windows, kind = windows_of(source, **reading), TASKS[task]()
    kind = with_more_columns(kind, **{"top": None, "probabilities": False, **(more or {})})
    parts = []
    for table in windows.each():
        texts = table.texts_apart(slice(None))
        logits = logits_of(texts, tokenizer, len(labels), cache, lower_capitals=lower_capitals)
        probabilities = kind.probabilities(logits, calibration)
        columns = kind.columns(kind.answer(probabilities, calibration), probabilities, labels)
        parts.append(spread(columns, table.row, len(table.frame)))
    out = prepared(output, windows, labels=labels, own=own_columns(kind, labels))
    write_predictions(out, windows, lambda number: parts[number])


def runtime(folder: Path, source: Path, output: Path, **more: Any) -> None:
    content = described(folder)
    model = Model(folder, content, threads=1, **more)
    answer_table(model, Making(content), source, output, guard=False, overwrite=False)


@pytest.fixture(scope="module")
def folder(tokenizer, tmp_path_factory):
    return make_folder(
        tmp_path_factory.mktemp("export") / "single",
        tokenizer,
        task=TASKS["single_label"](),
        labels=LABELS,
        calibration=CALIBRATION,
    )


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl"])
@pytest.mark.parametrize("name", TABLES)
def test_a_table_goes_out_as_from_the_house(folder, tokenizer, tmp_path, name, suffix):
    source = tmp_path / name
    source.write_bytes(TABLES[name])
    theirs, ours = tmp_path / f"as_theirs{suffix}", tmp_path / f"as_ours{suffix}"
    house(source, theirs, tokenizer, "single_label", LABELS, tmp_path)
    runtime(folder, source, ours)
    assert ours.read_bytes() == theirs.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def cells(path: Path) -> list[list[Any]]:
    sheet = load_workbook(path).worksheets[0]
    return [[sheet.title], *([(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows())]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".xlsx"])
def test_a_workbook_goes_out_as_from_the_house(folder, tokenizer, tmp_path, suffix):
    source = tmp_path / "novos.xlsx"
    workbook(source)
    theirs, ours = tmp_path / f"theirs{suffix}", tmp_path / f"ours{suffix}"
    house(source, theirs, tokenizer, "single_label", LABELS, tmp_path)
    runtime(folder, source, ours)
    if suffix == ".xlsx":
        assert cells(ours) == cells(theirs)
    else:
        assert ours.read_bytes() == theirs.read_bytes()


@pytest.mark.parametrize("name", ["semicolons.csv", "rows.jsonl", "unnamed.csv"])
def test_a_table_becomes_a_workbook_as_in_the_house(folder, tokenizer, tmp_path, name):
    source = tmp_path / name
    source.write_bytes(TABLES[name])
    theirs, ours = tmp_path / "theirs.xlsx", tmp_path / "ours.xlsx"
    house(source, theirs, tokenizer, "single_label", LABELS, tmp_path)
    runtime(folder, source, ours)
    assert [[cell and cell[:1] for cell in row[1:]] for row in cells(ours)[1:]] == [
        [cell and cell[:1] for cell in row[1:]] for row in cells(theirs)[1:]
    ]


@pytest.mark.parametrize("task", ["single_label", "multi_label", "ordinal", "number"])
@pytest.mark.parametrize("made", ["plain", "capitals", "pair", "template"])
def test_every_task_and_every_way_to_make_a_text(tokenizer, tmp_path, task, made):
    labels = ["LABEL_0"] if task == "number" else ["1", "2", "3"]
    reading = {
        "plain": {"text_column": "TEXTO", "max_characters": 20},
        "capitals": {"lower_capitals": True},
        "pair": {"text_column": "título", "text_pair_column": "texto"},
        "template": {"template": "{{{Titulo}}} {valor}: {texto}", "fix_encoding": True},
    }[made]
    facts = {"number": {"edges": [0.0], "half_widths": [1.0, 2.5], "coverage": [0.9]}}.get(task, {})
    if task == "multi_label":
        facts = {"thresholds": [0.2, 0.5, 0.7]}
    calibration = Calibration(temperature=0.9, facts=facts, abstain_below=None if task == "number" else 0.5)
    export = make_folder(
        tmp_path / "export", tokenizer, task=TASKS[task](), labels=labels, calibration=calibration, **reading
    )
    source = tmp_path / "novos.csv"
    capitals = "BOI;A VACA NÃO SUBIU;1,5\n" if made == "capitals" else ""
    source.write_text(
        f"Título;texto;valor\n{capitals}boi;a vaca subiu muito de preço;1,5\n;só texto, nÃ£o é;2\nsó título;;3\n;;\nx;y;z\n",
        encoding="utf-8",
    )
    house(source, tmp_path / "theirs.csv", tokenizer, task, labels, tmp_path, calibration, **reading)
    runtime(export, source, tmp_path / "ours.csv")
    ours, theirs = ((tmp_path / f"{name}.csv").read_text(encoding="utf-8") for name in ("ours", "theirs"))
    assert ours == theirs


@pytest.mark.parametrize(
    "more", [{"top": 2}, {"top": 9}, {"probabilities": True}, {"top": 3, "probabilities": True}]
)
@pytest.mark.parametrize("task", ["single_label", "ordinal", "multi_label"])
def test_more_columns_are_those_of_the_house(tokenizer, tmp_path, task, more):
    folder = make_folder(
        tmp_path / "export", tokenizer, task=TASKS[task](), labels=LABELS, calibration=CALIBRATION
    )
    source = tmp_path / "a.csv"
    source.write_bytes(TABLES["semicolons.csv"])
    house(source, tmp_path / "theirs.csv", tokenizer, task, LABELS, tmp_path, more=more)
    runtime(folder, source, tmp_path / "ours.csv", **more)
    assert (tmp_path / "ours.csv").read_bytes() == (tmp_path / "theirs.csv").read_bytes()


def test_a_number_has_no_more_columns(tokenizer, tmp_path):
    folder = make_folder(tmp_path / "export", tokenizer, task=TASKS["number"](), labels=["preço"])
    for more in ({"top": 1}, {"probabilities": True}):
        with pytest.raises(Refused, match="a number is answered"):
            Model(folder, described(folder), **more)


def test_many_rows_pass_in_windows(folder, tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr("finetune.runtime.answering.of_table.WINDOW", 7)
    source = tmp_path / "novos.csv"
    choice = np.random.default_rng(0)
    texts = [" ".join(["boi", "vaca"] * choice.integers(0, 20)) for _ in range(100)]
    source.write_text("texto\n" + "\n".join(texts) + "\n", encoding="utf-8")
    house(source, tmp_path / "theirs.csv", tokenizer, "single_label", LABELS, tmp_path)
    runtime(folder, source, tmp_path / "ours.csv")
    assert (tmp_path / "ours.csv").read_bytes() == (tmp_path / "theirs.csv").read_bytes()


def with_stray_cell(path: Path, cell: str) -> None:
    """Rewrites a workbook as if someone had once given a far cell a format: Excel keeps it, and the sheet's size."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    name = "xl/worksheets/sheet1.xml"
    sheet = re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="A1:{cell}"'.encode(), parts[name])
    parts[name] = sheet.replace(
        b"</sheetData>", f'<row r="{row}"><c r="{cell}" s="0"/></row></sheetData>'.encode()
    )
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)


def one_sheet(path: Path) -> None:
    book = Workbook()
    for row in [["texto", "n"], ["o boi", 1], ["a vaca", 2]]:
        book.active.append(row)
    book.save(path)


def test_a_far_cell_that_holds_nothing_makes_no_row_wide(folder, tokenizer, tmp_path, monkeypatch):
    source = tmp_path / "novos.xlsx"
    one_sheet(source)
    with_stray_cell(source, "XFD3000")
    monkeypatch.delattr(ReadOnlyWorksheet, "_get_row")  # which makes each as wide as the sheet says it is
    house(source, tmp_path / "theirs.csv", tokenizer, "single_label", LABELS, tmp_path)
    runtime(folder, source, tmp_path / "ours.csv")
    assert (tmp_path / "ours.csv").read_bytes() == (tmp_path / "theirs.csv").read_bytes()


def _string_beyond(content: bytes) -> bytes:
    """A workbook whose cells ask for shared strings that it does not have."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as whole, zipfile.ZipFile(out, "w") as made:
        for name in whole.namelist():
            part = whole.read(name)
            if name.startswith("xl/worksheets/"):
                part = part.replace(b't="inlineStr"><is><t>o boi</t></is>', b't="s"><v>999</v>')
            made.writestr(name, part)
    return out.getvalue()


def _torn(content: bytes) -> bytes:
    """A workbook of which some bytes of a sheet are others."""
    place = content.index(b"xl/worksheets/sheet1.xml") + 30
    return content[:place] + b"\xff" * 40 + content[place + 40 :]


def _locked(content: bytes) -> bytes:
    """A workbook whose parts say that they are encrypted."""
    locked = bytearray(content)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(mark), content):
            locked[found.start() + flags] |= 1
    return bytes(locked)


@pytest.mark.parametrize("damage", [_string_beyond, _torn, _locked])
def test_a_workbook_that_is_damaged_is_refused(folder, tmp_path, damage):
    source = tmp_path / "a.xlsx"
    workbook(source)
    source.write_bytes(damage(source.read_bytes()))
    with pytest.raises(Refused, match="broken"):
        runtime(folder, source, tmp_path / "out.csv")


def test_a_row_that_no_sheet_has_is_damage(folder, tmp_path):
    one_sheet(tmp_path / "novos.xlsx")
    with_stray_cell(tmp_path / "novos.xlsx", "A999999999")
    with pytest.raises(Refused, match="broken"):
        runtime(folder, tmp_path / "novos.xlsx", tmp_path / "ours.csv")


def test_a_workbook_of_many_sheets_is_opened_no_more_often_than_one_of_few(folder, tmp_path, monkeypatch):
    opened, before = [], of_workbook._opened
    monkeypatch.setattr(of_workbook, "_opened", lambda path: opened.append(path) or before(path))
    for sheets in (2, 30):
        book = Workbook()
        for each in (book.active, *(book.create_sheet() for _ in range(sheets - 1))):
            each.append(["texto"])
            each.append(["o boi"])
        book.save(tmp_path / f"{sheets}.xlsx")
        runtime(folder, tmp_path / f"{sheets}.xlsx", tmp_path / f"{sheets}.csv")
    assert len(opened) == 2 * 3  # for their first rows, to count, and to answer
