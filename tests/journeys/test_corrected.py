"""A run is trained anew on what was corrected of it: undisturbed, and stopped and gone on with; both beside the older."""

import json
import re
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import f1_score

from finetune.__main__ import main
from finetune.commands.fit.side_by_side import hold_side_by_side
from finetune.commands.runs.listing import of_corrections, show_runs
from finetune.corrections.identity import identity_of
from finetune.corrections.row import Row
from finetune.corrections.store import Store
from finetune.evaluation.answers import read_answers

OLD, NEW = Path("lightning_logs/version_0"), Path("lightning_logs/version_1")
WITH = [
    "fit",
    "--run",
    "0",
    "--with",
    str(OLD / "corrections.sqlite"),
    "--from=run",
    "--trainer.max_epochs=2",
]
WITH += ["--data.on_findings=skip", "--baselines=null"]
WITH += ["--trainer.callbacks+=para.Stops"]
STOPS = """
import lightning.pytorch as pl
from pathlib import Path

class Stops(pl.Callback):
    def on_train_epoch_start(self, trainer, module):
        if trainer.current_epoch == 1 and Path("armed").exists():
            raise RuntimeError("power cut")
"""


def correct(folder):
    """Labels of each part are changed, and two rows of a new class come."""
    run, rows = folder / OLD, pd.read_csv(folder / "dados.csv", sep=";", encoding="cp1252")
    split = pd.read_csv(run / "split.csv")
    identity = identity_of(run, task="single_label", labels=sorted(rows.rotulo.unique()), columns=["texto"])
    with Store.opened(run / "corrections.sqlite", of=identity) as store:
        for part, count in (("train", 4), ("validation", 2), ("test", 3)):
            for place, row in split[split.split == part].head(count)[["row", "line"]].itertuples(index=False):
                text, label = rows.texto[place], rows.rotulo[place]
                other = next(each for each in sorted(rows.rotulo.unique()) if each != label)
                known = Row((text,), {"texto": text}, "dados.csv", int(place), int(row), label, part)
                store.say(*store.take([known], reason="wrong_label"), label=other, who="ana")
        for text in ("trator parado na oficina sem peça", "motor do trator pede peça nova"):
            store.say(
                *store.take([Row((text,), {"texto": text})], reason="unsure"), label="Máquinas", who="ana"
            )


def run(folder, *words):
    """Runs `finetune ...` in a folder, with the options that are typed alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["finetune", *words])
        patch.setattr(sys, "path", list(sys.path))
        sys.modules.pop("para", None)
        return main()


@pytest.fixture(scope="module")
def folders(finished, tmp_path_factory):
    """Two copies of a run, each trained anew: the second was stopped in the middle, and gone on with."""
    made = {}
    for name in ("whole", "stopped"):
        folder = made[name] = tmp_path_factory.mktemp(name)
        shutil.copytree(finished, folder, dirs_exist_ok=True)
        (folder / "para.py").write_text(STOPS, encoding="utf-8")
        correct(folder)
        if name == "stopped":
            (folder / "armed").touch()
            with pytest.raises(RuntimeError, match="power cut"):
                run(folder, *WITH)
            (folder / "armed").unlink()
        assert run(folder, *(WITH if name == "whole" else ["fit", "--run", "1", "--resume"])) == 0
    return made


@pytest.fixture
def whole(folders, monkeypatch):
    monkeypatch.chdir(folders["whole"])
    return folders["whole"]


def kept(folder):
    return json.loads((folder / NEW / "corrected.json").read_text(encoding="utf-8"))


def test_both_runs_are_measured_on_the_same_corrected_rows(whole):
    content = kept(whole)
    assert content["rows"]["corrected"] == {"train": 4, "validation": 2, "test": 3}
    assert (content["rows"]["new"], content["classes"]["new"]) == (2, ["Máquinas"])
    old, new = (read_answers(whole / each / "predictions.csv") for each in (OLD, NEW))
    for part, count in (("validation", 2), ("test", 3)):
        told = content["side_by_side"][part]
        before, after = old.part(part).frame, new.part(part).frame
        assert before["text"].tolist() == after["text"].tolist()
        assert told["corrected"] == (before["label"] != after["label"]).sum() == count
        for name, frame in (("old", before), ("new", after)):
            score = f1_score(after["label"], frame["predicted"], average="macro", zero_division=0)
            assert told["score"][name] == pytest.approx(score)


def test_what_was_trained_and_stopped_ends_as_what_was_not(folders):
    whole, stopped = (kept(folders[name]) for name in ("whole", "stopped"))
    assert stopped == whole
    one, other = ((folders[name] / NEW / "predictions.csv").read_text() for name in ("whole", "stopped"))
    assert one == other


def test_the_run_says_what_the_corrections_are_worth(whole, capsys):
    show_runs(Path("lightning_logs"))
    out = capsys.readouterr().out
    assert re.search(r"of version_0 \(labels changed: 9; new rows: 2\): \w", out)
    page = (whole / NEW / "report.html").read_text(encoding="utf-8")
    assert 'id="corrected"' in page
    assert "What the corrections are worth" in page
    assert "new classes: &#34;Máquinas&#34;" in page


def test_other_commands_find_its_table(whole, capsys):
    assert run(whole, "test", "--run", "1") == 0
    assert "18 rows" in capsys.readouterr().out
    split = pd.read_csv(whole / NEW / "split.csv")
    assert set(split.source) == {str(NEW / "table.csv")}


def test_a_table_of_other_labels_than_it_was_trained_on_is_refused(folders, tmp_path, capsys):
    shutil.copytree(folders["stopped"], tmp_path, dirs_exist_ok=True)
    text = (tmp_path / "dados.csv").read_text(encoding="cp1252")
    (tmp_path / "dados.csv").write_text(text.replace(";Clima", ";Preços", 1), encoding="cp1252")
    assert run(tmp_path, *WITH) == 2
    said = capsys.readouterr().err
    assert "dados.csv has changed since lightning_logs/version_0 was trained on it" in said
    assert not (tmp_path / "lightning_logs/version_2").exists()


def test_a_run_whose_answers_are_gone_is_not_compared_and_that_is_told(
    folders, tmp_path, monkeypatch, capsys
):
    shutil.copytree(folders["stopped"], tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    answers = read_answers(NEW / "predictions.csv")
    (OLD / "predictions.csv").unlink()
    hold_side_by_side(NEW, answers, seed=42)
    assert "could not be held side by side" in " ".join(capsys.readouterr().out.split())
    assert "side_by_side" not in kept(tmp_path)
    assert "not compared" in str(of_corrections(NEW))
