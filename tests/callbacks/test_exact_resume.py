"""A training that stops anywhere and goes on ends as one that never stopped: weights, optimizer, logged values."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback, LightningModule, Trainer, seed_everything
from lightning.pytorch.callbacks import EarlyStopping as LightningEarlyStopping
from lightning.pytorch.loggers import Logger
from torch.utils.data import DataLoader
from torchmetrics import MeanMetric

from callbacks import BestCheckpoint, EarlyStopping, LastCheckpoint
from callbacks.saving.stop_signals import STOPPED, Stopped

Make = Callable[..., Trainer]


class Loader:
    """6 batches in an order of their own each epoch, whose state is how many were handed out."""

    def __init__(self) -> None:
        self.epoch = 0
        self.handed_out = 0
        self.sampler = self

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return 6

    def __iter__(self) -> Iterator[torch.Tensor]:
        start, self.handed_out = self.handed_out % 6, self.handed_out % 6
        order = torch.randperm(6, generator=torch.Generator().manual_seed(self.epoch)).tolist()
        for number in order[start:]:
            self.handed_out += 1
            yield torch.randn(4, 8, generator=torch.Generator().manual_seed(number))

    def state_dict(self) -> dict[str, int]:
        return {"handed_out": self.handed_out}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.handed_out = state["handed_out"]


class Model(LightningModule):
    """Dropout from torch's random state, noise from NumPy's and Python's, a metric that counts over the epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))
        self.mean = MeanMetric()

    def training_step(self, batch: torch.Tensor, batch_idx: int) -> torch.Tensor:
        import random

        import numpy as np

        loss: torch.Tensor = (self.layers(batch) ** 2).mean() + random.random() + float(np.random.rand())
        self.mean.update(loss.detach())
        self.log("train/loss", loss)
        return loss

    def on_train_epoch_end(self) -> None:
        if self.mean.update_called:
            self.log("train/mean", self.mean.compute())
            self.mean.reset()

    def validation_step(self, batch: torch.Tensor, batch_idx: int) -> None:
        self.log("val/score", (self.layers(batch) ** 2).mean(), batch_size=4)

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.01)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def train_dataloader(self) -> Loader:
        return Loader()

    def val_dataloader(self) -> DataLoader[torch.Tensor]:
        return DataLoader(torch.ones(8, 8), batch_size=4)  # type: ignore[arg-type]


class Memory(Logger):
    """What was logged; a run that goes on is given what was logged until its checkpoint."""

    name = version = "memory"

    def __init__(self) -> None:
        self.pairs: list[tuple[int, str, float]] = []

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        self.pairs += [(step or 0, name, value) for name, value in metrics.items()]

    def log_hyperparams(self, *_: Any, **__: Any) -> None:
        """Keeps none."""


class Notes(Callback):
    """Keeps in each checkpoint what was logged so far, as our run folders do."""

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: Any) -> None:
        checkpoint["pairs"] = list(trainer.logger.pairs)  # type: ignore[union-attr]

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: Any) -> None:
        trainer.logger.pairs = list(checkpoint["pairs"])  # type: ignore[union-attr]


class Ask(Callback):
    """Sends a signal within the n-th batch of a kind."""

    def __init__(self, kind: str, number: int, name: int = signal.SIGTERM) -> None:
        self.kind, self.left, self.signal = kind, number, name

    def _count(self, kind: str, trainer: Trainer) -> None:
        if kind == self.kind and not trainer.sanity_checking:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), self.signal)

    def on_train_batch_start(self, trainer: Trainer, *_: Any) -> None:
        self._count("train", trainer)

    def on_validation_batch_start(self, trainer: Trainer, *_: Any) -> None:
        self._count("validation", trainer)


SETTINGS: dict[str, dict[str, Any]] = {
    "validation each epoch": {"max_epochs": 2},
    "twice an epoch": {"max_epochs": 2, "val_check_interval": 0.5},
    "in accumulation": {"max_epochs": 2, "accumulate_grad_batches": 2},
    "by steps": {"max_steps": 9, "max_epochs": -1},
    "by steps, no validation": {"max_steps": 9, "max_epochs": -1, "limit_val_batches": 0},
    "by steps, at the end of an epoch": {"max_steps": 12, "max_epochs": -1},
    "by steps, at a validation": {"max_steps": 9, "max_epochs": -1, "val_check_interval": 0.5},
    "no validation": {"max_epochs": 2, "limit_val_batches": 0},
    "every second epoch": {"max_epochs": 2, "check_val_every_n_epoch": 2},
    "stopped early": {"max_epochs": 9, "val_check_interval": 0.5},
    "stopped early by a threshold": {"max_epochs": 9, "val_check_interval": 0.5},
    "stopped early, with more epochs to train": {"max_epochs": 9, "min_epochs": 3},
    "Lightning's own callbacks": {"max_epochs": 3},
}


def stopping(name: str) -> list[Callback]:
    """The callbacks that a setting has besides the usual ones."""
    if name == "Lightning's own callbacks":  # they look at a validation's metric at the end of its epoch
        return [LightningEarlyStopping("val/score", mode="max", patience=9)]
    options = (
        {"stopping_threshold": -1.0} if "threshold" in name else {"patience": 1 if "more" in name else 2}
    )
    return [EarlyStopping("val/score", "max", **options)] if name.startswith("stopped") else []


def fit(
    make_trainer: Make, folder: Path, settings: dict[str, Any], *more: Callback, name: str = "", **resume: Any
) -> Any:
    """Trains in a folder; returns the end, and what was logged."""
    seed_everything(7, verbose=False)
    parts: list[Callback] = [Notes(), *more, *stopping(name)]
    if "limit_val_batches" not in settings:
        parts.append(BestCheckpoint("val/score", dirpath=str(folder)))
    last = LastCheckpoint(str(folder))
    logger = Memory()
    trainer = make_trainer(*parts, last, logger=logger, log_every_n_steps=1, **settings)
    stopped = None
    try:
        trainer.fit(Model(), weights_only=True, **resume)
    except Stopped as error:
        stopped = error.code
    return trainer, logger.pairs, stopped


def same(a: Any, b: Any) -> bool:
    """Whether two nested states are equal to the last bit."""
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.proof)])
@pytest.mark.parametrize("name", SETTINGS)
def test_it_may_be_asked_to_stop_in_any_batch(
    make_trainer: Make, tmp_path: Path, name: str, every: int
) -> None:
    """In each of them as a proof; else in every fourth, which are others in each setting."""
    settings = SETTINGS[name]
    _, pairs, stopped = fit(make_trainer, tmp_path / "whole", settings, name=name)
    assert stopped is None
    whole = torch.load(tmp_path / "whole/last.ckpt", weights_only=True)
    trained = whole["global_step"] * settings.get("accumulate_grad_batches", 1)
    if "stopped" in name or "steps" in name:
        assert trained < 6 * settings["max_epochs"] or settings["max_epochs"] == -1
    moments = [("train", number) for number in range(1, trained + 1)]
    moments += [
        ("validation", number) for number in range(1, sum(p[1] == "val/score" for p in pairs) * 2 + 1)
    ]
    assert len(moments) >= 5
    for kind, number in moments[list(SETTINGS).index(name) % every :: every]:
        folder = tmp_path / f"{kind}{number}"
        _, _, stopped = fit(make_trainer, folder, settings, Ask(kind, number), name=name)
        assert stopped == STOPPED
        _, resumed, stopped = fit(make_trainer, folder, settings, name=name, ckpt_path=folder / "last.ckpt")
        assert stopped is None
        last = torch.load(folder / "last.ckpt", weights_only=True)
        for key in ("state_dict", "optimizer_states", "lr_schedulers", "global_step"):
            assert same(last[key], whole[key]), (kind, number, key)
        assert resumed == pairs, (kind, number)
        if (folder / "best.ckpt").exists():
            assert (folder / "best.ckpt").read_bytes() == (tmp_path / "whole/best.ckpt").read_bytes()


def test_more_steps_go_on_in_the_middle_of_the_epoch(make_trainer: Make, tmp_path: Path) -> None:
    _, pairs, _ = fit(make_trainer, tmp_path / "whole", {"max_epochs": -1, "max_steps": 11})
    fit(make_trainer, tmp_path / "cut", {"max_epochs": -1, "max_steps": 8})
    _, resumed, _ = fit(
        make_trainer,
        tmp_path / "cut",
        {"max_epochs": -1, "max_steps": 11},
        ckpt_path=tmp_path / "cut/last.ckpt",
    )
    whole, last = (torch.load(tmp_path / name / "last.ckpt", weights_only=True) for name in ("whole", "cut"))
    assert same(whole["state_dict"], last["state_dict"])
    steps = [pair for pair in pairs if pair[1] == "train/loss"]
    assert [pair for pair in resumed if pair[1] == "train/loss"] == steps


def test_more_epochs_after_the_last(make_trainer: Make, tmp_path: Path) -> None:
    fit(make_trainer, tmp_path / "whole", {"max_epochs": 3})
    fit(make_trainer, tmp_path / "cut", {"max_epochs": 1})
    fit(make_trainer, tmp_path / "cut", {"max_epochs": 3}, ckpt_path=tmp_path / "cut/last.ckpt")
    a, b = (torch.load(tmp_path / name / "last.ckpt", weights_only=True) for name in ("whole", "cut"))
    assert same(a["state_dict"], b["state_dict"])
    assert a["global_step"] == b["global_step"] == 18


def test_more_patience_after_the_stop_goes_on_in_the_epoch(make_trainer: Make, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"max_epochs": 3, "val_check_interval": 0.5}
    fit(make_trainer, tmp_path / "whole", settings)
    fit(make_trainer, tmp_path / "cut", settings, EarlyStopping("val/score", "max", patience=2))
    stopped = torch.load(tmp_path / "cut/last.ckpt", weights_only=True)["global_step"]
    assert stopped % 6 == 3  # in mid-epoch
    more = EarlyStopping("val/score", "max", patience=99)
    fit(make_trainer, tmp_path / "cut", settings, more, ckpt_path=tmp_path / "cut/last.ckpt")
    a, b = (torch.load(tmp_path / name / "last.ckpt", weights_only=True) for name in ("whole", "cut"))
    assert same(a["state_dict"], b["state_dict"])
    assert a["global_step"] == b["global_step"] == 18


def test_sigterm_before_the_first_step_saves_after_it(make_trainer: Make, tmp_path: Path) -> None:
    class Early(Callback):
        def on_validation_batch_start(self, trainer: Trainer, *_: Any) -> None:
            if trainer.sanity_checking:
                os.kill(os.getpid(), signal.SIGTERM)

    _, _, stopped = fit(make_trainer, tmp_path, {"max_epochs": 2}, Early())
    assert stopped == STOPPED
    assert torch.load(tmp_path / "last.ckpt", weights_only=True)["global_step"] == 1


def test_a_signal_is_heeded_though_nobody_listens_to_what_is_said(
    make_trainer: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The terminal was closed: that is what SIGHUP comes for."""

    def dead(*_: Any) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("callbacks.saving.stop_signals.os.write", dead)
    _, _, stopped = fit(make_trainer, tmp_path, {"max_epochs": 2}, Ask("train", 2, signal.SIGHUP))
    assert stopped == STOPPED


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"])
def test_each_signal_saves_and_ends_with_75(
    make_trainer: Make, tmp_path: Path, name: str, capfd: Any, caplog: Any
) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    _, _, stopped = fit(make_trainer, tmp_path, {"max_epochs": 2}, Ask("train", 2, getattr(signal, name)))
    assert stopped == STOPPED == 75
    assert torch.load(tmp_path / "last.ckpt", weights_only=True)["global_step"] == 2
    assert f"{name}: the step is finished and saved first." in capfd.readouterr().err
    assert f"Stopped at step 2, as {name} asked" in caplog.text
    assert {number: signal.getsignal(number) for number in before} == before


def test_it_speaks_the_language_that_it_is_told(
    make_trainer: Make, tmp_path: Path, capfd: Any, caplog: Any
) -> None:
    caplog.set_level("INFO")
    last = LastCheckpoint(str(tmp_path), language="pt")
    with pytest.raises(SystemExit):
        make_trainer(Ask("train", 2, signal.SIGTERM), last, max_epochs=2).fit(Model())
    assert "SIGTERM: o passo ainda é terminado e gravado." in capfd.readouterr().err
    assert f"Parou no passo 2, a pedido de SIGTERM; {tmp_path / 'last.ckpt'} tem tudo" in caplog.text
    assert "last.ckpt foi gravado uma vez, em 0," in caplog.text
    caplog.clear()
    make_trainer(LastCheckpoint(str(tmp_path), language="pt"), max_epochs=1).fit(
        Model(), ckpt_path=tmp_path / "last.ckpt", weights_only=True
    )
    assert "Continua depois do passo 2, na época 1." in caplog.text


def test_the_second_ctrl_c_interrupts_at_once(
    make_trainer: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Twice(Callback):
        def on_train_batch_start(self, trainer: Trainer, *_: Any) -> None:
            if trainer.global_step == 2:
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGINT)  # the same Ctrl-C, sent on by a launcher
                now = time.monotonic()
                monkeypatch.setattr(time, "monotonic", lambda: now + 2)
                os.kill(os.getpid(), signal.SIGINT)
                raise AssertionError("not reached")

    with pytest.raises(SystemExit) as error:
        fit(make_trainer, tmp_path, {"max_epochs": 2}, Twice())
    assert isinstance(error.value.__context__, KeyboardInterrupt)
    assert not (tmp_path / "last.ckpt").exists()


def test_an_ignored_signal_stays_ignored(make_trainer: Make, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        _, _, stopped = fit(make_trainer, tmp_path, {"max_epochs": 1}, Ask("train", 2, signal.SIGHUP))
        assert stopped is None
    finally:
        signal.signal(signal.SIGHUP, before)


def test_it_is_written_every_n_steps_and_after_minutes(
    make_trainer: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    seen: list[int] = []
    previous: list[int] = []

    class Steps(Callback):
        def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
            path, before = tmp_path / "last.ckpt", tmp_path / "previous.ckpt"
            seen.append(torch.load(path, weights_only=True)["global_step"] if path.exists() else 0)
            if trainer.global_step == 6 and before.exists():
                previous.append(torch.load(before, weights_only=True)["global_step"])

    def train(**options: Any) -> list[int]:
        seen.clear()
        (tmp_path / "last.ckpt").unlink(missing_ok=True)
        seed_everything(7, verbose=False)
        make_trainer(Steps(), LastCheckpoint(str(tmp_path), **options), limit_val_batches=0).fit(Model())
        return list(seen)

    assert train() == [0, 0, 0, 0, 0, 0]
    assert train(every_n_steps=2) == [0, 0, 2, 2, 4, 4]
    assert torch.load(tmp_path / "last.ckpt", weights_only=True)["global_step"] == 6
    assert previous == [2]
    assert not (tmp_path / "previous.ckpt").exists()  # of no use once training is done
    assert "last.ckpt was written 3 times" in caplog.text
    assert "% of the training" in caplog.text
    ticks = iter(range(10_000))
    monkeypatch.setattr("callbacks.saving.rhythm.time.monotonic", lambda: float(next(ticks)) * 60)
    assert train(every_minutes=1e-6)[1:] == [1, 2, 3, 4, 5]
    assert train(every_minutes=None) == [0] * 6


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="every_minutes=0"):
        LastCheckpoint(every_minutes=0)
    with pytest.raises(ValueError, match="every_n_steps=0"):
        LastCheckpoint(every_n_steps=0)
    with pytest.raises(ValueError, match="filename='previous'"):
        LastCheckpoint(filename="previous")
