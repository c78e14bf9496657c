"""Two readings of each text that differ by dropout, which shall be nearer to each other than to other texts.

Unsupervised SimCSE: Gao et al. (arXiv 2104.08821). For encoders of sentences, which have no layer that fills gaps.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize
from transformers import PreTrainedModel

from finetune.model.logits import network_inputs
from finetune.model.objectives.objective import Objective
from finetune.model.objectives.pieces import Pieces
from finetune.tasks.batch import Batch, counting

TOGETHER = 16
"""Texts that are told apart from each other: however a step is cut, they are the same."""

TEMPERATURE = 0.05
"""As there, table D.1."""


def losses(network: PreTrainedModel, batch: Batch) -> tuple[Tensor, Tensor]:
    """Returns how badly each row's two readings are told from those of the rows around it, and 1 for each. [B], [B]"""
    with dropping_out(network):
        first, second = (normalize(first_states(network, batch), dim=1) for _ in range(2))
    counts = counting(batch)
    found = torch.zeros(len(first), device=first.device)
    for start in range(0, len(first), TOGETHER):
        group = slice(start, start + TOGETHER)
        alike = first[group] @ second[group].T / TEMPERATURE
        alike = alike.masked_fill(~counts[group], torch.finfo(alike.dtype).min)
        found[group] = cross_entropy(alike, torch.arange(len(alike), device=alike.device), reduction="none")
    return found * counts, counts.float()


@contextmanager
def dropping_out(network: PreTrainedModel) -> Iterator[None]:
    """Has an evaluation leave out, too, the same each time: without that both readings would be one."""
    if network.training:
        yield
        return
    device = network.device
    with torch.random.fork_rng(devices=[] if device.type == "cpu" else [device]):
        torch.manual_seed(0)
        network.train()
        try:
            yield
        finally:
            network.train(False)


def first_states(network: PreTrainedModel, batch: Batch) -> Tensor:
    """Returns what the last layer says of the first token of each text, which a classifier reads. [B, width]"""
    inputs, _ = network_inputs(network, batch)  # a network that packs gives the first tokens alone
    states: Tensor = network(**inputs).last_hidden_state
    return states[:, 0].float()


def as_they_are(batch: Batch, pieces: Pieces, *, seed: Sequence[int]) -> Batch:
    """Returns the batch: it is dropout that makes two readings of it."""
    return batch


def two_views(share: float) -> Objective:
    """Returns the objective that brings two readings of a text together; nothing is left out of it."""
    return Objective("two_views", prepare=as_they_are, losses=losses, fills_gaps=False, together=TOGETHER)
