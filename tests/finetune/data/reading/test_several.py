"""The files of a folder as one table, or as the splits that their names say."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finetune.data.reading.readers import read_file
from finetune.data.reading.sources import load
from finetune.errors import DataError

ROWS = "texto;rotulo\na;x\nb;y\n"


def folder(path: Path, **files: str) -> Path:
    for stem, content in files.items():
        (path / f"{stem}.csv").write_text(content)
    return path


def test_a_folder_is_joined_in_the_order_of_names(tmp_path: Path) -> None:
    folder(tmp_path, b="rotulo;texto\ny;d\n", a=ROWS)
    (tmp_path / "leia-me.md").write_text("nada")
    splits, notes = load(tmp_path, reader=None)
    assert splits["all"].frame["texto"].tolist() == ["a", "b", "d"]
    assert tuple((piece.name, piece.first) for piece in splits["all"].parts) == (
        (str(tmp_path / "a.csv"), 0),
        (str(tmp_path / "b.csv"), 2),
    )
    assert splits["all"].name == str(tmp_path)
    assert list(map(str, notes)) == ['2 files read as one table: "a.csv", "b.csv"']


def test_a_folder_divided_by_names(tmp_path: Path) -> None:
    folder(tmp_path, treino=ROWS, validacao=ROWS, teste=ROWS, treino_antigo=ROWS, dicionario=ROWS)
    splits, notes = load(str(tmp_path), reader=None)
    assert list(splits) == ["train", "validation", "test"]
    assert len(splits["train"].frame) == 2
    assert list(map(str, notes)) == [
        f'other files in {tmp_path} left out: "dicionario.csv", "treino_antigo.csv"'
    ]


def test_shards_of_a_split_belong_together(tmp_path: Path) -> None:
    folder(tmp_path, **{"train-0-of-2": ROWS, "train-1-of-2": ROWS, "test-0-of-1": ROWS})
    splits, _ = load(tmp_path, reader=None)
    assert {split: len(loaded.frame) for split, loaded in splits.items()} == {"train": 4, "test": 2}


def test_a_folder_with_only_a_training_file_is_not_divided(tmp_path: Path) -> None:
    splits, _ = load(folder(tmp_path, train=ROWS), reader=None)
    assert list(splits) == ["all"]


def test_what_excel_puts_beside_an_open_workbook_is_no_table(tmp_path: Path) -> None:
    folder(tmp_path, a=ROWS)
    (tmp_path / "~$a.xlsx").write_bytes(b"\x03ana")
    assert len(load(tmp_path, reader=None)[0]["all"].frame) == 2


def test_files_with_other_columns(tmp_path: Path) -> None:
    folder(tmp_path, a=ROWS, b="texto;classe\nd;y\n")
    with pytest.raises(
        DataError, match=r'a.csv has the columns "texto", "rotulo", b.csv has "texto", "classe": give all'
    ):
        load(tmp_path, reader=None)


BIG = 1234567890123456789


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([BIG]), pa.array([1.5])),
        (pa.array([BIG]), pa.array([None], pa.float64())),
        (pa.array([BIG]), pa.array([None, 7])),
        (pa.array([True]), pa.array([1])),
        (pa.array([True]), pa.array([0.5])),
        (pa.array([0.5], pa.float32()), pa.array([0.1])),
        (pa.array([2**64 - 1], pa.uint64()), pa.array([-1])),
        (pa.array([BIG]), pa.array(["7"])),
        (pa.array(["7"]), pa.array([None], pa.null())),
        (pa.array(["a"]).dictionary_encode(), pa.array(["b"]).dictionary_encode()),
        (pa.array([datetime(9000, 1, 1)], pa.timestamp("us")), pa.array([1], pa.timestamp("ns"))),
        (pa.array([0], pa.timestamp("s", "UTC")), pa.array([1], pa.timestamp("ns"))),
        (pa.array([0], pa.timestamp("s", "UTC")), pa.array([1], pa.timestamp("s", "America/Sao_Paulo"))),
    ],
)
def test_files_whose_columns_differ_in_kind_keep_their_values(
    tmp_path: Path, one: pa.Array, other: pa.Array
) -> None:
    for name, column in (("a", one), ("b", other)):
        pq.write_table(pa.table({"texto": ["boi"] * len(column), "x": column}), tmp_path / f"{name}.parquet")
    alone = [read_file(tmp_path / f"{name}.parquet")[0]["x"].tolist() for name in "ab"]
    joined = load(tmp_path, reader=None)[0]["all"].frame["x"].tolist()
    assert list(map(repr, joined)) == [repr(cell) for cells in alone for cell in cells]


def test_long_numbers_of_json_lines_stay_whole(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f'{{"texto":"boi","id":{BIG}}}\n')
    (tmp_path / "b.jsonl").write_text('{"texto":"vaca","id":1.5}\n')
    assert load(tmp_path, reader=None)[0]["all"].frame["id"].tolist() == [BIG, 1.5]


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"the folder holds no table \(it holds nothing\): put CSV"):
        load(tmp_path, reader=None)
    (tmp_path / "data").mkdir()
    with pytest.raises(DataError, match=r'the folder holds no table \(it holds "data"\)'):
        load(tmp_path, reader=None)
