"""A model folder held against the weights that were to be written: none is lost, above all none of the head's."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from finetune.errors import ModelError
from finetune.language.lists import listed
from finetune.model.network import load_network
from finetune.tasks.task import Task

MOST_NAMES = 5
"""Names that an error tells."""


def check_reopened(folder: Path, weights: Mapping[str, Tensor], *, labels: Sequence[str], task: Task) -> None:
    """Opens a folder as anybody would, and compares every number.

    Args:
        folder: What was written.
        weights: What was to be.
        labels: Names of the outputs in order.
        task: What they are.

    Raises:
        ModelError: if a weight is missing or another one.
    """
    network, new = load_network(str(folder), labels, task)
    there = network.state_dict()
    wrong = sorted(
        name for name, each in there.items() if name in new or not torch.equal(each, weights[name].cpu())
    )
    if wrong:
        raise ModelError(
            "the model in {folder} is not the one that was trained: {n:,} of its {all:,} weights are other ones, such "
            "as {names}. The checkpoints have all that was learned; do not use that folder.",
            folder=folder,
            n=len(wrong),
            all=len(there),
            names=listed(wrong, most=MOST_NAMES),
        )
