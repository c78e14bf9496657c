"""The curves of a run that goes on, and of one whose disk refuses them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from lightning.pytorch.strategies import SingleDeviceStrategy

from finetune.cli.keep_run import KeepRun
from finetune.report.events import read_curves
from finetune.runs.logger import RunLogger, event_files


def curve(folder: Path) -> list[tuple[int, float]]:
    return list(read_curves(folder).get("loss", ()))


def lines(folder: Path) -> int:
    """How often the loss was logged, in all files together."""
    return sum(file.read_bytes().count(b"loss") for file in event_files(folder))


def log(logger: RunLogger, steps: range) -> None:
    for step in steps:
        logger.log_metrics({"loss": float(step)}, step)


def test_what_was_logged_after_the_checkpoint_is_cut(tmp_path):
    first = RunLogger(tmp_path, tmp_path / "version_0")
    log(first, range(5))
    sizes = first.sizes()
    log(first, range(5, 9))
    first.finalize("failed")
    killed = RunLogger(tmp_path, tmp_path / "version_0")  # went on, and was killed before it saved
    log(killed, range(5, 7))
    killed.finalize("failed")
    again = RunLogger(tmp_path, tmp_path / "version_0")
    log(again, range(0))
    assert again.experiment is not None
    again.cut_back(sizes)
    log(again, range(5, 10))
    assert again.sizes().keys() != sizes.keys()
    again.finalize("success")
    assert curve(tmp_path / "version_0") == [(step, float(step)) for step in range(10)]
    assert lines(tmp_path / "version_0") == 10
    again.cut_back({})  # nothing is left to cut, and what this process writes is its own
    assert lines(tmp_path / "version_0") == 10


@pytest.mark.parametrize("hook", ["on_train_start", "on_fit_end"])
def test_a_run_is_cut_back_as_its_checkpoint_says_also_when_nothing_is_left_to_train(tmp_path, hook):
    first = RunLogger(tmp_path, tmp_path / "version_0")
    log(first, range(3))
    trainer = SimpleNamespace(
        logger=first,
        is_global_zero=True,
        fast_dev_run=0,
        log_dir=str(tmp_path / "version_0"),
        strategy=SingleDeviceStrategy("cpu"),
    )
    checkpoint: dict = {}
    KeepRun("").on_save_checkpoint(trainer, None, checkpoint)
    log(first, range(3, 6))
    first.finalize("failed")
    again = RunLogger(tmp_path, tmp_path / "version_0")
    assert again.experiment is not None
    saver = KeepRun("trainer: {}")
    saver.on_load_checkpoint(trainer, None, checkpoint)
    trainer.logger = again
    if hook == "on_fit_end":
        saver.on_fit_end(trainer, None)
        assert (tmp_path / "version_0/config.yaml").read_text(encoding="utf-8") == "trainer: {}"
    else:
        saver._cut_back(trainer)
    assert curve(tmp_path / "version_0") == [(0, 0.0), (1, 1.0), (2, 2.0)]


def test_a_checkpoint_that_does_not_say_cuts_nothing(tmp_path):
    first = RunLogger(tmp_path, tmp_path / "version_0")
    log(first, range(3))
    first.finalize("failed")
    again = RunLogger(tmp_path, tmp_path / "version_0")
    assert again.experiment is not None
    saver = KeepRun("")
    trainer = SimpleNamespace(logger=again)
    saver.on_load_checkpoint(trainer, None, {})
    saver._cut_back(trainer)
    assert lines(tmp_path / "version_0") == 3


def test_a_disk_that_refuses_events_stops_the_curves_and_nothing_else(tmp_path, monkeypatch):
    logger = RunLogger(tmp_path)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    log(logger, range(2))
    monkeypatch.setattr(logger.experiment, "add_scalar", full)
    with pytest.warns(
        UserWarning, match=r"No more curves are written to .*version_0: .*no space left.*goes on"
    ):
        log(logger, range(2, 3))
    log(logger, range(3, 9))
    assert logger.sizes().keys() == {file.name for file in event_files(tmp_path / "version_0")}
    logger.finalize("success")


def test_events_that_are_a_link_are_neither_cut_nor_removed(tmp_path):
    (tmp_path / "diary").write_text("mine")
    (tmp_path / "run").mkdir()
    link = tmp_path / "run" / "events.out.tfevents.1"
    link.symlink_to(tmp_path / "diary")
    logger = RunLogger(tmp_path, tmp_path / "run")
    assert logger.experiment is not None
    logger.cut_back({link.name: 1})
    logger.finalize("success")
    assert link.is_symlink()
    assert (tmp_path / "diary").read_text() == "mine"
