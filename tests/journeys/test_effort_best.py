"""Ways to train are compared and the best is trained, with tiny networks: undisturbed, and killed and resumed."""

import contextvars
import json
import os
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.journeys.conftest import TINY, write_table
from tests.processes import finetune as finetune_here
from tests.processes import start

RUN = Path("lightning_logs/version_0")
OPTIONS = ["--data.path=dados.csv", "--early_stopping=null", "--hardware_tier=null", "--write_report=true"]
EPOCHS = 2  # given: so no way has twice as many

KILLER = """
import os, signal
import lightning.pytorch as pl
from pathlib import Path

class Killer(pl.Callback):
    def on_train_epoch_start(self, trainer, module):
        last = Path("lightning_logs/version_0/effort/good/lightning_logs/crossval_0/fold_2/checkpoints/last.ckpt")
        if Path("armed").exists() and last.exists() and trainer.current_epoch == 1:
            Path("armed").unlink()
            os.killpg(os.getpgrp(), signal.SIGKILL)
"""


def forked(command, arguments):
    """Does what `fit_apart` does, without the seconds that a process of its own needs to import."""
    process = os.fork()
    if process == 0:
        os._exit(contextvars.Context().run(finetune_here, command, *arguments))
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def best(*arguments):
    """Runs `finetune fit ...` in a group of processes of its own, with two folds a way."""
    from finetune.commands.crossval import command
    from finetune.commands.fit import best

    os.setsid()
    best.FOLDS = 2
    best.crossval = lambda given: forked("crossval", given)
    command.fit = lambda given: forked("fit", given)
    return finetune_here("fit", *arguments)


@pytest.fixture(scope="module")
def compared(tiny_model, tmp_path_factory):
    """Two folders with the same comparison, one of which was killed in the second fold of the second way."""
    tiny = {**TINY, "--model.name": tiny_model, "--trainer.max_epochs": EPOCHS}
    options = [
        *OPTIONS,
        *(f"{key}={value}" for key, value in tiny.items()),
        "--trainer.callbacks+=killer.Killer",
    ]
    found = {}
    for name in ("undisturbed", "killed"):
        folder = tmp_path_factory.mktemp(name)
        write_table(folder / "dados.csv")
        (folder / "killer.py").write_text(KILLER, encoding="utf-8")
        if name == "killed":
            (folder / "armed").touch()
        (ended,) = start(1, best, "--effort", "best", *options, folder=folder, torchrun=False).wait(300)
        found[name] = (folder, ended)
    folder, ended = found["killed"]
    first = folder / RUN / "effort/quick/lightning_logs/crossval_0/crossval.json"
    before = first.stat().st_mtime_ns
    (resumed,) = start(1, best, "--run", "latest", "--resume", folder=folder, torchrun=False).wait(300)
    return found, resumed, first.stat().st_mtime_ns == before


def kept(folder):
    content = json.loads((folder / RUN / "effort.json").read_text(encoding="utf-8"))
    for way in content["candidates"]:
        way.pop("seconds")
    return content


def test_killed_and_resumed_it_ends_as_undisturbed(compared):
    found, resumed, untouched = compared
    undisturbed, killed = found["undisturbed"], found["killed"]
    assert undisturbed[1].status == 0, undisturbed[1].err[-3000:]
    assert killed[1].status == -9
    assert resumed.status == 0, resumed.err[-3000:]
    assert untouched  # the first way is not measured again
    assert kept(killed[0]) == kept(undisturbed[0])
    scores = [
        json.loads((folder / RUN / "metrics.json").read_text(encoding="utf-8"))["test"]
        for folder, _ in found.values()
    ]
    assert scores[0] == scores[1]
    assert [each.name for each in (killed[0] / "lightning_logs").iterdir()] == ["version_0"]


def test_the_run_says_what_was_compared_and_its_test_was_read_by_itself_alone(compared):
    folder, ended = compared[0]["undisturbed"]
    content = kept(folder)
    names = [way["name"] for way in content["candidates"]]
    assert names[0] in ("words", "quick")
    assert {"quick", "good"} <= set(names)
    assert "longer" in content["left_out"]
    assert content["chosen"] in names
    assert "Not compared, as an option of yours decides it" in " ".join(ended.out.split())
    table = ended.out.split("behind")[1]
    assert max(map(len, ended.out[ended.out.index("┏") :].split("Taken:")[0].split("\n"))) <= 80, table
    page = (folder / RUN / "report.html").read_text(encoding="utf-8")
    assert "Which way was taken (--effort best)" in page
    split = pd.read_csv(folder / RUN / "split.csv")
    test = set(split[split["split"] == "test"]["row"])
    assert test
    answers = [pd.read_csv(file) for file in (folder / RUN / "effort").rglob("crossval_0/predictions.csv")]
    assert len(answers) == 2
    assert all(test.isdisjoint(each["row"]) for each in answers)
    config = yaml.safe_load((folder / RUN / "config.yaml").read_text(encoding="utf-8"))
    assert config["effort"] == ("quick" if content["chosen"] in ("words", "quick") else "good")
    assert not list((folder / RUN / "effort").rglob("*.ckpt"))


def test_a_plan_foretells_its_time(finetune, table, tiny_model, capsys):
    words = ["--data.path", table, "--model.name", tiny_model, "--effort", "best", "--steps", "2"]
    assert finetune("plan", *words) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "--effort best trains 9 times (3 ways, each 3 times on two thirds of the rows): about" in printed
    assert "To train it: finetune fit --data.path" in printed


def test_in_a_file_of_options_it_is_refused(finetune, table, capsys):
    Path("o.yaml").write_text("effort: best\n", encoding="utf-8")
    assert finetune("fit", "--config", "o.yaml", "--data.path", table) == 2
    assert "effort: best stands in a file of options: type it" in " ".join(capsys.readouterr().err.split())
    assert not Path("lightning_logs").exists()
