"""A model folder held against the weights that were to be written: none is lost, above all none of the head's."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor
from transformers import PreTrainedModel

from finetune.errors import ModelError
from finetune.language.lists import listed
from finetune.model.network import load_network
from finetune.tasks.task import Task

MOST_NAMES = 5
"""Names that an error tells."""


def check_reopened(folder: Path, weights: Mapping[str, Tensor], *, labels: Sequence[str], task: Task) -> None:
    """Reads the folder of a classifier as anybody would, and compares every number.

    Args:
        folder: What was written.
        weights: What was to be.
        labels: Names of the outputs in order.
        task: What they are.

    Raises:
        ModelError: if a weight is missing or another one.
    """
    check_written(folder, weights, reopen=lambda: load_network(str(folder), labels, task))


def check_written(
    folder: Path, weights: Mapping[str, Tensor], *, reopen: Callable[[], tuple[PreTrainedModel, set[str]]]
) -> None:
    """Reads a folder, and compares every number.

    Args:
        folder: What was written.
        weights: What was to be.
        reopen: Opens the folder, and says which parameters it lacks.

    Raises:
        ModelError: if a weight is missing or another one.
    """
    there, new = _written(folder), set[str]()
    if (
        there.keys() != weights.keys()
    ):  # of some architectures the files have other names: transformers knows them
        network, new = reopen()
        there = {name: partial(torch.clone, each) for name, each in network.state_dict().items()}
    wrong = sorted(
        name
        for name, weight in weights.items()
        if name in new or name not in there or not torch.equal(there[name](), weight.cpu())
    )
    if wrong:
        raise ModelError(
            "the model in {folder} is not the one that was trained: {n:,} of its {all:,} weights are other ones, such "
            "as {names}. The checkpoints have all that was learned; do not use that folder.",
            folder=folder,
            n=len(wrong),
            all=len(weights),
            names=listed(wrong, most=MOST_NAMES),
        )


def _written(folder: Path) -> dict[str, Callable[[], Tensor]]:
    """What stands in a folder's files, each to be read by itself: a whole network more may not fit."""
    found: dict[str, Callable[[], Tensor]] = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, "pt") as opened:
            found |= {name: partial(_read, file, name) for name in opened.keys()}  # noqa: SIM118 (no mapping)
    return found


def _read(file: Path, name: str) -> Tensor:
    with safe_open(file, "pt") as opened:
        values: Tensor = opened.get_tensor(name)
        return values
