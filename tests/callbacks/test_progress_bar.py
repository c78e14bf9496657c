from __future__ import annotations

import io
import logging
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Trainer
from rich.console import Console
from torch.utils.data import DataLoader, IterableDataset

import callbacks.progress.display as display
from callbacks import FitProgressBar, LastCheckpoint
from callbacks.language.which import speaking

Make = Callable[..., Trainer]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "PLAIN_APART_SECONDS", 0.0)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A terminal of 80 columns, kept as text."""
    screen = io.StringIO()
    monkeypatch.setattr(
        display,
        "Console",
        lambda: Console(file=screen, force_terminal=True, width=80, color_system=None, _environ={}),
    )
    return screen


def lines_of(text: str) -> list[str]:
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text), "control characters in plain output"
    assert all(len(line) <= 80 for line in text.splitlines())
    return text.splitlines()


@pytest.mark.usefixtures("quick")
def test_plain_lines(make_trainer: Make, tiny: Any, capsys: pytest.CaptureFixture[str]) -> None:
    make_trainer(FitProgressBar(), max_epochs=10).fit(tiny([0.5, 0.25]))
    lines = lines_of(capsys.readouterr().out)
    at = [line for line in lines if "%" in line]
    assert [re.search(r"(\d+)%", line).group(1) for line in at] == [str(n) for n in range(10, 101, 10)]  # type: ignore[union-attr]
    assert re.fullmatch(r"Epoch 1/10   10%  loss \d+\.\d{4}  [\d.,]+ samples?/s  \d+ s left", at[0])
    ends = [line for line in lines if "val/score" in line]
    assert len(ends) == 10
    assert re.fullmatch(r"Epoch 1/10  step 4  loss \d+\.\d{4}  val/score 0\.5", ends[0])
    assert ends[1].endswith("step 8  loss " + ends[1].split()[5] + "  val/score 0.25")


def test_short_run_is_not_flooded(make_trainer: Make, tiny: Any, capsys: pytest.CaptureFixture[str]) -> None:
    trainer = make_trainer(FitProgressBar(), max_epochs=2)
    trainer.fit(tiny())
    trainer.test(trainer.lightning_module, verbose=False)
    lines = lines_of(capsys.readouterr().out)
    assert [line.split("  ")[0] for line in lines] == ["Epoch 1/2", "Epoch 2/2", "Epoch 2/2", "Testing"]
    assert "100%" in lines[1]
    assert lines[3] == "Testing  100%"


def test_loss_is_that_of_the_module_under_accumulation(
    make_trainer: Make, tiny: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    class Constant(tiny):  # type: ignore[misc]
        def training_step(self, batch: torch.Tensor, batch_idx: int) -> Any:
            return {"loss": self.layer(batch).sum() * 0 + 3.0}

    make_trainer(FitProgressBar(), accumulate_grad_batches=4).fit(Constant())
    assert "loss 3.0000" in capsys.readouterr().out


def test_epochs_without_validation(make_trainer: Make, tiny: Any, capsys: pytest.CaptureFixture[str]) -> None:
    make_trainer(FitProgressBar(), max_epochs=2, check_val_every_n_epoch=2).fit(tiny())
    lines = [line for line in lines_of(capsys.readouterr().out) if "step" in line]
    assert [("val/score" in line) for line in lines] == [False, True]


def test_no_known_length(
    make_trainer: Make, tiny: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stream(IterableDataset[torch.Tensor]):
        def __iter__(self) -> Any:
            return iter(torch.zeros(6, 32))

    class Model(tiny):  # type: ignore[misc]
        def train_dataloader(self) -> Any:
            return DataLoader(Stream(), batch_size=2)

    monkeypatch.setattr(display, "PLAIN_SECONDS", 0.0)
    make_trainer(FitProgressBar()).fit(Model())
    lines = lines_of(capsys.readouterr().out)
    assert lines[0].startswith("Epoch 1/1  batch 1  loss")
    assert "left" not in lines[0]
    assert lines[-1].startswith("Epoch 1/1  step 3")


@pytest.mark.usefixtures("quick")
def test_resumed_fit_goes_on_counting(
    make_trainer: Make, tiny: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    last = LastCheckpoint()
    make_trainer(FitProgressBar(), last, max_epochs=2).fit(tiny())
    capsys.readouterr()
    make_trainer(FitProgressBar(), last, max_epochs=4).fit(
        tiny(), ckpt_path=last.last_model_path, weights_only=True
    )
    lines = lines_of(capsys.readouterr().out)
    assert lines[0].startswith("Epoch 3/4   56%")  # batch 9 of 16
    assert "100%" in lines[-2]


@pytest.mark.usefixtures("quick")
def test_other_stages(make_trainer: Make, tiny: Any, capsys: pytest.CaptureFixture[str]) -> None:
    trainer, model = make_trainer(FitProgressBar()), tiny()
    trainer.validate(model, verbose=False)
    assert lines_of(capsys.readouterr().out) == ["Validating   50%", "Validating  100%"]
    trainer.predict(model)
    assert lines_of(capsys.readouterr().out)[-1] == "Predicting  100%"


def test_terminal(
    make_trainer: Make, tiny: Any, terminal: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    class Slow(tiny):  # type: ignore[misc]
        def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
            time.sleep(0.15)  # Rich draws four times a second

    bar = FitProgressBar(0.001)
    threads = set(threading.enumerate())
    make_trainer(bar, max_epochs=3).fit(Slow())
    for thread in set(threading.enumerate()) - threads:
        thread.join(timeout=2)  # Rich tells its thread to end and does not wait for it
    assert set(threading.enumerate()) <= threads
    assert capsys.readouterr().out == ""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    frames = [line.rstrip() for line in re.split(r"[\r\n]+", text)]
    assert all(len(frame) <= 80 for frame in frames)
    assert any(
        re.match(r"Epoch 1/3 ━+.*\d+% loss [\d.]+  .* samples?/s  \d+ s left$", frame) for frame in frames
    )
    kept = [frame for frame in frames if "val/score" in frame]
    assert kept[0].startswith("Epoch 1/3  step 4  loss")
    assert kept[0].endswith("val/score 0.5")


def test_log_goes_above_the_bar(terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    error = io.StringIO()
    monkeypatch.setattr(sys, "stderr", error)
    handler = logging.StreamHandler()
    logger = logging.getLogger("lightning.pytorch")
    logger.addHandler(handler)
    try:
        shown = display.open_display("Training", 10, refresh_seconds=1, plain=False)
        logger.warning("seen above")
        shown.close()
        shown.close()
        assert "seen above" in terminal.getvalue()
        assert error.getvalue() == ""
        assert handler.stream is error
    finally:
        logger.removeHandler(handler)


@pytest.mark.usefixtures("terminal")
def test_plain_when_told(make_trainer: Make, tiny: Any, capsys: pytest.CaptureFixture[str]) -> None:
    make_trainer(FitProgressBar(plain=True)).fit(tiny())
    assert "val/score" in "".join(lines_of(capsys.readouterr().out))


def test_lines_are_told_in_the_readers_language(
    make_trainer: Make, tiny: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with speaking("pt"):
        trainer = make_trainer(FitProgressBar(), max_epochs=2)
        trainer.fit(tiny())
        trainer.test(trainer.lightning_module, verbose=False)
    lines = lines_of(capsys.readouterr().out)
    assert re.fullmatch(r"Época 1/2  passo 4  perda \d+,\d{4}  val/score 0,5", lines[0])
    assert re.fullmatch(r"Época 2/2  100%  perda \d+,\d{4}  [\d.,]+ linhas/s  faltam 0 s", lines[1])
    assert lines[-1] == "Testando  100%"


@pytest.mark.parametrize("columns", [40, 80])
def test_long_lines_are_folded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = display.open_display("Training", 10, refresh_seconds=1, plain=True)
    shown.line("  ".join(f"val/metric_{number} 0.1234" for number in range(9)))
    lines = lines_of(capsys.readouterr().out)
    assert len(lines) > 2
    assert max(map(len, lines)) <= columns
    assert all(re.search(r"_\d 0\.1234$", line) for line in lines)  # a name and its number stay together
    assert lines[1].startswith("    val/metric")


def test_other_ranks_are_silent(
    make_trainer: Make,
    tiny: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(Trainer, "is_global_zero", False)
    make_trainer(FitProgressBar()).fit(tiny())
    assert capsys.readouterr().out == ""


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="refresh_seconds=0"):
        FitProgressBar(0)
