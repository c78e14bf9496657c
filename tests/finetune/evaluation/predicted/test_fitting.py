"""What a kind of file cannot hold: text there, and said; or refused, before anything is computed."""

import datetime as dt
import json
import logging
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook, load_workbook

from finetune.data.tables import read_source
from finetune.errors import ConfigError
from finetune.evaluation.predicted import workbook
from finetune.evaluation.predicted.cells import plain
from finetune.evaluation.predicted.fitting import are_days, texts
from tests.finetune.evaluation.predicted.written import ready, windows_of, write

ZONE = dt.timezone(dt.timedelta(hours=-3))
KINDS = {
    "mixed": [1, "um"],
    "bool and int": [True, 2],
    "huge": [10**30, 1],
    "64 bits": [2**64 - 1, 1],
    "half": pd.Series(["boi \ud83d", "vaca 🐄"], dtype=object),
    "nul": ["boi\x00", "vaca"],
    "bytes": [b"boi", b"\xff\x00"],
    "zone": [pd.Timestamp("2024-01-31 10:00", tz=ZONE), pd.NaT],
    "zones": [pd.Timestamp("2024-01-31 10:00", tz=ZONE), pd.Timestamp("2024-01-31 10:00")],
    "control": ["boi\x00\x0bbravo", "\x1b"],
    "old": [dt.date(1850, 1, 1), None],
    "fine": [pd.Timestamp("2024-01-31 10:00:00.123456789"), pd.Timestamp("2024-01-31")],
    "decimal": [Decimal("1.10"), Decimal("12345678901234567890.5")],
    "infinite": [float("inf"), float("nan")],
    "objects": [{"a": 1}, {"b": [b"x", float("nan")]}],
    "empty object": [{}, {}],
    "nested half": [["\ud83d"], []],
    "uuid": [uuid.UUID(int=1), uuid.UUID(int=2)],
    "set": [{"a"}, set()],
    "time": [dt.time(10, 30), None],
    "length": [dt.timedelta(minutes=5), None],
    "complex": [1 + 2j, 0j],
    "period": pd.period_range("2024-01", periods=2, freq="M"),
    "category": pd.Categorical(["a", None]),
    "sparse": pd.arrays.SparseArray([1, 0]),
    "array": [np.array([1.5, 2]), np.array([])],
    "small": np.array([1, 2], dtype=np.int8),
}


@pytest.mark.parametrize("target", ["csv", "jsonl", "parquet", "xlsx"])
@pytest.mark.parametrize("name", KINDS)
def test_whatever_stands_in_a_column_is_written_and_read_again(
    tmp_path: Path, name: str, target: str
) -> None:
    frame = pd.DataFrame({"texto": ["boi", "vaca"], name: pd.Series(KINDS[name])})
    assert len(written(tmp_path / f"s.{target}", frame)[name]) == 2


def written(path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    write(path, windows_of(frame, text_column="texto"), [[0.5, 0.5]], labels=["a", "b"])
    return read_source(path, text_column="texto", need_labels=False)["all"].frame


@pytest.mark.parametrize(
    ("target", "name", "expected", "what"),
    [
        ("parquet", "mixed", ["1", "um"], "values of several kinds in one column"),
        ("parquet", "period", ["2024-01", "2024-02"], "values of such a kind"),
        ("parquet", "huge", [str(10**30), "1"], "whole numbers of more than 64 bits"),
        ("parquet", "objects", ['{"a": 1}', '{"b": ["x", null]}'], "lists and objects of several kinds"),
        ("parquet", "empty object", ["{}", "{}"], "lists and objects of several kinds"),
        ("xlsx", "zone", ["2024-01-31 10:00:00-03:00", None], "times with a time zone"),
        ("xlsx", "old", ["1850-01-01", None], "dates before March 1900"),
        (
            "xlsx",
            "fine",
            ["2024-01-31 10:00:00.123456789", "2024-01-31 00:00:00"],
            "finer than a millisecond",
        ),
        ("xlsx", "decimal", ["1.10", "12345678901234567890.5"], "decimal numbers of more than 15 digits"),
        ("xlsx", "infinite", ["inf", None], "infinite numbers"),
        ("xlsx", "huge", [str(10**30), "1"], "whole numbers above 9,007,199,254,740,992"),
        ("jsonl", "bytes", ["boi", "ff00"], "bytes"),
        ("csv", "bytes", ["boi", "ff00"], "bytes"),
        ("jsonl", "half", ["boi \ufffd", "vaca 🐄"], "characters"),
        ("csv", "half", ["boi \ufffd", "vaca 🐄"], "characters"),
        ("parquet", "half", ["boi \ufffd", "vaca 🐄"], "characters"),
        ("xlsx", "half", ["boi \ufffd", "vaca 🐄"], "characters"),
        ("csv", "nul", ["boi\ufffd", "vaca"], "characters"),
        ("jsonl", "nested half", [["\ufffd"], []], "characters"),
        ("jsonl", "time", ["10:30:00", None], "dates and times"),
        ("jsonl", "length", ["0:05:00", None], "dates and times"),
        ("jsonl", "uuid", [str(uuid.UUID(int=1)), str(uuid.UUID(int=2))], "values of such a kind"),
    ],
)
def test_what_it_cannot_hold_becomes_text_and_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, target: str, name: str, expected: list[Any], what: str
) -> None:
    with caplog.at_level(logging.INFO):
        found = written(tmp_path / f"s.{target}", pd.DataFrame({"texto": ["a", "b"], name: KINDS[name]}))
    assert list(map(plain, found[name])) == expected
    assert [what in line and f'"{name}"' in line for line in caplog.messages] == [True]


@pytest.mark.parametrize("name", ["bool and int", "64 bits", "time", "length", "category", "small"])
def test_what_parquet_and_json_hold_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    frame = pd.DataFrame({"texto": ["a", "b"], name: pd.Series(KINDS[name])})
    target = "jsonl" if name == "bool and int" else "parquet"
    with caplog.at_level(logging.INFO):
        found = written(tmp_path / f"s.{target}", frame)
    assert list(map(plain, found[name])) == list(map(plain, KINDS[name]))
    assert caplog.messages == []


@pytest.mark.parametrize("target", ["csv", "jsonl", "xlsx", "parquet"])
def test_numbers_of_32_bits_have_the_digits_that_they_had(tmp_path: Path, target: str) -> None:
    small = np.array([0.1, 16.7], dtype=np.float32)
    found = written(tmp_path / f"s.{target}", pd.DataFrame({"texto": ["a", "b"], "x": small}))
    assert found.x.astype("float32").tolist() == small.tolist()
    assert target == "parquet" or [str(number) for number in found.x] == ["0.1", "16.7"]


def test_lists_of_32_bits_stay_so_in_parquet(tmp_path: Path) -> None:
    lists = [np.array([0.1, 2], dtype=np.float32), np.array([], dtype=np.float32)]
    found = written(tmp_path / "s.parquet", pd.DataFrame({"texto": ["a", "b"], "x": lists}))
    assert found.x[0].dtype == np.float32


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (dt.timedelta(hours=30), "30:00:00"),
        (dt.timedelta(hours=-6), "-6:00:00"),
        (dt.timedelta(), "0:00:00"),
        (-dt.timedelta(seconds=1, milliseconds=500), "-0:00:01.5"),
        (dt.timedelta(days=400, minutes=7), "9600:07:00"),
        (pd.Timedelta(-1), "-0:00:00.000000001"),
        (pd.Timedelta(3_600_000_000_123), "1:00:00.000000123"),
    ],
)
@pytest.mark.parametrize("target", ["csv", "jsonl"])
def test_spans_of_time_are_hours_minutes_and_seconds(
    tmp_path: Path, span: dt.timedelta, text: str, target: str
) -> None:
    spans = pd.DataFrame({"texto": ["a", "b"], "x": pd.Series([span, None], dtype="timedelta64[ns]")})
    spans["y"] = pd.Series([span, "n/d"], dtype=object)
    found = written(tmp_path / f"s.{target}", spans)
    assert [found.x[0], found.y[0], found.y[1]] == [text, text, "n/d"]


def test_a_span_of_a_sheet_is_one_of_a_text_table(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["texto", "tempo"], ["a", dt.timedelta(hours=30)], ["b", dt.timedelta(hours=-6)]):
        book.worksheets[0].append(row)
    for row in (2, 3):
        book.worksheets[0].cell(row, 2).number_format = "[h]:mm"
    book.save(tmp_path / "n.xlsx")
    write(tmp_path / "s.csv", windows_of(tmp_path / "n.xlsx"), [[0.5, 0.5]], labels=["a", "b"])
    lines = (tmp_path / "s.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(";")[1] for line in lines] == ["tempo", "30:00:00", "-6:00:00"]


MAP = pa.map_(pa.string(), pa.int64())


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        (pa.uint64(), [2**64 - 1, None, 1]),
        (pa.uint64(), [2**63, 2**63 + 1, 0]),
        (pa.int64(), [2**63 - 1, None, -1]),
        (MAP, [[("a", 1), ("b", None)], None, []]),
        (pa.map_(pa.string(), pa.string()), [[("a", "b")], None, []]),
        (pa.map_(pa.int64(), pa.list_(pa.float32())), [[(1, [1.5])], [(2, []), (3, None)], None]),
        (pa.map_(pa.string(), MAP), [[("a", [("b", 2)])], None, []]),
        (pa.list_(MAP), [[[("a", 1)], []], None, []]),
        (pa.struct([("k", MAP)]), [{"k": [("a", 1)]}, {"k": None}, None]),
        (pa.map_(pa.string(), pa.struct([("k", pa.int64())])), [[("a", {"k": 1})], None, []]),
    ],
)
def test_a_column_of_parquet_stays_what_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: pa.DataType, cells: list[Any]
) -> None:
    source = pa.table({"texto": ["a", "b", "c"], "x": pa.array(cells, kind)})
    pq.write_table(source, tmp_path / "n.parquet")
    with caplog.at_level(logging.INFO):
        write(tmp_path / "s.parquet", windows_of(tmp_path / "n.parquet"), [[0.5, 0.5]], labels=["a", "b"])
    found = pq.read_table(tmp_path / "s.parquet")["x"]
    assert (found.type, found.to_pylist()) == (kind, cells)
    assert caplog.messages == []


def test_columns_of_one_loss_are_told_together(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    day = dt.datetime(2024, 1, 31)
    frame = pd.DataFrame({"texto": ["a"], "início": [day], "fim": [day]})
    with caplog.at_level(logging.INFO):
        written(tmp_path / "s.jsonl", frame)
    assert caplog.messages == [
        's.jsonl: this kind of file cannot hold dates and times, so the columns "início", "fim" are written as text'
    ]
    assert json.loads((tmp_path / "s.jsonl").read_text())["fim"] == "2024-01-31"


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"texto": range(4)}), r"5 rows.* at most 4\. .*--output .*s\.csv"),
        (pd.DataFrame([range(4)], columns=["texto", "a", "b", "c"]), "7 columns.* at most 6"),
        (pd.DataFrame({"texto": ["a" * 32_768]}), r'at most 32,767 characters, and a text in "texto"'),
        (pd.DataFrame({"texto": ["🐄" * 16_384]}), r"at most 32,767 characters"),
    ],
)
def test_what_a_sheet_cannot_hold_at_all_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frame: pd.DataFrame, message: str
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 4)
    monkeypatch.setattr(workbook, "MOST_COLUMNS", 6)
    windows = windows_of(frame, text_column="texto")
    with pytest.raises(ConfigError, match=message):
        ready(tmp_path / "s.xlsx", windows)
    assert list(tmp_path.iterdir()) == []


def test_the_longest_text_of_a_sheet_is_written_whole(tmp_path: Path) -> None:
    text = "á" * 32_767
    assert written(tmp_path / "s.xlsx", pd.DataFrame({"texto": [text]})).texto.tolist() == [text]


def test_days_are_shown_as_days_in_a_sheet(tmp_path: Path) -> None:
    day, moment = dt.datetime(2024, 1, 31), dt.datetime(2024, 1, 31, 10)
    written(
        tmp_path / "s.xlsx", pd.DataFrame({"texto": ["a", "b"], "dia": [day, day], "quando": [day, moment]})
    )
    sheet = load_workbook(tmp_path / "s.xlsx").worksheets[0]
    shown = [sheet.cell(2, column).number_format for column in (2, 3)]
    assert shown == ["yyyy-mm-dd", "yyyy-mm-dd h:mm:ss"]


def test_a_nanosecond_past_midnight_is_no_bare_day():
    cells = [pd.Timestamp("2024-05-01T00:00:00.000000001")]
    assert texts(cells, days=are_days(cells)) == ["2024-05-01 00:00:00.000000001"]
    bare = [pd.Timestamp("2024-05-01")]
    assert texts(bare, days=are_days(bare)) == ["2024-05-01"]
