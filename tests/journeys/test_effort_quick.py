"""A fit that ends before its first step, and all that follows a fit and comes after one."""

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
import yaml
from transformers import AutoModelForSequenceClassification

from tests.journeys.conftest import call, write_table
from tests.kinds import KINDS
from tests.made_once import made_once
from tests.processes import finetune as finetune_here
from tests.processes import start

RUN = Path("lightning_logs/version_0")
QUICK = ["--effort", "quick", "--data.on_findings=skip"]


def metrics(run=RUN):
    return json.loads((run / "metrics.json").read_text(encoding="utf-8"))


def told(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def quick(tmp_path_factory, tiny_model):
    """A folder with a quick run, for all tests that only look or go on: copy it first."""

    def make(folder):
        write_table(folder / "dados.csv")
        assert call(folder, tiny_model, "fit", "--data.path=dados.csv", *QUICK, "--write_report=true") == 0

    return made_once(tmp_path_factory, "quick", make)


@pytest.fixture
def run(quick, tmp_path):
    """The folder of that run, in the test's own folder."""
    shutil.copytree(quick, tmp_path, dirs_exist_ok=True)
    return RUN


def test_nothing_of_the_network_is_trained(quick, tiny_model):
    before = AutoModelForSequenceClassification.from_pretrained(tiny_model).base_model.state_dict()
    after = AutoModelForSequenceClassification.from_pretrained(quick / RUN / "model").base_model.state_dict()
    alike = {name for name in before if torch.equal(before[name], after[name])}
    assert before.keys() - alike <= {"pooler.dense.weight", "pooler.dense.bias"}  # the head's own
    said = metrics(quick / RUN)
    assert said["untrained"]["rows"] == 144
    assert "training" not in said
    assert said["best_step"] == 0
    assert {"optimizer_states", "lr_schedulers"}.isdisjoint(
        torch.load(quick / RUN / "checkpoints/best.ckpt", weights_only=True)
    )


def test_all_that_follows_a_fit_is_there_and_the_run_itself_is_no_baseline(quick):
    said, run = metrics(quick / RUN), quick / RUN
    assert said["test"]["f1_macro"] > 0.6
    assert said["alone"]["network"]["test"]["f1_macro"] > 0.4
    assert 0 < said["mix"]["weight"] <= 1
    assert said["calibration"]
    assert said["baselines"].keys() == {"majority", "tfidf"}
    assert "unfinished" not in said
    config = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    assert config["effort"] == "quick"
    files = {file.name for file in run.rglob("*")}
    assert {"best.ckpt", "answer.json", "predictions.csv", "split.csv", "report.html", "README.md"} <= files
    assert not {"last.ckpt", "resources.csv"} & files
    assert any(name.startswith("events.out") for name in files)


def test_the_page_says_that_nothing_was_trained(run, finetune):
    page = told(re.sub("<[^>]+>", " ", (run / "report.html").read_text(encoding="utf-8")))
    assert "Nothing of the network was trained (--effort quick)" in page
    assert "computed at once from 144 training rows" in page
    assert "Nothing was planned, and nothing recorded" in page
    assert "No curves" not in page
    card = told((run / "model" / "README.md").read_text(encoding="utf-8"))
    assert "whose last step was made with `finetune`" in card
    assert "fine-tuned from" not in card


def test_it_is_asked_like_any_other_run(run, finetune, capsys):
    assert finetune("test", "--run", "latest") == 0
    assert f"macro-F1 {metrics()['test']['f1_macro']:.4f}" in capsys.readouterr().out
    given = ["--data.predict_path", "dados.csv", "--data.label_column", "rotulo", "--output", "s.csv"]
    assert finetune("predict", "--run", "0", *given) == 0
    assert Path("s.csv").is_file()
    assert finetune("runs") == 0
    assert "version_0" in capsys.readouterr().out


def test_a_finished_one_has_nothing_to_go_on_with(run, finetune, capsys):
    assert finetune("fit", "--run", "0", "--resume") == 0
    assert "it has finished: with --effort quick no step is taken" in told(capsys.readouterr().err)
    assert finetune("fit", "--run", "0", "--resume", "--trainer.max_epochs", "20") == 2
    error = told(capsys.readouterr().err)
    assert "took no step (--effort quick) from which it could go on" in error
    assert "finetune fit --model.name lightning_logs/version_0 --data.path TABLE" in error
    assert finetune("fit", "--run", "0", "--resume", "--effort", "good") == 2
    assert "effort was 'quick' and is now 'good'" in told(capsys.readouterr().err)


def test_one_that_was_killed_begins_again(run, finetune, capsys):
    was = metrics()
    (run / "metrics.json").write_text(json.dumps(was | {"unfinished": True}), encoding="utf-8")
    assert finetune("fit", "--run", "0", "--resume") == 0
    assert metrics()["test"]["f1_macro"] == was["test"]["f1_macro"]
    assert "unfinished" not in metrics()
    assert [each.name for each in Path("lightning_logs").iterdir()] == ["version_0"]


def test_a_training_begins_from_it_as_from_any_run(run, finetune):
    short = ["--trainer.max_epochs=1", "--baselines=null", "--mix=none", "--data.on_findings=skip"]
    assert finetune("fit", "--data.path=dados.csv", f"--model.name={run}", *short) == 0
    assert metrics(Path("lightning_logs/version_1"))["training"]["epochs"]


@pytest.mark.parametrize("kind", ["multi_label", "ordinal", "number"])
def test_every_kind_of_label_can_be_quick(finetune, tmp_path, kind):
    made = KINDS[kind](90)
    made.write(tmp_path / "t.csv")
    assert finetune("fit", "--data.path=t.csv", *made.options, *QUICK) == 0
    said = metrics()
    assert said["untrained"]["rows"] > 60
    assert said["baselines"].keys() == {"majority", "tfidf"}
    assert said["test"][said["ranked_by"]] is not None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model.head_start=none"], "--model.head_start none does not go with that"),
        (["--model.lora=true", "--model.freeze_embeddings=true"], "--model.lora does not go with that"),
    ],
)
def test_what_makes_no_sense_with_it_is_refused_and_leaves_nothing(finetune, table, capsys, options, message):
    assert finetune("fit", "--data.path", table, *QUICK, *options) == 2
    assert message in told(capsys.readouterr().err)
    assert not Path("lightning_logs").exists()


def test_a_model_that_was_trained_for_these_labels_has_nothing_to_begin(run, finetune, capsys):
    assert finetune("fit", "--data.path=dados.csv", f"--model.name={run / 'model'}", *QUICK) == 2
    assert "has been trained for these labels already" in told(capsys.readouterr().err)
    assert [each.name for each in Path("lightning_logs").iterdir()] == ["version_0"]


def test_options_of_steps_are_said_to_have_no_say(finetune, table, capsys):
    options = ["--trainer.max_epochs=3", "--baselines=null", "--mix=none"]
    assert finetune("fit", "--data.path", table, *QUICK, *options) == 0
    printed = told(capsys.readouterr().err)
    assert "takes no step, so that nothing comes of --trainer.max_epochs" in printed
    assert "optimizer step" not in printed


def test_a_plan_says_that_it_is_one_pass(finetune, table, tiny_model, capsys):
    options = ["--data.path", table, "--model.name", tiny_model, *QUICK]
    assert finetune("plan", *options) == 0
    printed = told(capsys.readouterr().out)
    assert "takes no step: each row passes through the model once" in printed
    assert re.search("That would take about .* for 180 rows", printed)
    assert "finetune fit --data.path" in printed
    assert finetune("plan", *options, "--gpu", "RTX 4060 8GB") == 0
    assert "How long is not known here." in capsys.readouterr().out
    assert not Path("lightning_logs").exists()


@pytest.mark.parametrize("strategy", ["ddp", "fsdp2"])
def test_several_processes_give_the_same_answers(quick, tmp_path, tiny_model, strategy):
    write_table(tmp_path / "dados.csv")
    options = ["--data.path=dados.csv", f"--model.name={tiny_model}", *QUICK, "--baselines=null"]
    options += ["--write_report=false", "--trainer.accelerator=cpu", "--trainer.devices=2"]
    asked = ["fit", *options, f"--trainer.strategy={strategy}"]
    for ended in start(2, finetune_here, *asked, folder=tmp_path).wait():
        assert ended.status == 0, ended.err[-3000:]
    one, two = metrics(quick / RUN), metrics(tmp_path / RUN)
    assert two["test"]["f1_macro"] == pytest.approx(one["test"]["f1_macro"])
    assert two["test"]["log_loss"] == pytest.approx(one["test"]["log_loss"], rel=1e-2)
    assert (tmp_path / RUN / "checkpoints/best.ckpt").is_file()
