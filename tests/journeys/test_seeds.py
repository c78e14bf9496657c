"""Networks of several seeds are trained and averaged, with tiny networks: undisturbed, and killed twice and resumed."""

import contextvars
import json
import os
import re
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.journeys.conftest import TINY, write_table
from tests.processes import finetune as finetune_here
from tests.processes import start

RUN = Path("lightning_logs/version_0")
OPTIONS = ["--data.path=dados.csv", "--data.on_findings=skip", "--write_report=false"]
OPTIONS += ["--early_stopping=null", "--hardware_tier=null", "--resource_monitor=null"]
NEAR = {"--model.learning_rate": "0.0003", "--trainer.max_epochs": 2}
"""Networks stay close to what they began as: far from it the mean of such small ones, trained from nothing, is none."""

KILLER = """
import os, signal
import lightning.pytorch as pl
from pathlib import Path

class Killer(pl.Callback):
    def kill_at(self, place):
        armed = Path("armed")
        if armed.exists() and armed.read_text() == place:
            armed.unlink()
            os.killpg(os.getpgrp(), signal.SIGKILL)

    def on_train_epoch_start(self, trainer, module):
        if trainer.current_epoch == 1:
            self.kill_at(Path(trainer.log_dir).name)

    def on_test_start(self, trainer, module):
        self.kill_at("the run itself")
"""


def forked(command, arguments):
    """Does what `fit_apart` does, without the seconds that a process of its own needs to import."""
    process = os.fork()
    if process == 0:
        os._exit(contextvars.Context().run(finetune_here, command, *arguments))
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def averaged(*arguments):
    """Runs `finetune fit ...` in a group of processes of its own."""
    from finetune.commands.fit import seeds

    os.setsid()
    seeds.fit = lambda given: forked("fit", given)
    return finetune_here("fit", *arguments)


def weights_of(checkpoint):
    return torch.load(checkpoint, weights_only=True)["state_dict"]


@pytest.fixture(scope="module")
def trained(tiny_model, tmp_path_factory):
    """Two folders with the same networks; in the second all was killed twice, and gone on with.

    Of that one: how each process ended, which files were there before the last, and the mean of the weights.
    """
    tiny = {**TINY, "--model.name": tiny_model, **NEAR}
    options = [*OPTIONS, *(f"{key}={value}" for key, value in tiny.items())]
    options += ["--trainer.callbacks+=killer.Killer"]
    folders, ends = {}, {}

    def run(name, *words):
        (ended,) = start(1, averaged, *words, folder=folders[name], torchrun=False).wait(200)
        ends.setdefault(name, []).append(ended)

    for name in ("undisturbed", "killed"):
        folders[name] = folder = tmp_path_factory.mktemp(name)
        write_table(folder / "dados.csv")
        (folder / "killer.py").write_text(KILLER, encoding="utf-8")
        if name == "killed":
            (folder / "armed").write_text("43")
        run(name, "--seeds", "2", *options)
    run_folder = folders["killed"] / RUN
    first = run_folder / "seeds/42/metrics.json"
    before = first.stat().st_mtime_ns
    (folders["killed"] / "armed").write_text("the run itself")
    run("killed", "--run", "latest", "--resume")
    states = [weights_of(run_folder / f"seeds/{seed}/checkpoints/best.ckpt") for seed in (42, 43)]
    mean = {name: torch.stack([each[name] for each in states]).mean(dim=0) for name in states[0]}
    run("killed", "--run", "0", "--resume")
    return folders, ends, mean, first.stat().st_mtime_ns == before


@pytest.fixture
def run(trained, tmp_path):
    """The folder of the undisturbed run, in the test's own folder."""
    shutil.copytree(trained[0]["undisturbed"], tmp_path, dirs_exist_ok=True)
    return RUN


def told(text):
    return " ".join(text.split())


def test_killed_and_resumed_it_ends_as_undisturbed(trained):
    folders, ends, _, untouched = trained
    assert [ended.status for ended in ends["undisturbed"]] == [0], ends["undisturbed"][0].err[-3000:]
    assert [ended.status for ended in ends["killed"]] == [-9, -9, 0], ends["killed"][-1].err[-3000:]
    assert untouched  # the first network is not trained again
    one, other = (folder / RUN for folder in (folders["undisturbed"], folders["killed"]))
    for name in ("seeds.json", "model/model.safetensors", "predictions.csv"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert [each.name for each in (folders["killed"] / "lightning_logs").iterdir()] == ["version_0"]


def test_the_weights_are_the_mean_of_those_of_the_networks(trained):
    folders, _, mean, _ = trained
    found = weights_of(folders["killed"] / RUN / "checkpoints/best.ckpt")
    assert found.keys() == mean.keys()
    for name, values in mean.items():
        torch.testing.assert_close(found[name], values, rtol=0, atol=1e-7)
    exported = load_file(folders["killed"] / RUN / "model/model.safetensors")
    name = "bert.encoder.layer.0.attention.self.query.weight"
    torch.testing.assert_close(exported[name], mean[f"network.{name}"], rtol=0, atol=1e-7)


def test_the_run_says_what_was_averaged_and_what_each_reached(trained):
    folders, ends, _, _ = trained
    run, printed = folders["undisturbed"] / RUN, told(ends["undisturbed"][0].out)
    content = json.loads((run / "seeds.json").read_text(encoding="utf-8"))
    assert content["seeds"] == [each["seed"] for each in content["networks"]] == [42, 43]
    assert content["taken"] == "mean"
    assert (
        content["networks"][0]["error"] != content["networks"][1]["error"]
    )  # they saw the rows in another order
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert "untrained" not in metrics
    alone = metrics["alone"]["network"]["validation"]
    assert alone["log_loss"] == pytest.approx(content["mean"]["error"])
    assert alone["f1_macro"] == pytest.approx(content["mean"]["score"])
    assert metrics["baselines"].keys() == {"majority", "tfidf", "frozen"}
    assert "first 2 networks are trained" in told(ends["undisturbed"][0].err)
    assert "network 2 of 2 (seed 43)" in printed
    assert "; the networks to come will take about" in printed
    assert "the mean of their weights" in printed
    assert printed.count("label a table:") == 1  # the networks are no runs of their own
    assert "--run lightning_logs/version_0/seeds" not in printed


def test_what_is_large_of_the_networks_is_gone_and_what_is_known_of_them_stays(trained):
    for folder in trained[0].values():
        below = folder / RUN / "seeds"
        assert sorted(each.name for each in below.iterdir()) == ["42", "43"]
        assert not list(below.rglob("*.ckpt"))
        assert not list(below.rglob("*.safetensors"))
        assert "test" not in json.loads((below / "42/metrics.json").read_text(encoding="utf-8"))
        assert (below / "43/config.yaml").is_file()


def test_it_is_asked_like_any_other_run(run, finetune, capsys):
    score = json.loads((run / "metrics.json").read_text(encoding="utf-8"))["test"]["f1_macro"]
    assert finetune("test", "--run", "latest") == 0
    assert f"macro-F1 {score:.4f}" in capsys.readouterr().out
    assert finetune("predict", "--run", "0", "--data.predict_path", "dados.csv", "--output", "s.csv") == 0
    assert Path("s.csv").is_file()
    capsys.readouterr()
    assert finetune("runs") == 0
    assert capsys.readouterr().out.count("dados.csv") == 1
    assert finetune("runs", "tidy", "0", "--yes") == 0


def test_its_page_and_its_card_tell_it(run, finetune):
    assert finetune("report", "--run", "0") == 0
    page = told(re.sub("<[^>]+>", " ", (run / "report.html").read_text(encoding="utf-8")))
    assert "are the mean of those of 2 networks (seeds 42 and 43)" in page
    assert "seed 43" in page
    assert "No step was taken here (--seeds)" in page
    assert "config.yaml --seeds 2" in page
    assert "--effort quick" not in page
    card = told((run / "model" / "README.md").read_text(encoding="utf-8"))
    assert "are the mean of those of 2 networks (seeds 42 and 43)" in card
    assert "It was fine-tuned from" in card


def test_a_finished_one_has_nothing_to_go_on_with(run, finetune, capsys):
    left = run / "seeds/42/checkpoints"
    left.mkdir()
    assert finetune("fit", "--run", "0", "--resume") == 0
    assert "put together from those of several seeds (--seeds)" in told(capsys.readouterr().err)
    assert not left.exists()  # what was killed as it removed them left some
    assert finetune("fit", "--run", "0", "--resume", "--trainer.max_epochs", "20") == 2
    error = told(capsys.readouterr().err)
    assert "took no step (--seeds) from which it could go on" in error
    assert finetune("fit", "--run", "0", "--resume", "--seeds", "3") == 2
    assert "was begun with --seeds 2, and cannot go on with 3" in told(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--effort=quick"], "--effort quick: it says what is trained"),
        (["--effort=best"], "--effort best: it says what is trained"),
        (["--seed_everything=false"], "--seed_everything false: the networks are numbered"),
        (["--data.order_seed=3"], "--data.order_seed: each sees the rows in another order"),
        (["--data.folds=3", "--data.fold=1"], "--data.fold: a fold is measured by finetune crossval"),
        (["--trainer.fast_dev_run=true"], "--trainer.fast_dev_run: it tries a step"),
        (["--model.lora=true", "--model.freeze_embeddings=true"], "--model.lora: the mean of products"),
        (["--hardware_tier.lora=auto"], "--hardware_tier.lora auto: the mean of products"),
        (["--model.head_start=none"], "--model.head_start none: the mean of networks that begin apart"),
        (["--best_checkpoint=null"], "--best_checkpoint null: the best weights of each"),
        (["--best_checkpoint.filename=b"], "--best_checkpoint.dirpath: each keeps its weights"),
        (["--mix=3"], "mix"),
    ],
)
def test_what_makes_no_sense_with_it_is_refused_and_leaves_nothing(finetune, table, capsys, options, message):
    assert finetune("fit", "--data.path", table, "--seeds", "2", *options) == 2
    assert message in told(capsys.readouterr().err)
    assert not Path("lightning_logs").exists()


def test_a_table_that_cannot_be_used_is_refused_as_fit_does(finetune, capsys):
    Path("t.csv").write_text("texto;rotulo\nboi;a\n", encoding="utf-8")
    assert finetune("fit", "--data.path", "t.csv") == 2
    alone = told(capsys.readouterr().err).split("error:")[1]
    assert finetune("fit", "--data.path", "t.csv", "--seeds", "2") == 2
    error = told(capsys.readouterr().err)
    assert error.split("error:")[1] == alone
    assert "first 2 networks" not in error
    assert not list(Path("lightning_logs").glob("*"))


def test_a_plan_foretells_its_time(finetune, table, tiny_model, capsys):
    words = ["--data.path", table, "--model.name", tiny_model, "--seeds", "3", "--steps", "2"]
    assert finetune("plan", *words) == 0
    printed = told(capsys.readouterr().out)
    assert re.search("--seeds 3 trains 3 networks, one after another: about .* in all", printed)
    assert "finetune fit --data.path" in printed
    assert "--seeds 3" in printed.split("finetune fit")[1]
    assert finetune("plan", *words, "--gpu", "RTX 4060 8GB") == 0
    assert "How long that takes is not known here." in told(capsys.readouterr().out)


def test_in_a_file_of_options_it_is_refused(finetune, table, capsys):
    Path("o.yaml").write_text("seeds: 3\n", encoding="utf-8")
    assert finetune("fit", "--config", "o.yaml", "--data.path", table) == 2
    assert "seeds stands in a file of options: type it" in told(capsys.readouterr().err)
    assert not list(Path("lightning_logs").glob("*"))
