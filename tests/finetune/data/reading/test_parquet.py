"""Parquet files, and what is wrong with them."""

import gzip
from pathlib import Path

import datasets
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finetune.data.reading.parquet import read_parquet
from finetune.errors import DataError

FRAME = pd.DataFrame(
    {"texto": ["maçã", None, "c"], "id": pd.array([7, None, 9], dtype="Int64")}, index=[5, 6, 7]
)


def test_all_rows_and_columns(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "a.parquet")
    frame, dialect = read_parquet(tmp_path / "a.parquet")
    assert frame["texto"].fillna("").tolist() == ["maçã", "", "c"]
    assert frame["id"].tolist() == [7, None, 9]
    assert frame.index.tolist() == [0, 1, 2]
    assert (dialect.suffix, dialect.unit, dialect.first_line) == (".parquet", "row", 1)


def test_gzip(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.parquet.gz").write_bytes(gzip.compress((tmp_path / "a.parquet").read_bytes()))
    frame, dialect = read_parquet(tmp_path / "a.parquet.gz")
    assert len(frame) == 3
    assert dialect.compressed


def test_numbered_classes_of_a_datasets_file_have_their_names(tmp_path: Path) -> None:
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["lavoura", "pecuária"])}
    )
    made = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "label": [1, 0, -1]}, features=features)
    made.to_parquet(str(tmp_path / "a.parquet"))
    frame, _ = read_parquet(tmp_path / "a.parquet")
    assert frame["label"].fillna("").tolist() == ["pecuária", "lavoura", ""]


def with_notes(path: Path, labels: list[str] | list[int], notes: bytes) -> Path:
    table = pa.table({"texto": ["a", "b"], "rotulo": labels}).replace_schema_metadata({b"huggingface": notes})
    pq.write_table(table, path)
    return path


NOTE = b'{"info": {"features": {"rotulo": {"_type": "ClassLabel", "names": ["lavoura", "boi"]}}}}'


def test_classes_that_are_names_already_stay(tmp_path: Path) -> None:
    frame, _ = read_parquet(with_notes(tmp_path / "a.parquet", ["x", "y"], NOTE))
    assert frame["rotulo"].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    "notes",
    [
        b"nada", b"\xff\xfe", b"", b"null", b"3", b"[1]", b'"x"', b"{}", b"[" * 3000, b"7" * 5000,
        b'{"info": null}', b'{"info": []}', b'{"info": {"features": [1]}}', b'{"info": {"features": {"rotulo": 1}}}',
        NOTE.replace(b"names", b"nomes"), NOTE.replace(b'["lavoura", "boi"]', b'"ab"'),
        NOTE.replace(b'["lavoura", "boi"]', b"[1, 2]"), NOTE.replace(b"rotulo", b"outra"),
    ],
)  # fmt: skip
def test_notes_of_others_are_no_names_of_classes(tmp_path: Path, notes: bytes) -> None:
    frame, _ = read_parquet(with_notes(tmp_path / "a.parquet", [1, 0], notes))
    assert frame["rotulo"].tolist() == [1, 0]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([5_000_000], pa.date32()),
        pa.array([[5_000_000]], pa.list_(pa.date32())),
        pa.array([1], pa.timestamp("us", tz="Marte/Olimpo")),
        pa.array([1], pa.timestamp("us", tz="+25:99")),
        pa.array([10**12], pa.timestamp("s", tz="America/Sao_Paulo")),
        pa.array([-(10**15)], pa.timestamp("ms", tz="UTC")),
        pa.array([1], pa.time64("ns")),
    ],
)
def test_moments_that_python_does_not_have_are_named(tmp_path: Path, column: pa.Array) -> None:
    pq.write_table(pa.table({"texto": ["a"], "dia": column, "n": [1]}), tmp_path / "a.parquet")
    with pytest.raises(
        DataError,
        match=r'a.parquet: the column "dia" has a value that cannot be read, such as a date beyond the year',
    ):
        read_parquet(tmp_path / "a.parquet")


def test_moments_of_any_year_and_zone_that_there_is_are_read(tmp_path: Path) -> None:
    moments = [-60_000_000_000, 253_000_000_000, None]
    columns = {
        f"d{number}": pa.array(moments, pa.timestamp("s", tz=zone))
        for number, zone in enumerate(["UTC", "America/Sao_Paulo", "+03:00", None])
    }
    pq.write_table(pa.table({"texto": ["a", "b", "c"], **columns}), tmp_path / "a.parquet")
    frame, _ = read_parquet(tmp_path / "a.parquet")
    assert frame["d1"].isna().tolist() == [False, False, True]
    assert "9987" in frame.to_csv()


@pytest.mark.parametrize("content", [b"texto;rotulo\na;x\n", b"PAR1 cut short"])
def test_what_is_no_parquet(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"a.parquet: not a Parquet file, or a broken one"):
        read_parquet(tmp_path / "a.parquet")


BIG = pa.array(["boi " * 500] * 1000)


@pytest.mark.parametrize(
    "column",
    [
        BIG.dictionary_encode(),
        BIG.cast(pa.large_string()).dictionary_encode(),
        BIG.cast(pa.string_view()),
        BIG.cast(pa.binary_view()),
        BIG.cast(pa.binary()).dictionary_encode(),
        BIG.cast(pa.binary()).cast(pa.binary(2000)),
        pa.array([[text] for text in BIG.to_pylist()]),
        pa.array([[text] for text in BIG.to_pylist()], pa.list_(pa.string(), 1)),
        pa.array([{"a": text, "b": 1} for text in BIG.to_pylist()]),
        pa.array([[("a", text)] for text in BIG.to_pylist()], pa.map_(pa.string(), pa.string())),
        pa.array(
            [[{"a": [("b", text)], "c": 1}] for text in BIG.to_pylist()],
            pa.list_(pa.struct({"a": pa.map_(pa.string(), pa.string()), "c": pa.int8()})),
        ),
        pa.ExtensionArray.from_storage(pa.json_(), BIG),
    ],
    ids=lambda column: str(column.type).replace("/", ""),
)
def test_texts_that_are_written_once_count_for_each_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: pa.Array
) -> None:
    table = pa.table({"texto": ["a"] * 1000, "outra.coluna": column, "n": list(range(1000))})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=300)
    assert (tmp_path / "a.parquet").stat().st_size < 60_000
    monkeypatch.setenv("FINETUNE_MOST_GIB", "0.001")
    with pytest.raises(DataError, match="needs more than"):
        read_parquet(tmp_path / "a.parquet")
    monkeypatch.setenv("FINETUNE_MOST_GIB", "0.003")
    assert len(read_parquet(tmp_path / "a.parquet")[0]) == 1000


@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_texts_that_are_not_numbered_are_read_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    texts = ["boi " * 100 + str(number) for number in range(3000)]
    columns = pa.table({"texto": texts, "listas": [[text] for text in texts]})
    pq.write_table(columns, tmp_path / "a.parquet", use_dictionary=False, column_encoding=encoding)
    monkeypatch.setenv("FINETUNE_MOST_GIB", "0.003")
    frame, _ = read_parquet(tmp_path / "a.parquet")
    assert frame["texto"].tolist() == [text for (text,) in frame["listas"]] == texts
    monkeypatch.setenv("FINETUNE_MOST_GIB", "0.002")
    with pytest.raises(DataError, match="needs more than"):
        read_parquet(tmp_path / "a.parquet")


def test_the_same_column_twice(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["texto", "texto"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(DataError, match='the column "texto" stands more than once'):
        read_parquet(tmp_path / "a.parquet")
