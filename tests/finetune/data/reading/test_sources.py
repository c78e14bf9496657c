"""Files, folders, saved data sets, hub ids and objects in memory, into tables by split."""

import os
import subprocess
import sys
from pathlib import Path

import datasets
import pandas as pd
import pytest

from finetune.data.reading.loaded import split_of
from finetune.data.reading.sheets import Wish
from finetune.data.reading.sources import load
from finetune.errors import DataError

ROWS = "texto;rotulo\na;x\nb;y\n"


def folder(path: Path, **files: str) -> Path:
    for stem, content in files.items():
        (path / f"{stem}.csv").write_text(content)
    return path


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train-00000-of-00002", "train"), ("Treino", "train"), ("validação", "validation"), ("val", "validation"),
        ("dev_v2", "validation"), ("dados_teste", "test"), ("testemunhos", None), ("train_test", None), ("dados", None),
    ],
)  # fmt: skip
def test_split_names(name: str, split: str | None) -> None:
    assert split_of(name) == split


def test_no_such_file_lists_those_nearby(tmp_path: Path) -> None:
    folder(tmp_path, dados=ROWS, outra=ROWS)
    (tmp_path / ".git").mkdir()
    with pytest.raises(DataError, match=r'there is no file .*dadso.csv \(nearby: "dados.csv"'):
        load(tmp_path / "dadso.csv", reader=None)
    with pytest.raises(
        DataError, match=r'there is no file .*zzzzzz.csv \(nearby: "dados.csv", "outra.csv"\)'
    ):
        load(tmp_path / "zzzzzz.csv", reader=None)


def test_no_such_folder_names_the_nearest_there_is(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=rf"there is no folder .*nada/aqui \(the nearest that exists is {tmp_path}\)"
    ):
        load(tmp_path / "nada" / "aqui" / "dados.csv", reader=None)


FEATURES = datasets.Features(
    {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["lavoura", "pecuária"])}
)


def dataset(labels: list[int]) -> datasets.Dataset:
    return datasets.Dataset.from_dict({"text": ["a"] * len(labels), "label": labels}, features=FEATURES)


def test_numbered_classes_become_names() -> None:
    splits, _ = load(dataset([1, 0, -1]).select([2, 0]), reader=None)
    assert splits["all"].frame["label"].fillna("").tolist() == ["", "pecuária"]
    assert splits["all"].dialect.first_line == 0


def test_a_saved_data_set(tmp_path: Path) -> None:
    dataset([1, 0]).save_to_disk(str(tmp_path / "um"))
    assert load(tmp_path / "um", reader=None)[0]["all"].frame["label"].tolist() == ["pecuária", "lavoura"]
    parts = {"train": dataset([1]), "dev": dataset([0]), "unsupervised": dataset([0])}
    datasets.DatasetDict(parts).save_to_disk(str(tmp_path / "dois"))
    splits, notes = load(tmp_path / "dois", reader=None)
    assert list(splits) == ["train", "validation"]
    assert list(map(str, notes)) == [f'other splits of {tmp_path / "dois"} left out: "unsupervised"']


def test_a_broken_saved_data_set(tmp_path: Path) -> None:
    dataset([1, 0]).save_to_disk(str(tmp_path / "um"))
    (tmp_path / "um" / "state.json").write_text("{")
    with pytest.raises(
        DataError, match=r"a datasets folder that cannot be opened .*save it again with save_to_disk"
    ):
        load(tmp_path / "um", reader=None)


def test_split_names_that_say_nothing() -> None:
    splits, _ = load(datasets.DatasetDict(tudo=dataset([0, 1])), reader=None)
    assert list(splits) == ["all"]
    with pytest.raises(DataError, match='none of the splits "um", "dois" is train, validation or test'):
        load(datasets.DatasetDict(um=dataset([0]), dois=dataset([1])), reader=None)


def test_a_data_frame_with_numbered_columns() -> None:
    frame = pd.DataFrame([["a", "x"]], columns=[0, 1], index=[7])
    assert list(load(frame, reader=None)[0]["all"].frame.columns) == ["0", "1"]
    assert list(frame.columns) == [0, 1]


def test_data_of_another_kind() -> None:
    with pytest.raises(DataError, match="list: empty, or data of a kind that cannot be read: give a path"):
        load([1, 2], reader=None)  # type: ignore[arg-type]


def test_a_reader_is_for_files() -> None:
    with pytest.raises(DataError, match=r'a reader \("csv"\) is for files, and the data is a DataFrame'):
        load(pd.DataFrame({"texto": ["a"]}), reader="csv")


def test_a_sheet_is_of_a_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path, a=ROWS)
    dataset([0]).save_to_disk(tmp_path / "salvo")
    monkeypatch.setattr(datasets, "load_dataset", lambda name: dataset([0]))
    sources = [
        tmp_path / "a.csv",
        tmp_path,
        tmp_path / "salvo",
        pd.DataFrame({"texto": ["a"]}),
        dataset([0]),
        "org/agro",
    ]
    for source in sources:
        with pytest.raises(
            DataError, match=r"--data.sheet Dados is for sheets of .xlsx workbooks, and this has none"
        ):
            load(source, reader=None, wish=Wish("Dados"))
        splits, notes = load(source, reader=None, wish=Wish("Dados", optional=True))
        said = [*map(str, notes), *map(str, splits["all"].dialect.remarks)]
        assert said.count("no workbook: --data.sheet Dados is left aside") == 1


def test_a_hub_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = datasets.DatasetDict(train=dataset([0, 1]), test=dataset([1]))
    monkeypatch.setattr(datasets, "load_dataset", lambda name: {"org/agro": found}[name])
    splits, _ = load("org/agro", reader=None)
    assert splits["test"].name == "org/agro (test)"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ConnectionError("offline"), r'"org/agro" was not found on the hub, which did not answer: mend'),
        (datasets.exceptions.DatasetNotFoundError("no"), r'"org/agro" was not found on the hub: mend the path or the hub id'),
        (ValueError("Config name is missing"), r'data set "org/agro" cannot be opened \(datasets said: Config name is missing\).*save_to_disk'),
        (RuntimeError("scripts are no longer supported"), "cannot be opened"),
    ],
)  # fmt: skip
def test_what_the_hub_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    def fails(name: str) -> None:
        raise error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets, "load_dataset", fails)
    with pytest.raises(DataError, match=message) as caught:
        load("org/agro", reader=None)
    assert str(caught.value).startswith("there is no folder org")


@pytest.mark.parametrize(
    "name", ["dados.csv", "./dados", "/tmp/nada/aqui", "a/b/c", "pasta/dados", "~/nada_aqui"]
)
def test_a_path_is_not_asked_of_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def asked(name: str) -> None:
        raise AssertionError(name)

    monkeypatch.chdir(tmp_path)
    (tmp_path / "pasta").mkdir()
    monkeypatch.setattr(datasets, "load_dataset", asked)
    with pytest.raises(DataError, match="give the path of a table or a folder"):
        load(name, reader=None)


def test_offline_says_both(tmp_path: Path) -> None:
    (tmp_path / "agro.csv").write_text(ROWS)
    code = "from finetune.data.tables import read_source; read_source('agro')"
    root = Path(__file__).parents[4]
    env = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    said = done.stderr.splitlines()[-1]
    assert (
        'there is no file agro (nearby: "agro.csv"), and "agro" was not found on the hub, which did not answer'
        in said
    )
    assert "without HF_HUB_OFFLINE=1" in said
