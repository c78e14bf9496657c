"""What the network said of the validation rows when it was best in this fit, so that nobody has to ask it again.

The weights that are kept are those of that moment. Held in memory alone: a run that goes on asks again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

MOST_NUMBERS = 10_000_000
"""Logits that are held, at most: 40 MB."""


@dataclass(frozen=True)
class Validation:
    """A validation of a fit.

    Attributes:
        step: Optimizer steps that were taken before.
        answers: This process's batches, each `row` [B] and `logits` [B, C].
        report: The single numbers of it, over all processes.
    """

    step: int
    answers: Sequence[Mapping[str, Tensor]]
    report: Mapping[str, float]


def better(
    known: Validation | None, new: Validation, *, monitored: str, mode: Literal["min", "max"]
) -> Validation:
    """Returns the one with the better weights, of two equal ones the first.

    Args:
        known: The best before.
        new: The last.
        monitored: Name of the number that tells.
        mode: Which of its values are better.
    """
    if known is not None:
        was, now = known.report[monitored], new.report[monitored]
        if not (now > was if mode == "max" else now < was):
            return known
    return new
