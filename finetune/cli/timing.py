"""How long an epoch takes, by some of its steps. Prints nothing."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from typing_extensions import override

from callbacks.progress.pace import EVALUATION_SHARE
from finetune.model.head_start import Started
from finetune.model.regression import MOST_ROWS

ENOUGH_SECONDS = 60
"""A slow machine does not take the steps a second time, when kernels are built and caches filled."""


START_ROWS = 1_000
"""Rows by which the head's start is timed: of more it takes as much longer as there are more of them."""


def start_seconds(model: LightningModule, data: Any, *, taken: float = 0.0) -> float:
    """Returns how long the start of new layers would take; 0 where none is started.

    Args:
        model: Whose head was started by some of the rows, or layers of another kind as they always are.
        data: What on.
        taken: The seconds of the latter.
    """
    if not hasattr(model, "started"):
        return taken
    started: Started | None = model.started  # type: ignore[assignment]
    if started is None:
        return 0.0
    return float(started.seconds * min(data.train_rows, MOST_ROWS) / started.rows)


class StepTimer(Callback):
    """Times the optimizer steps of two passes over a sample of them, of which the first only warms up, then ends."""

    def __init__(self) -> None:
        self.passes: list[list[float]] = []  # seconds of each step
        self.epochs: int | None = None  # of the run that is planned
        self.before = 0.0  # seconds from the fit's start to its first step
        self._begin = self._start = 0.0
        self._steps = 0

    @override
    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.before = -time.perf_counter()

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.before += time.perf_counter()
        self.epochs = trainer.max_epochs
        if self.epochs == 1:
            trainer.fit_loop.max_epochs = 2  # the first pass warms up

    @override
    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._start = time.perf_counter()
        self._begin = self._begin or self._start
        self.passes.append([])

    @override
    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if trainer.global_step == self._steps:
            return  # within a step
        if trainer.strategy.root_device.type == "cuda":
            torch.cuda.synchronize()
        now = time.perf_counter()
        self.passes[-1].append(now - self._start)
        self._steps, self._start = trainer.global_step, now
        whole = len(self.passes) == 2 and len(self.passes[1]) == len(self.passes[0])
        enough = whole or now - self._begin > ENOUGH_SECONDS
        trainer.should_stop = trainer.should_stop or trainer.strategy.reduce_boolean_decision(
            enough, all=False
        )

    def timing(self, model: LightningModule, data: Any) -> "Timing | None":
        """Returns what the steps tell of an epoch; None where none was timed."""
        whole = [number for number, steps in enumerate(self.passes) if len(steps) == len(self.passes[0])]
        if not whole or not self.passes[0]:
            return None
        sampler = data.train_dataloader().sampler
        sampler.set_epoch(whole[-1])
        seconds = self.passes[whole[-1]]
        sampled = [sampler.tokens(rows) for rows in sampler.sampled()]
        every = [sampler.tokens(rows) for rows in sampler.order()]
        return epoch_timing(
            seconds,
            sampled,
            every,
            rows=data.train_rows,
            validation_tokens=data.tokens_of("validation"),
            start=start_seconds(model, data, taken=self.before),
        )


@dataclass(frozen=True)
class Timing:
    """How long a run takes, by some of its steps.

    Attributes:
        epoch_seconds: Of an epoch, with its validation.
        rows_per_second: Of the training.
        steps: How many were timed.
        start_seconds: What comes before the first epoch: the head's start.
    """

    epoch_seconds: float
    rows_per_second: float
    steps: int
    start_seconds: float = 0.0

    def total(self, epochs: int) -> float:
        """Returns the seconds of a run of so many epochs."""
        return self.start_seconds + epochs * self.epoch_seconds


def epoch_timing(
    seconds: Sequence[float],
    sampled: Sequence[int],
    every: Sequence[int],
    *,
    rows: int,
    validation_tokens: int,
    start: float = 0.0,
) -> Timing:
    """Returns the time of an epoch, read off between timed steps: long texts cost more than by the token.

    Args:
        seconds: Of each timed step.
        sampled: Tokens of each sampled step, the timed ones first.
        every: Tokens of each step of the epoch.
        rows: Rows of the epoch.
        validation_tokens: Tokens of the validation; they cost what those of training cost on average, less the share
            of the backward pass.
        start: Seconds before the first epoch.
    """
    timed = sorted(zip(sampled, seconds, strict=False))
    training = float(np.interp(every, [pair[0] for pair in timed], [pair[1] for pair in timed]).sum())
    validation = EVALUATION_SHARE * training * validation_tokens / sum(every)
    return Timing(training + validation, rows / training, len(seconds), start)
