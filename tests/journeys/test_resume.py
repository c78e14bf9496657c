"""A run that was stopped, and the command that goes on with it: what it refuses, what it says, what it leaves alone."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
import yaml

from finetune.cli import resume
from finetune.cli.command_line import prepare
from finetune.runs.lock import RunLock
from tests.journeys.conftest import TINY

RUN = Path("lightning_logs/version_0")
RESUME = ["--run", "latest", "--resume"]
HOW = f"To go on:\n  finetune fit --run {RUN} --resume"

PLUGIN = """
import sys
from pathlib import Path
import lightning.pytorch as pl
from finetune.runs.lock import holder

class Killer(pl.Callback):
    def __init__(self, how: str = "error", epoch: int = 1):
        self.how, self.epoch = how, epoch

    def on_train_epoch_start(self, trainer, module):
        if trainer.current_epoch == self.epoch and not Path("disarmed").exists():
            Path("holder").write_text(str(holder(Path(trainer.log_dir))))
            if self.how == "stopped":
                sys.exit(75)
            raise {"error": RuntimeError, "ctrl-c": KeyboardInterrupt}[self.how]("power cut")

class Early(pl.Callback):
    def __init__(self, hook: str):
        def interrupt(*arguments, **more):
            raise KeyboardInterrupt
        setattr(self, hook, interrupt)

class Measuring(pl.Callback):
    def setup(self, trainer, module, stage):
        if stage in ("validate", "test"):
            raise KeyboardInterrupt

def baseline(texts, labels, num_classes, seed):
    if not Path("disarmed").exists():
        raise RuntimeError("power cut")
    from finetune.evaluation.baselines import BASELINES
    return BASELINES["majority"](texts, labels, num_classes, seed)
"""


@pytest.fixture
def fit(finetune, tmp_path, tiny_model):
    """A `fit` of few epochs with all options typed, as a scheduler's loop does; with a plug-in that can end it."""
    (tmp_path / "para.py").write_text(PLUGIN, encoding="utf-8")
    tiny = TINY | {"--model.name": tiny_model, "--write_report": "false", "--trainer.max_epochs": "2"}
    tiny |= {"--baselines": "null", "--mix": "none", "--data.on_findings": "skip"}

    def fit(*more):
        options = [f"{key}={value}" for key, value in tiny.items()]
        return finetune("fit", "--data.path", "dados.csv", *options, *more)

    return fit


def killer(how="error", epoch=1):
    return [
        "--trainer.callbacks+=para.Killer",
        f"--trainer.callbacks.how={how}",
        f"--trainer.callbacks.epoch={epoch}",
    ]


def state(run):
    """When each file of a run was written; TensorBoard opens a new one before the table is read."""
    files = (file for file in run.rglob("*") if file.is_file() and not file.name.startswith("events."))
    return {file: file.stat().st_mtime_ns for file in files}


def last_line(capsys):
    return capsys.readouterr().err.rstrip().splitlines()[-1]


# ---- the same command again and again -------------------------------------------------------------------------


def test_a_run_goes_on_from_its_last_checkpoint_in_the_same_folder(finetune, table, tmp_path):
    """Stopped after two of four epochs and resumed, it ends with the weights of the uninterrupted run."""
    plugin = tmp_path / "corte.py"
    plugin.write_text(
        "import lightning.pytorch as pl\n"
        "class Killer(pl.Callback):\n"
        "    def on_train_epoch_start(self, trainer, module):\n"
        "        if trainer.current_epoch == 2:\n"
        "            raise RuntimeError('power cut')\n",
        encoding="utf-8",
    )
    options = ["--data.path", table, "--early_stopping", "null", "--trainer.max_epochs", 4]
    options += ["--baselines", "null", "--mix", "none"]
    assert finetune("fit", *options) == 0
    whole = torch.load(RUN / "checkpoints/last.ckpt", weights_only=True)
    with pytest.raises(RuntimeError, match="power cut"):
        finetune("fit", *options, "--trainer.callbacks+=corte.Killer")
    cut = Path("lightning_logs/version_1")
    config = yaml.safe_load((cut / "config.yaml").read_text(encoding="utf-8"))
    config["trainer"]["callbacks"] = None
    (cut / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    assert not (cut / "metrics.json").exists()
    assert finetune("fit", "--run", "latest", "--resume") == 0
    resumed = torch.load(cut / "checkpoints/last.ckpt", weights_only=True)
    assert resumed["global_step"] == whole["global_step"]
    assert resumed["epoch"] == whole["epoch"]
    assert (cut / "metrics.json").exists()
    assert len(list(Path("lightning_logs").iterdir())) == 2


def test_a_loop_begins_a_run_goes_on_with_it_and_ends_once_it_has_finished(fit, table, capsys):
    command = [*killer(), *RESUME]
    with pytest.raises(RuntimeError, match="power cut") as error:
        fit(*command)
    assert "no run to go on with yet: a new one begins" in capsys.readouterr().err
    assert error.value.__notes__ == [HOW]
    assert not (RUN / "metrics.json").exists()
    Path("disarmed").touch()
    assert fit(*command) == 0
    said = "".join(capsys.readouterr())
    assert "Epoch 2/2" in said
    assert "Epoch 1/2" not in said
    assert "changed since" not in said  # not even the callback that is appended each time
    before, files = state(RUN), sorted(RUN.rglob("*"))
    assert fit(*command, "--language", "pt") == 0
    assert (
        last_line(capsys)
        == "já terminou; não há mais o que treinar. Para mais épocas: --trainer.max_epochs N"
    )
    assert state(RUN) == before
    assert sorted(RUN.rglob("*")) == files
    assert [run.name for run in Path("lightning_logs").iterdir()] == ["version_0"]


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_again_in_its_folder(
    finetune, fit, table, capsys
):
    with pytest.raises(RuntimeError) as error:
        fit(*killer(epoch=0))
    assert error.value.__notes__ == [HOW]
    assert not (RUN / "checkpoints/last.ckpt").exists()
    assert fit(*RESUME, "--model.loss", "focal") == 2
    assert "model.loss was not given and is now 'focal'" in capsys.readouterr().err
    shutil.copy(table, "outra.csv")
    # no checkpoint says what the content was
    assert finetune("fit", *RESUME, "--data.path", "outra.csv") == 2
    assert "data.path was 'dados.csv' and is now 'outra.csv'" in capsys.readouterr().err
    assert finetune("test", "--run", "latest") == 2
    assert "Train one first" in capsys.readouterr().err
    Path("disarmed").touch()
    first = set(RUN.glob("events.out.*"))
    assert finetune("fit", "--run", "0", "--resume") == 0
    said = "".join(capsys.readouterr())
    assert "it begins again with its first step" in said
    assert "Epoch 1/2" in said
    assert first
    assert not first & set(RUN.glob("events.out.*"))
    assert torch.load(RUN / "checkpoints/last.ckpt", weights_only=True)["epoch"] == 1


def test_without_a_run_and_without_a_table_both_are_named(finetune, capsys):
    assert finetune("fit", *RESUME) == 2
    assert "neither a run in lightning_logs to go on with nor a table" in capsys.readouterr().err


def test_what_was_killed_while_it_was_measured_is_measured_again(fit, table):
    command = ["--trainer.max_epochs", 1, "--baselines", "[para:baseline]", *RESUME]
    with pytest.raises(RuntimeError, match="power cut") as error:
        fit(*command)
    assert error.value.__notes__ == [HOW]
    assert json.loads((RUN / "metrics.json").read_text(encoding="utf-8"))["unfinished"]
    Path("disarmed").touch()
    assert fit(*command) == 0
    metrics = json.loads((RUN / "metrics.json").read_text(encoding="utf-8"))
    assert "unfinished" not in metrics
    assert "para:baseline" in metrics["baselines"]
    assert metrics["versions"]["torch"] == torch.__version__


# ---- what may change and what may not -------------------------------------------------------------------------


def test_all_that_changed_of_data_and_model_is_refused_at_once_with_both_values(trained, finetune, capsys):
    before = state(trained)
    changed = ["--model.layer_decay", 0.5, "--data.split_seed", 7, "--seed_everything", 1]
    assert finetune("fit", *RESUME, *changed, "--trainer.max_epochs", 13) == 2
    said = capsys.readouterr().err
    assert (
        "data.split_seed was 42 and is now 7; model.layer_decay was 1.0 and is now 0.5; seed_everything was 42 and is "
        "now 1." in said
    )
    assert f"If latest ({RUN}) is not the run that you mean, name yours, as in --run 3" in said
    assert "To go on" not in said
    assert state(trained) == before
    assert finetune("fit", "--run", "0", "--resume", *changed) == 2
    assert "If latest" not in capsys.readouterr().err


def test_a_checkpoint_alone_keeps_to_its_model_too(trained, finetune, tiny_model, capsys):
    last = trained / "checkpoints/last.ckpt"
    options = ["--data.path", "dados.csv", "--model.loss", "focal"]
    assert finetune("fit", *options, "--ckpt_path", last) == 2
    assert "model.loss was not given and is now 'focal'" in capsys.readouterr().err


def test_a_run_goes_on_with_a_table_of_another_name_more_epochs_and_other_versions(
    trained, finetune, capsys, monkeypatch
):
    Path("longe").mkdir()
    Path("dados.csv").rename("longe/meus.csv")
    monkeypatch.setattr(resume, "versions", lambda: {"torch": "99.0"})
    more = ["--data.path", "longe/meus.csv", "--trainer.max_epochs", 13, "--early_stopping.patience", 9]
    assert finetune("fit", *RESUME, *more) == 0
    said = capsys.readouterr().err
    for line in (
        "changed since the run began: data.path was 'dados.csv' and is now 'longe/meus.csv'",
        "changed since the run began: early_stopping.patience was 3 and is now 9",
        "changed since the run began: trainer.max_epochs was 12 and is now 13",
        f"torch was {torch.__version__} and is now 99.0: the run goes on, but its numbers may differ",
    ):
        assert line in said
    config = yaml.safe_load((trained / "config.yaml").read_text(encoding="utf-8"))
    assert (config["data"]["path"], config["trainer"]["max_epochs"]) == ("longe/meus.csv", 13)


def test_a_damaged_last_checkpoint_gives_way_to_the_one_before_and_that_is_said(trained, finetune, capsys):
    last = trained / "checkpoints/last.ckpt"
    shutil.copy(last, last.with_name("previous.ckpt"))
    last.write_bytes(last.read_bytes()[:-100])
    assert finetune("fit", *RESUME, "--trainer.max_epochs", 13, "--early_stopping", "null") == 0
    said = capsys.readouterr().err
    assert f"{last}: its SHA-256 is not the one in SHA256SUMS" in said
    assert "It goes on from the checkpoint before it" in said
    assert torch.load(last, weights_only=True)["epoch"] == 12


@pytest.mark.parametrize("name", ["dados.csv", "outra.csv"])
def test_a_table_whose_texts_or_labels_changed_is_refused_whatever_its_name(trained, finetune, capsys, name):
    content = Path("dados.csv").read_text(encoding="cp1252")
    Path(name).write_text(
        content.replace("boi", "vaca"), encoding="cp1252"
    )  # as many rows, all in their places
    (trained / "metrics.json").unlink()  # as if it had been stopped
    before = state(trained)
    assert finetune("fit", *RESUME, "--data.path", name, "--trainer.max_epochs", 13) == 2
    said = capsys.readouterr().err
    assert "the texts or labels of the table are not those that were trained on before" in said
    assert "To go on" not in said
    assert state(trained) == before


def test_a_renamed_table_that_was_divided_otherwise_is_not_measured(trained, finetune, capsys):
    content = Path("dados.csv").read_bytes()
    Path("outra.csv").write_bytes(content)
    assert finetune("test", "--run", "latest", "--data.path", "outra.csv") == 0
    Path("outra.csv").write_bytes(content + b"999;boi novo no pasto;Clima\n")
    assert finetune("validate", "--run", "latest", "--data.path", "outra.csv") == 2
    assert "the table or its division has changed" in capsys.readouterr().err


def test_a_resume_that_is_refused_changes_nothing(trained, finetune, capsys):
    before = state(trained)
    assert finetune("fit", "--run", "latest", "--resume", "--trainer.max_epochs", 2) == 2
    assert "--trainer.max_epochs 2 is fewer" in capsys.readouterr().err
    assert state(trained) == before


def test_fit_with_a_run_but_without_resume_overwrites_nothing(trained, finetune, capsys):
    assert finetune("fit", "--run", "latest") == 2
    assert "never overwritten" in capsys.readouterr().err


# ---- how it ends ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("how", "status"), [("stopped", 75), ("ctrl-c", 130)])
def test_the_status_tells_a_stop_from_an_interruption_and_the_last_line_how_to_go_on(
    fit, table, capsys, how, status
):
    assert fit(*killer(how)) == status
    assert capsys.readouterr().err.rstrip().endswith(HOW)


@pytest.fixture
def older(finetune, table):
    """A run that finished before, as far as its folder is looked at."""
    (RUN / "checkpoints").mkdir(parents=True)
    for name in ("config.yaml", "checkpoints/last.ckpt", "checkpoints/best.ckpt", "metrics.json"):
        (RUN / name).write_text("{}")
        os.utime(RUN / name, (1, 1))
    return RUN


@pytest.mark.parametrize("hook", ["setup", "on_fit_start", "on_train_start"])
def test_a_run_that_ctrl_c_ended_before_its_first_step_is_begun_again_and_no_older_one_taken(
    older, fit, capsys, hook
):
    assert fit("--trainer.callbacks+=para.Early", f"--trainer.callbacks.hook={hook}") == 130
    begun = Path("lightning_logs/version_1")
    assert capsys.readouterr().err.rstrip().endswith(f"finetune fit --run {begun} --resume")
    prepared = prepare(["fit", *RESUME], Path("lightning_logs"))
    assert (prepared.run, prepared.resume) == (begun, True)
    assert prepared.argv == ["fit", f"--config={begun / 'config.yaml'}"]
    assert yaml.safe_load((begun / "config.yaml").read_text(encoding="utf-8"))["data"]["path"] == "dados.csv"


def test_a_folder_in_which_nothing_began_is_taken_away(older, fit, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("finetune.cli.trusted.write_text", interrupted)
    assert fit() == 130
    assert list(Path("lightning_logs").iterdir()) == [older]


def test_ctrl_c_while_measuring_is_an_interruption_too(trained, finetune, fit, capsys):
    measuring = "--trainer.callbacks+=para.Measuring"
    assert finetune("test", "--run", "latest", measuring) == 130
    assert last_line(capsys) == "finetune: interrupted"
    assert finetune("fit", *RESUME, "--trainer.max_epochs", 13, measuring) == 130
    assert capsys.readouterr().err.rstrip().endswith(HOW)


def test_what_was_wrong_before_anything_was_trained_is_no_run_to_go_on_with(fit, finetune, table, capsys):
    assert finetune("fit", "--data.path", "nada.csv") == 2
    assert "To go on" not in capsys.readouterr().err


# ---- one process at a time ------------------------------------------------------------------------------------


def test_a_run_is_trained_by_one_process_at_a_time(trained, finetune, capsys):
    lock, before = RunLock(), state(trained)
    lock.hold(trained)
    assert finetune("fit", *RESUME, "--trainer.max_epochs", 13) == 2
    lock.release()
    assert f"{RUN} is being trained by another process (PID " in capsys.readouterr().err
    assert state(trained) == before


def test_the_folder_is_held_while_it_is_trained_in_and_not_after(fit, table):
    with pytest.raises(RuntimeError):
        fit(*killer(epoch=0))
    assert Path("holder").read_text() == str(os.getpid())
    assert not (RUN / ".lock").exists()
