"""A prediction that ends in the middle goes on where it was, and the file is the one that it would have been."""

import errno
import json
import shutil
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from finetune.data import module
from finetune.evaluation.predicted import parquet, workbook
from finetune.evaluation.predicted.parts import Parts, alone
from tests.journeys.conftest import sentences

PREDICT = ("predict", "--run", "0", "--data.predict_path", "novos.csv", "--output", "s.csv")
PARTS = Path("s.csv.parts")


@pytest.fixture(autouse=True)
def _small_windows(monkeypatch):
    monkeypatch.setattr(module, "WINDOW", 8)


@pytest.fixture
def new(trained):
    """A table of five windows, the fourth without any text."""
    texts = [text for text, _ in sentences(36, seed=3)]
    texts[24:32] = [""] * 8
    Path("novos.csv").write_text("id,texto\n" + "".join(f"{n},{t}\n" for n, t in enumerate(texts)))
    return trained


@pytest.fixture
def stopped(monkeypatch):
    """Has the disk be full at the third part; gives the windows that were asked to be kept."""
    asked = []
    write = Parts.write

    def third_fails(self, number, part):
        asked.append(number)
        if len(asked) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, number, part)

    monkeypatch.setattr(Parts, "write", third_fails)
    return asked


def test_a_full_disk_loses_nothing_and_it_goes_on_from_there(finetune, new, stopped, capsys):
    assert finetune(*PREDICT) == 2
    error = capsys.readouterr().err
    assert (
        "error: s.csv.parts cannot be written: no space left on the disk. What was answered before is"
        in error
    )
    assert "Traceback" not in error
    assert sorted(path.name for path in PARTS.glob("window*")) == [
        "window_000000.arrow",
        "window_000001.arrow",
    ]
    assert not Path("s.csv").exists()
    (PARTS / "window_000001.arrow").write_bytes(b"torn by a machine that went down")

    assert finetune(*PREDICT) == 0
    said = capsys.readouterr()
    assert "s.csv.parts: 8 of 36 rows were answered before: going on with the others" in said.err
    assert "s.csv: 28 rows labelled" in said.out
    assert stopped == [0, 1, 2, 1, 2, 3, 4]
    assert not PARTS.exists()
    gone_on = Path("s.csv").read_bytes()

    assert finetune(*PREDICT) == 0
    assert Path("s.csv").read_bytes() == gone_on
    assert b"\n24,,,,\n" in gone_on
    assert len(gone_on.splitlines()) == 37


@pytest.mark.parametrize(
    ("change", "more", "what"),
    [
        (lambda: Path("novos.csv").write_text(Path("novos.csv").read_text() + "36,boi\n"), (), "table"),
        (lambda: None, ("--abstain_below", "0.5"), "options"),
        (lambda: None, ("--trainer.limit_predict_batches", "100"), "options"),
    ],
)
def test_parts_of_another_prediction_are_of_no_use(finetune, new, stopped, capsys, change, more, what):
    assert finetune(*PREDICT) == 2
    change()
    capsys.readouterr()
    assert finetune(*PREDICT, *more) == 0
    assert (
        f"s.csv.parts: what is kept there was answered otherwise ({what}): beginning anew"
        in capsys.readouterr().err
    )
    assert stopped[3:] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_row_gets_the_answer_of_another(finetune, new, monkeypatch, capsys, kind):
    """A file that is read once for all may be changed meanwhile, any other not, even where as many rows are left."""
    table = Path(f"mudada.{kind}")
    rows = pd.DataFrame({"texto": [text for text, _ in sentences(36, seed=3)]})
    to = {"csv": partial(rows.to_csv, index=False), "xlsx": partial(rows.to_excel, index=False)}[kind]
    to(table)
    write = Parts.write

    def changed(self, number, part):
        write(self, number, part)
        rows.update(rows[::-1].reset_index(drop=True))
        to(table)

    monkeypatch.setattr(Parts, "write", changed)
    status = finetune(*PREDICT[:4], table, "--output", "s.csv")
    if kind == "xlsx":
        assert status == 0
        assert (
            Path("s.csv")
            .read_text(encoding="utf-8-sig")
            .splitlines()[1]
            .startswith(sentences(1, seed=3)[0][0])
        )
        return
    assert status == 2
    said = capsys.readouterr().err
    assert "error: mudada.csv: the table was changed while it was answered" in said
    assert not Path("s.csv").exists()


def test_a_folder_of_the_users_own_is_left_alone(finetune, new, capsys):
    PARTS.mkdir()
    (PARTS / "carta.txt").write_text("minha")
    assert finetune(*PREDICT) == 2
    assert (
        "s.csv.parts is where answers are kept until all are there, and it holds something"
        in capsys.readouterr().err
    )
    assert [path.name for path in PARTS.iterdir()] == ["carta.txt"]
    (PARTS / "manifest.json").write_text(json.dumps({"format": "0"}))
    assert finetune(*PREDICT) == 0
    assert [path.name for path in PARTS.iterdir()] == ["carta.txt"]


def test_the_file_itself_may_not_fit(finetune, new, small_disk, capsys):
    """Then all answers are kept, and the file is put together once there is room."""
    disk = small_disk(60)
    output = disk / "s.csv"
    long = [f"{text} {'x' * 2000}" for text, _ in sentences(36, seed=3)]
    Path("novos.csv").write_text("texto\n" + "".join(f"{text}\n" for text in long))
    assert finetune(*PREDICT[:-1], output) == 2
    assert f"error: {output} cannot be written: no space left on the disk" in capsys.readouterr().err
    assert len(list((disk / "s.csv.parts").glob("window*"))) == 5
    assert [path.name for path in disk.iterdir()] == ["s.csv.parts"]
    shutil.copytree(disk / "s.csv.parts", "t.csv.parts")
    assert finetune(*PREDICT[:-1], "t.csv") == 0
    assert "36 of 36 rows were answered before" in capsys.readouterr().err
    assert len(Path("t.csv").read_text().splitlines()) == 37


def test_two_commands_do_not_write_one_file(finetune, new, capsys):
    with alone(Path("s.csv")):
        assert finetune(*PREDICT) == 2
    assert "--output s.csv: another prediction is writing this file" in capsys.readouterr().err
    assert [path.name for path in Path().glob("s.csv*")] == []


def test_the_review_never_replaces_the_table(finetune, new, capsys):
    pd.DataFrame({"texto": ["boi", "vaca"]}).to_excel("meu.xlsx", index=False)
    before = Path("meu.xlsx").read_bytes()
    options = ("--output", "s.csv", "--review", "meu.xlsx", "--overwrite", "true")
    assert finetune(*PREDICT[:4], "meu.xlsx", *options) == 2
    assert "--review meu.xlsx is the table to predict itself" in capsys.readouterr().err
    assert Path("meu.xlsx").read_bytes() == before


@pytest.mark.parametrize("name", ["s.csv", f"{'s' * 249}.csv"])
def test_nothing_can_be_put_beside_the_file(finetune, new, capsys, name):
    Path("s.csv.lock").mkdir()
    assert finetune(*PREDICT[:-1], name) == 2
    assert f"--output {name}: {name}.lock, which is there while the file is" in capsys.readouterr().err


def test_no_more_than_some_batches(finetune, new):
    assert finetune(*PREDICT, "--trainer.limit_predict_batches", "1") == 0
    lines = Path("s.csv").read_text().splitlines()[1:]
    assert [line.endswith(",,,") for line in lines] == [False] * 8 + [True] * 28


def test_a_sheet_that_cannot_hold_the_rows_is_refused_before_any_is_answered(
    finetune, new, monkeypatch, capsys
):
    monkeypatch.setattr(workbook, "MOST_ROWS", 36)
    assert finetune(*PREDICT[:-1], "s.xlsx") == 2
    assert "it would have 37 rows, header and answers included" in capsys.readouterr().err
    assert not Path("s.xlsx.parts").exists()


def test_groups_of_a_parquet_file_are_no_windows(finetune, new, monkeypatch):
    import pyarrow.parquet as pq

    monkeypatch.setattr(parquet, "GROUP_ROWS", 10)
    assert finetune(*PREDICT[:-1], "s.parquet") == 0
    file = pq.ParquetFile("s.parquet")
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [10, 10, 10, 6]
    assert file.read()["id"].to_pylist() == [str(n) for n in range(36)]
