"""A command line becomes what one function works with; the names that it gives may be of before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from callbacks.saving.checkpoint_io import WholeCheckpointIO
from finetune.cli.trusted import named_in
from finetune.cli.verb import Ready
from finetune.runs.saved import saved_facts

RUN = Path("lightning_logs/version_0")
OLD, NEW = "callbacks.checkpoint_io.WholeCheckpointIO", "callbacks.saving.checkpoint_io.WholeCheckpointIO"
BEFORE = Path(__file__).parent / "config_of_before.yaml"
"""What a run kept before the modules had rooms, in whose options two modules stand that moved."""


def test_a_verb_gets_what_the_options_made_and_its_own_options(finetune, table, monkeypatch):
    got = []

    def verb(ready: Ready, word: str = "boi", times: int = 2) -> int:
        """Look at what comes.

        Nothing is done with it.

        Args:
            ready: What comes.
            word: Any.
            times: How often.
        """
        got.append((ready, word, times))
        return 7

    monkeypatch.setattr("finetune.commands.check.check", verb)
    assert finetune("check", "--data.path", table, "--times", "3", "--seed_everything", "5") == 7
    (ready, word, times), *_ = got
    assert (word, times) == ("boi", 3)
    assert ready.data.paths["train"] == str(table)
    assert ready.options.seed_everything == 5
    assert ready.asked == {}
    assert ready.prepared.typed[:1] == ["check"]


@pytest.fixture
def run_of_before(trained: Path, tiny_model: Path) -> Path:
    """A run whose configuration was written before the modules moved."""
    kept = BEFORE.read_text(encoding="utf-8").replace("TINY_MODEL", str(tiny_model))
    (trained / "config.yaml").write_text(kept, encoding="utf-8")
    checkpoint = torch.load(trained / "checkpoints/last.ckpt", weights_only=True)
    del checkpoint["hyper_parameters"]["head_start"]  # which came later
    WholeCheckpointIO().save_checkpoint(checkpoint, trained / "checkpoints/last.ckpt")
    return trained


def test_a_run_of_before_goes_on_and_keeps_the_names_of_now(finetune, run_of_before, capsys):
    assert OLD in (run_of_before / "config.yaml").read_text()
    # no record was kept of runs, and it names a plug-in
    assert finetune("fit", "--run", "0", "--resume", "--trainer.max_epochs", "13") == 2
    assert "plugins: [{class_path: " + NEW in capsys.readouterr().err
    assert finetune("fit", "--run", "0", "--resume", "--trainer.max_epochs", "13", "--trust") == 0
    told = capsys.readouterr().err
    assert told.count(f"config.yaml: {OLD} is now {NEW}") == 1
    assert "It goes on after step" in told
    kept = (run_of_before / "config.yaml").read_text()
    assert OLD not in kept
    assert NEW in kept
    assert "class_path: callbacks.EarlyStopping" in kept


def test_a_run_of_before_is_measured_and_labels(finetune, run_of_before, table, capsys):
    assert finetune("test", "--run", "0", "--trust") == 0
    assert f"{OLD} is now {NEW}" in capsys.readouterr().err
    assert finetune("predict", "--run", "0", "--data.predict_path", table, "--output", "saida.csv") == 0


def test_what_a_run_keeps_of_the_defaults_is_harmless_in_any_hands(finetune, trained):
    assert named_in((trained / "config.yaml").read_bytes()) == []


@pytest.mark.parametrize("given", ["option", "file"])
def test_elsewhere_a_name_of_before_is_an_error_of_one_line_that_names_the_new_one(
    finetune, table, capsys, given
):
    options = ["--trainer.plugins+=" + OLD]
    if given == "file":
        Path("meu.yaml").write_text(f"trainer:\n  plugins:\n  - class_path: {OLD}\n")
        options = ["--config", "meu.yaml"]
    assert finetune("fit", "--data.path", table, *options) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert told[0].startswith(f"finetune fit: error: --trainer.plugins {OLD}: ")
    assert told[0].endswith(f"{OLD} is now {NEW}.")
    assert len(told) == 2


@pytest.mark.parametrize(
    ("line", "old", "new"),
    [
        ("from finetune.fsdp2 import NAME", "finetune.fsdp2", "finetune.processes.fsdp2"),
        ("from finetune.data import columns", "finetune.data.columns", "finetune.data.reading.columns"),
        ("import finetune.run_logger", "finetune.run_logger", "finetune.runs.logger"),
    ],
)
def test_a_file_of_the_users_own_that_imports_an_old_name_is_told_the_new_one(
    finetune, table, capsys, line, old, new
):
    name = f"minhas_{new.rpartition('.')[2]}"  # files of other tests are still in the search
    Path(f"{name}.py").write_text(f"{line}\nimport lightning.pytorch as pl\nclass C(pl.Callback): ...\n")
    for option in (f"--trainer.callbacks+={name}.C", f"--data.split={name}:dividir"):
        assert finetune("fit", "--data.path", table, option) == 2
        told = capsys.readouterr().err
        assert f"{old} is now {new}." in told
        assert name in told


@pytest.mark.proof
def test_two_processes_through_the_console_script_take_what_is_never_typed(
    finetune, trained, tiny_model, capsys
):
    """Lightning starts the second one from `sys.argv`, to which this project has added what it must check."""
    fingerprint = saved_facts(trained / "checkpoints" / "last.ckpt").table
    command = [
        *("fit", "--data.path", "dados.csv", "--model.name", str(tiny_model), "--trainer.max_steps=4"),
        *("--write_report=false", "--baselines=null", "--folder", "pasta", "--same_split", str(trained)),
    ]
    assert finetune(*command, "--same_table", "another") == 2
    assert "the texts or labels of the table are not those that were trained on" in capsys.readouterr().err
    devices = ["--trainer.devices=2", "--trainer.accelerator=cpu", "--trainer.strategy=ddp"]
    done = subprocess.run(
        [Path(sys.executable).with_name("finetune"), *command, "--same_table", fingerprint, *devices],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert (Path("pasta") / "metrics.json").is_file()
