"""What an objective is: how a network learns from texts without labels. Has none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor
from transformers import PreTrainedModel

from finetune.model.objectives.pieces import Pieces
from finetune.tasks.batch import Batch


class Prepare(Protocol):
    """What is done to a batch of texts before a network reads it."""

    def __call__(self, batch: Batch, pieces: Pieces, *, seed: Sequence[int]) -> Batch:
        """Returns the batch to read; of the same row and seed the same, whatever batch it is in and wherever."""
        ...


@dataclass(frozen=True)
class Objective:
    """A way to learn from texts alone.

    Attributes:
        name: Its row in the table.
        prepare: What is done to a batch first, on the CPU.
        losses: Each row's loss [B], and what it weighs in a mean over all [B]: 0 where it does not count.
        fills_gaps: Whether the network has a layer that tells every piece of its vocabulary, and the tokenizer a gap.
        together: Rows that a loss tells apart from each other, and that no cut of a step may part.
    """

    name: str
    prepare: Prepare
    losses: Callable[[PreTrainedModel, Batch], tuple[Tensor, Tensor]]
    fills_gaps: bool
    together: int = 1
