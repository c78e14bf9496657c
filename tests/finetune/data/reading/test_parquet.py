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


@pytest.mark.parametrize("content", [b"texto;rotulo\na;x\n", b"PAR1 cut short"])
def test_what_is_no_parquet(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"a.parquet: not a Parquet file, or a broken one"):
        read_parquet(tmp_path / "a.parquet")


def test_the_same_column_twice(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["texto", "texto"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(DataError, match='the column "texto" stands more than once'):
        read_parquet(tmp_path / "a.parquet")
