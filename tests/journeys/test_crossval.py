"""A cross-validation of the tiny model, killed in its second fold and resumed; and what `fit` takes for it."""

import contextvars
import json
import os
from pathlib import Path

import pandas as pd
import pytest

from finetune import TextData
from finetune.processes import fit_apart
from tests.journeys.conftest import TINY, write_table
from tests.processes import finetune as finetune_here
from tests.processes import start

FOLDER = Path("lightning_logs/crossval_0")
EPOCHS = 2
OPTIONS = ["--data.path", "dados.csv", "--early_stopping", "null", "--hardware_tier", "null"]
OPTIONS += ["--write_report", "false"]

KILLER = """
import os, signal
import lightning.pytorch as pl
from pathlib import Path

class Killer(pl.Callback):
    def on_train_epoch_start(self, trainer, module):
        last = Path("lightning_logs/crossval_0/fold_2/checkpoints/last.ckpt")
        if Path("armed").exists() and last.exists() and trainer.current_epoch == 1:
            Path("armed").unlink()
            os.killpg(os.getpgrp(), signal.SIGKILL)
"""


def forked(arguments):
    """Does what `fit_apart.fit` does, without the seconds that a process of its own needs to import."""
    process = os.fork()
    if process == 0:
        # it speaks what the environment says, as a new process would
        os._exit(contextvars.Context().run(finetune_here, "fit", *arguments))
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def crossval(fit, *arguments):
    """Runs `finetune crossval ...` in a group of processes of its own, each fold by a function."""
    from finetune.commands.crossval import command

    os.setsid()
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
    command.fit = fit
    return finetune_here("crossval", *arguments)


@pytest.fixture(scope="module")
def resumed(tiny_model, tmp_path_factory):
    """The folder of a cross-validation in which all was killed in the second fold, and how it went on."""
    folder = tmp_path_factory.mktemp("crossval")
    write_table(folder / "dados.csv")
    (folder / "killer.py").write_text(KILLER, encoding="utf-8")
    (folder / "armed").touch()
    tiny = {**TINY, "--model.name": tiny_model, "--trainer.max_epochs": EPOCHS}
    options = [*OPTIONS, *(f"{key}={value}" for key, value in tiny.items())]

    def run(*arguments):
        (ended,) = start(1, crossval, *arguments, folder=folder, torchrun=False).wait()
        return ended

    killed = run(forked, *options, "--trainer.callbacks+=killer.Killer", "--folds", "2", "--language", "pt")
    first = (folder / FOLDER / "fold_1/metrics.json").stat().st_mtime_ns
    unfinished = not (folder / FOLDER / "fold_2/metrics.json").exists()
    done = run(fit_apart.fit, "--run", "latest", "--resume", "--language", "en")
    return folder, {
        "killed": killed,
        "first": first,
        "unfinished": unfinished,
        "done": done,
        "options": options,
    }


def test_it_goes_on_where_it_was_killed(resumed):
    folder, what = resumed
    assert what["killed"].status == -9
    assert what["unfinished"]
    assert what["done"].status == 0, what["done"].err[-3000:]
    assert (folder / FOLDER / "fold_1/metrics.json").stat().st_mtime_ns == what["first"]
    assert "fold 1 of 2 (seed 42) is done already" in what["done"].out
    assert f"Epoch {EPOCHS}/{EPOCHS}" in what["done"].out
    assert f"Epoch 1/{EPOCHS}" not in what["done"].out + what["done"].err  # nor the fold that was begun
    assert [each.name for each in (folder / "lightning_logs").iterdir()] == ["crossval_0"]


def test_the_folds_speak_the_language_of_the_whole(resumed):
    told = resumed[1]["killed"].out
    assert "dobra 1 de 2 (semente 42)" in told
    assert f"Época 1/{EPOCHS}" in told
    assert "Epoch" not in told


def test_every_row_but_those_of_the_test_is_answered_once(resumed):
    folder, _ = resumed
    answers = pd.read_csv(folder / FOLDER / "predictions.csv")
    assert answers["row"].is_unique
    usual = {part: index.tolist() for part, (_, index) in TextData(folder / "dados.csv").divided().items()}
    assert sorted(answers["row"]) == sorted(usual["train"] + usual["validation"])
    record = json.loads((folder / FOLDER / "crossval.json").read_text(encoding="utf-8"))
    assert record["untouched"] == len(usual["test"])
    for number in (1, 2):
        split = pd.read_csv(folder / FOLDER / f"fold_{number}" / "split.csv")
        assert set(split["split"]) == {"train", "validation", "test"}
        held_out = answers["row"][answers["fold"] == number]
        assert sorted(split["row"][split["split"] == "test"]) == sorted(held_out)
        assert sorted(split["row"]) == sorted(answers["row"])


def test_the_resumed_fold_answers_the_rows_of_an_uninterrupted_one(resumed, finetune):
    folder, what = resumed
    write_table(Path("dados.csv"))
    fold = ["--data.folds=2", "--data.fold=2", "--data.fold_seed=42", "--seed_everything=42"]
    assert finetune("fit", *what["options"], *fold, "--folder", "aqui/fold_2") == 0
    ours, theirs = (
        pd.read_csv(each / "predictions.csv") for each in (folder / FOLDER / "fold_2", Path("aqui/fold_2"))
    )
    same = ["source", "line", "row", "split", "text", "label", "baseline:tfidf"]
    assert ours[same].equals(theirs[same])
    assert not Path("lightning_logs").exists()


def test_what_is_kept_of_a_fold(resumed):
    folder, what = resumed
    for number in (1, 2):
        files = {file.name for file in (folder / FOLDER / f"fold_{number}").iterdir()}
        assert {"config.yaml", "metrics.json", "predictions.csv", "split.csv", "fold.json"} <= files
        assert any(name.startswith("events.out.tfevents") for name in files)
        assert not {"checkpoints", "model"} & files
    record = json.loads((folder / FOLDER / "crossval.json").read_text(encoding="utf-8"))
    first = json.loads((folder / FOLDER / "fold_1/metrics.json").read_text(encoding="utf-8"))
    assert record["metrics"]["f1_macro"]["values"][0] == first["test"]["f1_macro"]
    assert set(record["baselines"]) == {"majority", "tfidf", "frozen"}
    assert set(record["per_class"]) == {"Clima", "Pecuária", "Preços"}
    for text in ("finetune predict", "run folder:", "measure again"):
        assert text not in what["done"].out
    assert "macro-F1" in what["done"].out


def test_a_fold_of_another_table_is_refused_and_leaves_nothing(finetune, table, capsys):
    fold = ["--data.folds", 3, "--data.fold", 1, "--folder", "aqui/fold_1", "--same_table", "0123"]
    assert finetune("fit", "--data.path", table, *fold) == 2
    assert "are not those that were trained on before" in capsys.readouterr().err
    assert not Path("aqui/fold_1").exists()
    assert not Path("lightning_logs").exists()


def test_a_fold_of_a_table_that_cannot_be_read_leaves_nothing(finetune, capsys):
    assert finetune("fit", "--data.path", "nada.csv", "--folder", "aqui/fold_1") == 2
    assert "nada.csv" in capsys.readouterr().err
    assert not Path("aqui").exists()


def test_a_folder_that_is_there_is_not_written_over(finetune, table, tmp_path, capsys):
    (tmp_path / "aqui").mkdir()
    assert finetune("fit", "--data.path", table, "--folder", "aqui") == 2
    assert "--folder aqui is there already" in capsys.readouterr().err
