"""What the network said of the validation rows last in a fit, so that nobody has to ask it again.

Mostly the weights that are kept are those of that moment. Held in memory alone: a run that goes on asks again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
