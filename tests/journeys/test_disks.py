"""Disks that are full, can only be read, or lose what was written: a clear message, and nothing lost."""

import tempfile
from pathlib import Path

import pytest
import torch

from callbacks.saving.checksum import damage

FILLER = """
import lightning.pytorch as pl
from pathlib import Path

class Filler(pl.Callback):
    def __init__(self, disk: str, epoch: int) -> None:
        self.disk, self.epoch = Path(disk), epoch

    def on_train_epoch_start(self, trainer, module):
        if trainer.current_epoch == self.epoch:
            try:
                (self.disk / "ballast").write_bytes(bytes(50_000_000))
            except OSError:
                pass  # it is full now
"""


def test_a_full_disk_in_mid_training_loses_nothing(finetune, table, small_disk, capsys):
    """The curves stop, last.ckpt stays as it was, and the best model that cannot be kept ends the run."""
    disk = small_disk(2000)
    Path("enche.py").write_text(FILLER, encoding="utf-8")
    filler = [
        "--trainer.callbacks+=enche.Filler",
        f"--trainer.callbacks.disk={disk}",
        "--trainer.callbacks.epoch=2",
    ]
    options = ["--data.path", table, "--early_stopping", "null", "--trainer.max_epochs", 4]
    options += [f"--trainer.default_root_dir={disk}"]
    assert finetune("fit", *options, *filler) == 2
    error = capsys.readouterr().err
    run = disk / "lightning_logs/version_0"
    assert (
        f"error: {run}/checkpoints/best.ckpt: no space left on the disk. Free some space on that disk"
        in error
    )
    assert "Traceback" not in error.replace("Exception in thread", "")
    assert error.rstrip().endswith(f"To go on:\n  finetune fit --run {run} --resume")
    assert damage(run / "checkpoints/best.ckpt") is None
    assert damage(run / "checkpoints/last.ckpt") is None
    assert torch.load(run / "checkpoints/last.ckpt", weights_only=True)["global_step"] == 36
    (disk / "ballast").unlink()
    assert finetune("fit", "--run", run, "--resume", "--trainer.callbacks=null") == 0
    assert torch.load(run / "checkpoints/last.ckpt", weights_only=True)["global_step"] == 72


def test_a_full_temporary_folder_is_of_no_matter(finetune, table, small_disk, monkeypatch):
    disk = small_disk(40)
    with pytest.raises(OSError, match="No space"):
        (disk / "ballast").write_bytes(bytes(100_000))
    monkeypatch.setenv("TMPDIR", str(disk))
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    assert finetune("fit", "--data.path", table, "--trainer.max_epochs", 1) == 0
    assert (Path("lightning_logs/version_0/metrics.json")).is_file()


def test_a_run_folder_that_can_only_be_read_is_told_before_the_training(finetune, table, small_disk, capsys):
    disk = small_disk(3000)
    root = f"--trainer.default_root_dir={disk}"
    assert finetune("fit", "--data.path", table, "--trainer.max_epochs", 1, root) == 0
    small_disk.read_only(disk)
    capsys.readouterr()
    assert finetune("fit", "--data.path", table, "--trainer.max_epochs", 1, root) == 2
    error = capsys.readouterr().err
    assert (
        f"error: {disk}/lightning_logs/version_1: the disk can only be read. Write elsewhere (--trainer."
        in error
    )
    run = disk / "lightning_logs/version_0"
    assert finetune("fit", "--run", run, "--resume", "--trainer.max_epochs", 2) == 2
    error = capsys.readouterr().err
    assert f"error: {run}" in error
    assert ": the disk can only be read. " in error
    assert "Traceback" not in error
    assert damage(run / "checkpoints/last.ckpt") is None


def test_a_model_or_a_checkpoint_that_was_damaged_is_not_measured(trained, finetune, capsys):
    best, model = trained / "checkpoints/best.ckpt", trained / "model/model.safetensors"
    for file in (best, model):
        file.write_bytes(file.read_bytes()[:-1000])
    for command in (["test"], ["predict", "--data.predict_path", "dados.csv"]):
        assert finetune(command[0], "--run", "latest", *command[1:]) == 2
        assert f"the model in {model.parent} cannot be opened" in capsys.readouterr().err
        assert finetune(command[0], "--run", "latest", "--ckpt_path", best, *command[1:]) == 2
        assert "best.ckpt is damaged: its SHA-256 is not the one in SHA256SUMS" in capsys.readouterr().err
