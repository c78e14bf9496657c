"""When to say "don't know": a confidence below which the answer is left open, and what that brings. Trains nothing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ConfigError
from finetune.tasks.bootstrap import wilson

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

FEWEST = 20
"""Answers that a threshold has to leave: of fewer nothing can be said (our choice)."""


@dataclass(frozen=True)
class Answered:
    """What a threshold brings on some rows.

    Attributes:
        rows: All of them.
        answered: Those that are at least as sure as the threshold.
        coverage: The share of these.
        precision: The share of right ones among the answered; NaN without any.
        interval: Its 95 % interval (Wilson, JASA 22, 1927).
    """

    rows: int
    answered: int
    coverage: float
    precision: float
    interval: tuple[float, float]


def check_precision(wanted: float) -> None:
    """Refuses a share that is none.

    Raises:
        ConfigError: if it is not above 0 and below 1.
    """
    if not 0 < wanted < 1:
        example = f"{wanted / 100:g}" if 1 < wanted < 100 else "0.9"
        raise ConfigError(
            "--wanted_precision {wanted}: give the share of answers that shall be right, above 0 and below 1, such as "
            "{example}.",
            wanted=f"{wanted:g}",
            example=example,
        )


def answered_at(threshold: float, confidence: Floats, right: Booleans) -> Answered:
    """Returns what a threshold brings.

    Args:
        threshold: The lowest confidence that is answered.
        confidence: [N] of the best class.
        right: [N] whether that is the true one.
    """
    kept = right[confidence >= threshold]
    if not len(kept):
        return Answered(len(right), 0, 0.0, float("nan"), (0.0, 1.0))
    return Answered(
        len(right),
        len(kept),
        len(kept) / len(right),
        float(kept.mean()),
        wilson(int(kept.sum()), len(kept)),
    )


def curve(confidence: Floats, right: Booleans) -> tuple[Floats, Floats, Floats]:
    """Returns threshold, coverage and precision at every confidence that occurs, the surest first. [K] each."""
    order = np.argsort(-confidence, kind="stable")
    sure, hits = confidence[order], np.cumsum(right[order])
    count = np.arange(1, len(sure) + 1)
    # rows of one confidence are answered together or not at all
    last = np.append(sure[1:] != sure[:-1], True)[: len(sure)]
    return sure[last], count[last] / len(sure), hits[last] / count[last]


def choose_threshold(confidence: Floats, right: Booleans, wanted: float) -> float | None:
    """Returns the lowest confidence from which on the wanted share of answers is right.

    None where no confidence reaches it with at least `FEWEST` answers; 0 where all answers together do.

    Args:
        confidence: [N] of the best class, on validation rows.
        right: [N] whether that is the true one.
        wanted: The share.
    """
    thresholds, coverage, precision = curve(confidence, right)
    enough = (precision >= wanted) & (coverage * len(confidence) >= FEWEST - 0.5)
    if not enough.any():
        return None
    lowest = np.flatnonzero(enough)[-1]
    if lowest == len(thresholds) - 1:
        return 0.0
    # half way to the next one: what is computed elsewhere differs in the last digit
    return float((thresholds[lowest] + thresholds[lowest + 1]) / 2)
