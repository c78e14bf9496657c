"""How fast a run goes and how long it will still take, and a time in words. Nothing is shown here."""

import math
from collections import deque
from collections.abc import Iterable
from typing import Any

from lightning.pytorch import LightningModule, Trainer

from callbacks.language.say import Message
from callbacks.progress.batch_shape import shape_of

EVALUATION_SHARE = 1 / 3
"""Of the work of a training batch: there is no backward pass, which is twice the forward pass."""


def batch_rows(module: LightningModule, batch: Any) -> float | None:
    """Rows in a batch: what the module's optional `batch_rows(batch)` says, else its first tensor's length.

    The first tensor that has a length is looked for in the batch itself and in its lists, tuples and dicts,
    in order. None if there is none.
    """
    own = getattr(module, "batch_rows", None)
    return float(own(batch)) if callable(own) else next(iter(shape_of(batch)), None)


def fit_batches(trainer: Trainer) -> int | None:
    """Training batches of the whole fit, from the first epoch on; None where no limit is known."""
    limits = []
    if trainer.max_epochs is not None and trainer.max_epochs >= 0:
        limits.append(trainer.num_training_batches * trainer.max_epochs)
    if trainer.max_steps >= 0:
        # Exact while the accumulation divides an epoch; else an epoch's last step takes fewer batches
        limits.append(trainer.max_steps * trainer.accumulate_grad_batches)
    total = min(limits, default=math.inf)
    return int(total) if math.isfinite(total) else None


def validations_left(trainer: Trainer, done: int, total: int) -> int:
    """How many validations are still to come between `done` and `total` training batches."""
    every = trainer.val_check_batch
    if not trainer.enable_validation or every is None or not math.isfinite(every) or every <= 0:
        return 0  # with an interval in time, or no known length, there is no telling
    # check_val_every_n_epoch is None when the interval counts over epochs
    every = int(every) * (trainer.check_val_every_n_epoch or 1)
    return total // every - done // every


def duration(seconds: float) -> Message:
    """Returns a time with its two largest units: "2 min 5 s"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return Message(
        "{days} d {hours} h"
        if days
        else "{hours} h {minutes} min"
        if hours
        else "{minutes} min {rest} s"
        if minutes
        else "{rest} s",
        days=days,
        hours=hours,
        minutes=minutes,
        rest=rest,
    )


def samples_per_second(speed: float) -> Message:
    """Returns a speed, below ten with two digits: "0.72 samples/s", "1 sample/s", "1,234 samples/s"."""
    shown = round(speed) if speed >= 10 else float(f"{speed:.2g}")
    return Message("{speed:,.9g} sample/s", "{speed:,.9g} samples/s", n=1 if shown == 1 else 2, speed=shown)


class Pace:
    """Keeps the time of training batches (without validation) and of validations.

    Times are given, never read from a clock, in seconds.
    """

    def __init__(self, *, window: int = 200) -> None:
        # The newest batches only: the first ones are slow, and lengths differ from epoch to epoch
        self._batches: deque[tuple[float, float | None]] = deque(maxlen=window)
        self._since: float | None = None
        self._validation_seconds: float | None = None

    def resume(self, now: float) -> None:
        """Training begins, or goes on after something else: what was in between does not count."""
        self._since = now

    def batch(self, now: float, rows: float | None) -> None:
        """A training batch has ended."""
        if self._since is not None:
            self._batches.append((now - self._since, rows))
        self._since = now

    def validated(self, seconds: float) -> None:
        """A validation has ended."""
        self._validation_seconds = seconds

    @property
    def rows_per_second(self) -> float | None:
        """Speed of this process over the newest batches; None if there is none or rows cannot be counted."""
        rows = [rows for _, rows in self._batches if rows is not None]
        seconds = self._seconds(self._batches)
        return sum(rows) / seconds if rows and seconds > 0 else None

    def seconds_left(self, batches: int, validations: int, validation_batches: float) -> float | None:
        """Time for what is still to come; None before the first batch."""
        if not self._batches:
            return None
        per_batch = self._seconds(self._batches) / len(self._batches)
        # Until one is measured
        per_validation = self._validation_seconds
        if per_validation is None:
            per_validation = (
                per_batch
                * EVALUATION_SHARE
                * (validation_batches if math.isfinite(validation_batches) else 0)
            )
        return batches * per_batch + validations * per_validation

    @staticmethod
    def _seconds(batches: Iterable[tuple[float, float | None]]) -> float:
        return sum(seconds for seconds, _ in batches)
