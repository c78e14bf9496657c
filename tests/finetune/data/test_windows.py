"""A table in windows is the very table that is read as a whole, whatever it looks like."""

import datetime as dt
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finetune.data.reading import delimited_rows, json_lines, parquet
from finetune.data.reading.readers import READERS, STREAMS
from finetune.data.tables import read_source
from finetune.data.windows import Windows, read_windows, summed
from finetune.errors import DataError
from finetune.language.say import Message

LONG = "vaca " * 3000

TEXT: dict[str, bytes] = {
    "plain.csv": b"id,texto\n" + b"".join(b"%d,boi %d\n" % (i, i) for i in range(11)),
    "semicolons, decimals.csv": "texto;preço\r\nboi;1,5\r\nvaca;2,5\r\nleite;3,5\r\nmel;4\r\n".encode("cp1252"),
    "bom.csv": "\ufefftexto,n\nboi,1\nvaca,2\nmel,3\nsoja,4\n".encode(),
    "utf-16.csv": "texto;ção\nboi;1\nvaca;é\nmel;2\nsoja;3\n".encode("utf-16"),
    "lines in quotes.csv": b'texto\tn\n"boi\nmanso"\t1\n"a\r\nb\nc"\t2\nmel\t3\n"d\n\n"\t4\n',
    "no quoting.csv": b'texto;n\nboi 5" bravo;1\n"quase" manso;2\nmel;3\nsoja 3";4\n',
    "titles.csv": "Relatório, de outubro\n\ntexto;n\nboi;1,5\nvaca;2\nmel;3\nsoja;4\n".encode(),
    "header again.csv": b"texto,n\nboi,1\nvaca,2\ntexto,n\nmel,3\ntexto,n\nsoja,4\n",
    "ragged.csv": b"texto,n,m\nboi,1\nvaca,2,\nmel\nsoja,4,5,,\n,,\n\nfim,1,2\n",
    "empty rows.csv": b"texto,n\n\n\nboi,1\n\n,2\n  ,3\nvaca,4\n\n\n\n",
    "labels there.csv": "texto,rotulo\nboi,a\nvaca,\nmel,b\u200b\nsoja,c\nleite,b\n".encode(),
    "one column.csv": b"texto\nboi; manso\nvaca, a\nmel\nsoja\n",
    "no name.csv": b"\xef\xbb\xbfid,,texto\n1,x,boi\n2,y,vaca\n3,z,mel\n4,w,soja\n",
    "no end.csv": b"texto,n\nboi,1\nvaca,2\nmel,3\nsoja,4",
    "old mac.csv": b"texto;n\rboi;1\rvaca;2\rmel;3\rsoja;4\r",
    "long.csv": f"texto,n\nboi,1\n{LONG},2\nmel,3\n{LONG},4\n".encode(),
    "damaged.csv": "texto,n\nboi,1\nnÃ£o,2\nmel,3\npÃ£o,4\n".encode(),
    "mixed.jsonl": b'{"texto": "boi", "n": 1}\n{"texto": "vaca", "n": 2}\n\n{"texto": "mel"}\n'
    b'{"texto": "soja", "n": "quatro", "x": [1, 2]}\n{"texto": "leite", "n": 5}\n',
    "whole and missing.jsonl": b'{"texto": "boi", "n": 1, "f": 1.5}\n{"texto": "vaca", "n": null, "f": null}\n'
    b'{"texto": "mel", "n": 3, "f": NaN}\n{"texto": "soja", "n": 4, "f": 2}\n{"texto": "a", "b": true}\n',
    "numbers.ndjson": b"".join(
        b'{"texto": "t", "n": %d, "f": 1.5, "g": 18446744073709551615, "b": true}\n' % i for i in range(9)
    ),
    "huge at the end.jsonl": b'{"texto": "a", "n": 1}\n' * 8 + b'{"texto": "b", "n": 123456789012345678901234}\n',
    "nulls.jsonl": b'{"texto": "a", "n": null}\n' * 7 + b'{"texto": "b", "n": "x"}\n',
    "array.json": json.dumps([{"texto": f"t{i}", "n": i} for i in range(8)]).encode(),
    "table.json": json.dumps({"texto": {str(i): f"t{i}" for i in range(8)}}).encode(),
}  # fmt: skip


def typed(path: Path) -> None:
    days = [dt.date(2024, 1, 1 + i) for i in range(8)]
    columns: dict[str, Any] = {
        "texto": [f"t{i}" for i in range(8)],
        "inteiro": pa.array(range(8), pa.int32()),
        "falta": pa.array([1, 2, 3, 4, 5, 6, 7, None], pa.int64()),
        "falta cedo": pa.array([None, *range(7)], pa.uint64()),
        "sim": pa.array([True, False, None, True, True, True, True, True]),
        "dia": days,
        "quando": pa.array([dt.datetime(2024, 1, 1, i) for i in range(8)], pa.timestamp("us")),
        "curto": pa.array(np.arange(8) / 10, pa.float32()),
        "lista": [[i, None] for i in range(8)],
        "objeto": [{"a": i} for i in range(8)],
        "nada": pa.nulls(8),
        "mapa": pa.array([[("a", i)] for i in range(8)], pa.map_(pa.string(), pa.int64())),
    }
    pq.write_table(pa.table(columns), path, row_group_size=5)


def categories(path: Path) -> None:
    pd.DataFrame({"texto": list("abcabcab"), "c": pd.Categorical(list("xyzxyzxy"))}).to_parquet(path)


def classes(path: Path) -> None:
    notes = {"info": {"features": {"c": {"_type": "ClassLabel", "names": ["a", "b"]}}}}
    table = pa.table({"texto": list("abcde"), "c": [0, 1, -1, 1, 0]})
    pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps(notes)}), path)


def workbook(path: Path) -> None:
    rows = {"texto": list("abcdefgh"), "n": [1, 2.5, None, "x", True, 6, 7, dt.datetime(2024, 1, 1)]}
    pd.DataFrame(rows).to_excel(path, index=False)


def folder(path: Path) -> None:
    path.mkdir()
    (path / "a.csv").write_bytes(b"texto,n\nboi,1\n\nvaca,2\nmel,3\nsoja,4\n")
    (path / "b.csv").write_bytes(b"n;texto\n5;leite\n6;\n7;trigo\n")
    (path / "c.jsonl").write_bytes(b'{"n": 8, "texto": "a"}\n{"n": 9, "texto": "b"}\n')


def dataset(path: Path) -> None:
    import datasets

    datasets.Dataset.from_dict({"text": [f"t{i}" for i in range(8)], "n": range(8)}).save_to_disk(str(path))


MADE: dict[str, Callable[[Path], None]] = {
    "typed.parquet": typed,
    "categories.parquet": categories,
    "classes.parquet": classes,
    "livro.xlsx": workbook,
    "pasta": folder,
    "dados": dataset,
}


def make(folder: Path, name: str) -> Path:
    """One of the odd tables, in a folder; of a name that ends in `.gz` it is packed."""
    path = folder / name
    plain = name.removesuffix(".gz")
    if plain in MADE:
        MADE[plain](folder / plain)
    else:
        (folder / plain).write_bytes(TEXT[plain])
    if plain != name:
        path.write_bytes(gzip.compress((folder / plain).read_bytes()))
        (folder / plain).unlink()
    return path


ODD = [*TEXT, *MADE, "plain.csv.gz", "utf-16.csv.gz", "mixed.jsonl.gz", "array.json.gz", "typed.parquet.gz"]
OPTIONS: dict[str, Any] = {"fix_encoding": True, "max_characters": 5000}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces that end within a window, as those of large tables do."""
    monkeypatch.setattr(delimited_rows, "BATCH", 4)
    monkeypatch.setattr(json_lines, "BATCH", 4)
    monkeypatch.setattr(parquet, "BATCH", 4)


def seen(source: Any, size: int, **options: Any) -> Windows:
    return read_windows(source, size=size, **{**OPTIONS, **options})["all"].seen()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("size", [3, 100])
@pytest.mark.parametrize("name", ODD)
def test_windows_are_the_table(tmp_path: Path, name: str, size: int) -> None:
    path = make(tmp_path, name)
    whole = read_source(path, need_labels=False, **OPTIONS)["all"]
    windows = seen(path, size)
    assert (windows.rows, windows.kept) == (len(whole.frame), len(whole.row))
    frames = list(windows.frames())
    assert [len(frame) for frame in frames] == [windows.rows_of(number) for number in range(windows.count)]
    for frame in frames:
        assert list(frame.columns) == list(whole.frame.columns)
        if name != "dados":
            assert frame.dtypes.tolist() == whole.frame.dtypes.tolist()
    pd.testing.assert_frame_equal(pd.concat(frames, ignore_index=True), whole.frame)

    assert windows.whole.dialect == whole.dialect
    assert sorted(map(str, windows.whole.notes)) == sorted(map(str, whole.notes))
    assert {why: list(rows) for why, rows in windows.whole.dropped.items()} == whole.dropped
    each = list(windows.each())
    assert [text for window in each for text in window.text] == whole.text
    rows = [(windows.first_row(number) + window.row).tolist() for number, window in enumerate(each)]
    assert [row for window in rows for row in window] == whole.row.tolist()
    assert windows.longest == (max(whole.text, key=len),)
    label = None if whole.label is None else [label for window in each for label in window.label or []]
    assert label == whole.label


def test_what_streams_keeps_no_row_and_the_others_all() -> None:
    streaming = {name for name, reader in READERS.items() if reader in STREAMS}
    assert streaming == {"csv", "tsv", "txt", "jsonl", "ndjson", "json", "parquet"}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"texto,n\n" + b"boi,1\n" * 7 + b"vaca,2,3\n", "line 9 has 3 cells"),
        (b"texto,n\n" + b",1\n" * 7, "no row is left: 7 rows without text"),
        (b"texto,n\n", "only a header"),
        (b'texto,n\nboi,1\n"vaca,2,3\nmel,4\n', "a quote opened in line 3 is not closed"),
    ],
)
def test_what_is_wrong_far_down_is_said_before_anything_is_given(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "n.csv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        seen(tmp_path / "n.csv", 3)


def test_bad_rows_are_an_error_where_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_bytes(b"texto,n\n" + b"boi,1\n" * 7 + b",2\n")
    with pytest.raises(DataError, match=r"1 row without text \(line 9\): fill or delete them"):
        seen(tmp_path / "n.csv", 3, on_bad_rows="error")


def test_a_value_that_is_none_is_told_with_its_line_in_the_whole_table(tmp_path: Path) -> None:
    (tmp_path / "n.jsonl").write_bytes(b'{"texto": "a"}\n' * 7 + b'{"texto": [1]}\n')
    with pytest.raises(DataError, match='line 8, column "texto": a list where a text'):
        seen(tmp_path / "n.jsonl", 3)


def test_a_table_that_grows_meanwhile_is_told(tmp_path: Path) -> None:
    path = make(tmp_path, "plain.csv")
    windows = seen(path, 3)
    with path.open("ab") as file:
        file.write(b"11,boi\n")
    with pytest.raises(DataError, match=r"was changed while it was read: it had 11 rows, and now has 12"):
        list(windows.each())


def test_a_file_larger_than_the_memory_is_read_in_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINETUNE_MOST_GIB", "0.0000001")
    for name in ("plain.csv", "plain.csv.gz", "mixed.jsonl"):
        path = make(tmp_path, name)
        with pytest.raises(DataError, match="needs more than"):
            read_source(path, need_labels=False)
        assert seen(path, 3).rows > 3
    with pytest.raises(DataError, match="needs more than"):
        seen(make(tmp_path, "array.json"), 3)


def test_numbers_of_equal_sentences_are_added_up() -> None:
    def note(n: int, column: str) -> Message:
        return Message("{n} row in {column}", "{n} rows in {column}", n=n, column=column)

    assert list(map(str, summed([note(1, "a"), note(2, "b"), "x", note(3, "a"), "x"]))) == [
        "4 rows in a",
        "2 rows in b",
        "x",
    ]
