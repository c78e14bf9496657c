"""What a training and a validation curve say of overfitting. Pure: reads numbers, knows no Trainer and no words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Mode = Literal["min", "max"]

LEAST_CHANGE = 0.002
"""Smaller changes than this are no progress: our choice, one row of a validation part of 500."""

LARGE_GAP = 0.10
"""A gap above this is large: our choice, one row in ten is known by heart only."""

TREND = 2
"""So many epochs in a row with a higher loss or a large gap are a trend: our choice, one alone is often chance."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """The values of one epoch that had a validation.

    Args:
        epoch: Its number, from 1.
        step: Optimizer steps taken until its last validation.
        training: Value on the training rows; None where it is not known, as after a resume.
        validation: Value on the validation rows.
        loss: Loss on the validation rows, if there is one.
    """

    epoch: int
    step: int
    training: float | None
    validation: float
    loss: float | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the curves say.

    Args:
        best_epoch: Number of the epoch with the best validation; of equal ones that with the lowest loss.
        best_value: Its validation value.
        kept_epoch: Number of the epoch whose weights are kept; the best one's where that is not known.
        kept_value: Its validation value.
        epochs: Number of the last epoch.
        points: How many epochs can be compared.
        gap: Training minus validation at the kept epoch, above 0 where training is better; None if not known.
        gap_at_end: The same at the last epoch.
        still_improving: Whether the last epoch is the best, and by more than `LEAST_CHANGE`.
        loss_rising_since: Epoch after which the validation loss only rose while training became no worse, or None.
        overfitting: Whether the loss rises in that way, or the gap was large in the last `TREND` epochs.
        nothing: Whether a larger value would be better, and that of every epoch was 0.
    """

    best_epoch: int
    best_value: float
    kept_epoch: int
    kept_value: float
    epochs: int
    points: int
    gap: float | None
    gap_at_end: float | None
    still_improving: bool
    loss_rising_since: int | None
    overfitting: bool
    nothing: bool = False


def gap_of(epoch: Epoch, mode: Mode) -> float | None:
    """Returns how much better the training value is than the validation's; None if it is not known."""
    if epoch.training is None:
        return None
    return sign(mode) * (epoch.training - epoch.validation)


def judge(history: Sequence[Epoch], mode: Mode = "max", *, kept_step: int | None = None) -> Judgement:
    """Returns what the curves say.

    Args:
        history: The epochs in order, at least one.
        mode: `min` when a smaller value is better, `max` when a larger one is.
        kept_step: Optimizer steps after which the weights were what is kept of them; None where that is not known.
    """
    values = [sign(mode) * epoch.validation for epoch in history]
    top = [epoch for epoch, value in zip(history, values, strict=True) if value == max(values)]
    best = min(top, key=lambda epoch: math.inf if epoch.loss is None else epoch.loss)
    kept = best
    if kept_step is not None:
        kept = next((epoch for epoch in history if epoch.step >= kept_step), history[-1])
        if abs(best.validation - kept.validation) <= LEAST_CHANGE:
            best = kept  # as good: no other is worth a word
    last = history[-1]
    rising = loss_rising_since(history, mode)
    return Judgement(
        best_epoch=best.epoch,
        best_value=best.validation,
        kept_epoch=kept.epoch,
        kept_value=kept.validation,
        epochs=last.epoch,
        points=len(history),
        gap=gap_of(kept, mode),
        gap_at_end=gap_of(last, mode),
        still_improving=len(values) > 1 and values[-1] - max(values[:-1]) > LEAST_CHANGE,
        loss_rising_since=rising,
        overfitting=rising is not None or stays_large(history, mode),
        nothing=mode == "max" and all(abs(value) <= LEAST_CHANGE for value in values),
    )


def stays_large(history: Sequence[Epoch], mode: Mode) -> bool:
    """Whether the gap was large in the last epochs, of those where it is known."""
    gaps = [gap for epoch in history if (gap := gap_of(epoch, mode)) is not None]
    return len(gaps) >= TREND and min(gaps[-TREND:]) > LARGE_GAP


def loss_rising_since(history: Sequence[Epoch], mode: Mode) -> int | None:
    """Returns the epoch after which the validation loss only rose while the training value became no worse."""
    losses = [epoch.loss for epoch in history]
    first = len(losses) - 1
    while first > 0 and _rises(losses[first - 1], losses[first]):
        first -= 1
    low, high = losses[first], losses[-1]
    if len(losses) - 1 - first < TREND or low is None or high is None or high - low <= LEAST_CHANGE:
        return None
    learned = [sign(mode) * epoch.training for epoch in history[first:] if epoch.training is not None]
    # equal is enough: rows known by heart cannot be known better
    return history[first].epoch if len(learned) > 1 and learned[-1] >= learned[0] else None


def _rises(before: float | None, after: float | None) -> bool:
    return before is not None and after is not None and after > before


def sign(mode: Mode) -> int:
    """Returns what a value is multiplied with so that the larger one is better."""
    return 1 if mode == "max" else -1
