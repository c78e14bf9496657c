"""FitProgressBar: where a run stands, in one line on a terminal and in a few plain lines in a log."""

import math
import time
from collections import deque
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ProgressBar
from lightning.pytorch.trainer.states import TrainerFn
from typing_extensions import override

from callbacks.language.numbers import localized
from callbacks.language.say import Message, say
from callbacks.progress.display import Bar, Lines, open_display
from callbacks.progress.pace import (
    Pace,
    batch_rows,
    duration,
    fit_batches,
    samples_per_second,
    validations_left,
)


class FitProgressBar(ProgressBar):
    """Shows epoch, loss, samples a second and the time left for the whole fit, validations included.

    One line that is redrawn on a terminal; where the output is not a terminal (a file, CI), a plain line for
    about every tenth of the run. After each epoch a line stays with the mean loss of its last batches and
    every validation metric that the model logs with `prog_bar=True`. The loss shown is the mean of the last
    20 batches: of `train/loss`, where the model logs it in each step, else of what its `training_step`
    returns in this process. Samples are counted from the first tensor of the batch, times the number of processes; a
    module with a method `batch_rows(batch)` counts its own. Time left means up to the last epoch: early
    stopping may end sooner. Logs no key.

    Args:
        refresh_seconds: Seconds from one redrawing to the next (and from one reading of the loss to the
            next).
        plain: Write plain lines also on a terminal.
    """

    def __init__(self, refresh_seconds: float = 0.5, *, plain: bool = False) -> None:
        super().__init__()
        if not refresh_seconds > 0:
            raise ValueError(
                Message(
                    "FitProgressBar(refresh_seconds={given!r}): give more than 0 seconds.",
                    given=refresh_seconds,
                )
            )
        self.refresh_seconds = refresh_seconds
        self.plain = plain
        self._enabled = True
        self._display: Bar | Lines | None = None
        self._pace = Pace()
        self._losses: deque[torch.Tensor] = deque(maxlen=20)
        self._eval_done = 0
        self._eval_started = 0.0
        self._trained = False  # batches since the last line that stays

    @override
    def disable(self) -> None:
        self._enabled = False

    @override
    def enable(self) -> None:
        self._enabled = True

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._pace, self._trained = Pace(), False
        self._losses.clear()
        self._open(say("Training"), fit_batches(trainer))
        self._pace.resume(time.monotonic())

    @override
    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._pace.resume(time.monotonic())

    @override
    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if self._display is None:
            return
        # Kept where it is: reading it now would wait for the GPU
        loss = step_loss(trainer, outputs)
        if loss is not None:
            self._losses.append(loss)
        self._trained = True
        self._pace.batch(time.monotonic(), batch_rows(pl_module, batch))
        self._show_training(trainer, self._display, batch_idx)

    @override
    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.sanity_checking:
            return
        self._eval_done, self._eval_started = 0, time.monotonic()
        if trainer.state.fn == TrainerFn.VALIDATING:
            self._open(say("Validating"), _total(trainer.num_val_batches))

    @override
    def on_test_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._eval_done = 0
        self._open(say("Testing"), _total(trainer.num_test_batches))

    @override
    def on_predict_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._eval_done = 0
        self._open(say("Predicting"), _total(trainer.num_predict_batches))

    @override
    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if not trainer.sanity_checking:
            self._show_evaluation(trainer)

    @override
    def on_test_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        self._show_evaluation(trainer)

    @override
    def on_predict_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        self._show_evaluation(trainer)

    @override
    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.sanity_checking or trainer.state.fn != TrainerFn.FITTING:
            return
        now = time.monotonic()
        self._pace.validated(now - self._eval_started)
        self._pace.resume(now)
        self._report(trainer)

    @override
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # After a validation the line is there already; and a resume ends the finished epoch once more
        if self._trained:
            self._report(trainer)

    @override
    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._close()

    @override
    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self._close()

    @override
    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._close()

    def _open(self, title: str, total: int | None) -> None:
        self._close()
        if not self._enabled:
            return
        self._display = open_display(title, total, refresh_seconds=self.refresh_seconds, plain=self.plain)

    def _close(self) -> None:
        if self._display is not None:
            self._display.close()
            self._display = None

    def _show_training(self, trainer: Trainer, display: Bar | Lines, batch_idx: int) -> None:
        done = _batches_done(trainer) + batch_idx + 1
        if display.wants(done):  # not at each batch: reading the loss waits for the GPU
            display.show(_epoch(trainer), done, self._facts(trainer, done, display.total))

    def _facts(self, trainer: Trainer, done: int, total: int | None) -> str:
        facts = self._loss()
        speed = self._pace.rows_per_second
        if speed is not None:
            facts.append(str(samples_per_second(speed * trainer.world_size)))
        if total is not None:
            left = self._pace.seconds_left(
                max(0, total - done),
                validations_left(trainer, done, total),
                _total(trainer.num_val_batches) or 0,
            )
            if left is not None:
                facts.append(say("{time} left", time=duration(left)))
        return "  ".join(facts)

    def _show_evaluation(self, trainer: Trainer) -> None:
        self._eval_done += 1
        if self._display is None:
            return
        if trainer.state.fn != TrainerFn.FITTING:
            self._display.show(self._display.title, self._eval_done, "")
        elif isinstance(self._display, Bar):  # within a fit plain lines leave it out
            total = _total(trainer.num_val_batches)
            self._display.note(
                say(
                    "validating {done}" if total is None else "validating {done}/{total}",
                    done=self._eval_done,
                    total=total,
                )
            )

    def _report(self, trainer: Trainer) -> None:
        self._trained = False
        if self._display is None:
            return
        metrics = [
            f"{name} {localized(f'{float(value):.4g}')}"
            for name, value in trainer.progress_bar_metrics.items()
            if not name.startswith("train")
        ]
        parts = [_epoch(trainer), say("step {step:,}", step=trainer.global_step), *self._loss(), *metrics]
        self._display.line("  ".join(parts))

    def _loss(self) -> list[str]:
        if not self._losses:
            return []
        return [say("loss {loss:.4f}", loss=torch.stack(list(self._losses)).float().mean().item())]


def step_loss(trainer: Trainer, outputs: Any) -> torch.Tensor | None:
    """The loss of the last step as the module logs it, which may be of all processes, or of this micro-batch."""
    logged = trainer.callback_metrics.get("train/loss")
    if logged is not None:
        return logged
    loss = outputs.get("loss") if isinstance(outputs, dict) else outputs
    # Lightning has divided it by the accumulation
    return loss.detach() * trainer.accumulate_grad_batches if isinstance(loss, torch.Tensor) else None


def _epoch(trainer: Trainer) -> str:
    last = trainer.max_epochs
    known = last is not None and last > 0
    return say(
        "Epoch {epoch}/{last}" if known else "Epoch {epoch}", epoch=trainer.current_epoch + 1, last=last
    )


def _batches_done(trainer: Trainer) -> int:
    """Training batches of the epochs before this one."""
    batches = trainer.num_training_batches
    return trainer.current_epoch * int(batches) if math.isfinite(batches) else 0


def _total(batches: int | float | list[int | float]) -> int | None:
    total = sum(batches) if isinstance(batches, list) else batches
    return int(total) if math.isfinite(total) else None
