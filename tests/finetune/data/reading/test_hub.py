"""Folders that `save_to_disk` wrote, whole and damaged."""

import subprocess
import sys
from pathlib import Path

import datasets
import pytest

from finetune.data.reading.hub import divided, saved
from finetune.data.reading.parquet import read_parquet
from finetune.errors import DataError

BIG = 1234567890123456789
ROWS = {"texto": [f"o boi número {n}" for n in range(40)], "rotulo": [n % 2 for n in range(40)]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = datasets.ClassLabel(names=["a", "b"])
    features = datasets.Features({"texto": datasets.Value("string"), "rotulo": names})
    datasets.Dataset.from_dict(ROWS, features=features).save_to_disk(tmp_path / "d")
    return tmp_path / "d"


def test_a_whole_folder(folder: Path) -> None:
    splits, _ = saved(folder)
    assert splits["all"].frame["rotulo"].tolist()[:3] == ["a", "b", "a"]


@pytest.mark.parametrize(
    "cells",
    [
        [BIG, None],
        [None, [BIG, None], []],
        [None, {"a": BIG}, {"a": None}],
        [[{"a": BIG, "b": None}], [{"a": None, "b": "x"}]],
        [1.5, None],
        ["a", None],
        [None, None],
    ],
)
def test_whole_numbers_stay_whole_where_some_are_missing(tmp_path: Path, cells: list[object]) -> None:
    made = datasets.Dataset.from_dict({"texto": ["boi"] * len(cells), "x": cells})
    made.to_parquet(tmp_path / "a.parquet")
    made.save_to_disk(tmp_path / "d")
    frame, _ = read_parquet(tmp_path / "a.parquet")
    assert repr(saved(tmp_path / "d")[0]["all"].frame["x"].tolist()) == repr(frame["x"].tolist())
    if cells[0] == BIG:
        assert frame["x"].tolist() == [BIG, None]


def test_whole_numbers_of_chosen_rows() -> None:
    made = datasets.Dataset.from_dict({"texto": ["a", "b", "c"], "n": [BIG, None, 3]}).select([2, 0, 1])
    frame = divided(made.with_format("numpy", columns=["texto"]), "d")[0]["all"].frame
    assert frame.to_numpy().tolist() == [["c", 3], ["a", BIG], ["b", None]]


def test_what_other_programs_left_is_no_matter(folder: Path) -> None:
    (folder / "cache-1a2b.arrow").write_bytes(b"half")
    assert len(saved(folder)[0]["all"].frame) == 40


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.95, 0.999])
def test_an_arrow_file_that_was_cut_short(folder: Path, share: float) -> None:
    (file,) = folder.glob("*.arrow")
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(
        DataError, match=rf"d: the datasets folder's file {file.name} is damaged or cut short: copy"
    ):
        saved(folder)


def test_one_cut_between_two_pieces_has_not_just_fewer_rows(folder: Path) -> None:
    (file,) = folder.glob("*.arrow")
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(DataError, match="is damaged or cut short"):
        saved(folder)


def test_a_place_outside_of_the_texts_does_not_end_the_process(folder: Path) -> None:
    (file,) = folder.glob("*.arrow")
    content = file.read_bytes()
    place = len("o boi número 0".encode()).to_bytes(4, "little")  # where the second text begins
    at = content.index(b"\0\0\0\0" + place) + 4
    file.write_bytes(content[:at] + b"\xff\xff\xff\x7f" + content[at + 4 :])
    code = (
        f"from pathlib import Path; from finetune.data.reading.hub import saved; saved(Path({str(folder)!r}))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "is damaged or cut short" in ended.stderr


DAMAGED = ["", "[]", "nada", "null", "3", '{"features": []}', "[" * 2000, '{"a": "\\ud800']


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(("dataset_info.json", content) for content in DAMAGED),
        *(("state.json", content) for content in [*DAMAGED, '{"_data_files": 3}']),
    ],
)
def test_notes_that_are_damaged(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content)
    with pytest.raises(DataError, match=r"d: .*: save it again with save_to_disk"):
        saved(folder)


@pytest.mark.parametrize("content", ["[]", "nada", "{}", '{"splits": 3}', '{"splits": ["nada"]}'])
def test_a_list_of_splits_that_is_damaged(tmp_path: Path, content: str) -> None:
    (tmp_path / "dataset_dict.json").write_text(content)
    with pytest.raises(DataError, match="save it again with save_to_disk"):
        saved(tmp_path)


def test_a_date_that_python_does_not_have(tmp_path: Path) -> None:
    import pyarrow as pa

    table = pa.table({"texto": ["a"], "dia": pa.array([5_000_000], pa.date32())})
    datasets.Dataset(table).save_to_disk(tmp_path / "d")
    with pytest.raises(
        DataError, match='d: the column "dia" has a value that cannot be read, such as a date beyond'
    ):
        saved(tmp_path / "d")
