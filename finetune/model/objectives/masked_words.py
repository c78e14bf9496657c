"""Gaps in texts, and how well a network fills them: whole words are left out. Knows no optimizer.

Of the words that are chosen 80 % of the pieces become the gap, 10 % another piece, and 10 % stay as they are, as Devlin
et al. (arXiv 1810.04805, 3.1) have it, with the whole words of their later models.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from finetune.model.logits import network_inputs
from finetune.model.objectives.objective import Objective
from finetune.model.objectives.pieces import Pieces
from finetune.tasks.batch import FILLER, Batch

TARGETS = "targets"
"""What stood in the gaps of a batch, by this name beside its other tensors. [B, T]"""

NO_GAP = -100
"""Stands there where there is no gap."""

AS_GAP, AS_OTHER = 0.8, 0.1
"""Shares of the chosen pieces."""

LONG_WORD = 4
"""Pieces that a word has at most on the mean of a batch, by which its memory is counted."""


def gaps(
    ids: NDArray[np.int64], pieces: Pieces, *, share: float, seed: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Leaves words out of a text.

    Args:
        ids: [T] Its pieces.
        pieces: The vocabulary.
        share: Of the pieces that are text, how many to leave out, at least a word's.
        seed: The same words for the same seed, whatever batch the text is in.

    Returns:
        What a network reads, and what stood there, `NO_GAP` where nothing was left out. [T], [T]
    """
    assert pieces.mask is not None
    random = np.random.default_rng(seed)
    words = pieces.words(ids)
    there = words >= 0
    targets = np.full(len(ids), NO_GAP, dtype=np.int64)
    if not there.any():
        return ids, targets
    sizes = np.bincount(words[there])
    order = random.permutation(len(sizes))
    # a word whose first pieces are wanted is left out whole
    wanted = order[: 1 + np.searchsorted(np.cumsum(sizes[order]), round(share * there.sum()))]
    chosen = np.isin(words, wanted)
    targets[chosen] = ids[chosen]
    fate = random.random(len(ids))
    other = random.choice(pieces.ordinary, size=len(ids))
    read = np.where(chosen & (fate < AS_GAP), pieces.mask, ids)
    read = np.where(chosen & (fate >= 1 - AS_OTHER), other, read)
    return read, targets


def with_gaps(batch: Batch, pieces: Pieces, *, seed: Sequence[int], share: float) -> Batch:
    """Returns a batch whose texts have gaps, with what stood there; each row's by its own number."""
    ids = batch["input_ids"]
    if isinstance(ids, FakeTensor):  # content unknown
        return {**batch, TARGETS: torch.full_like(ids, NO_GAP)}
    read, targets = ids.clone(), torch.full_like(ids, NO_GAP)
    lengths = batch["attention_mask"].sum(dim=1).tolist()
    for place, (row, length) in enumerate(zip(batch["row"].tolist(), lengths, strict=True)):
        if row != FILLER:
            mine = gaps(ids[place, :length].numpy(), pieces, share=share, seed=[*seed, row])
            read[place, :length], targets[place, :length] = (torch.from_numpy(each) for each in mine)
    return {**batch, "input_ids": read, TARGETS: targets}


def losses(network: PreTrainedModel, batch: Batch, *, share: float) -> tuple[Tensor, Tensor]:
    """Returns each row's mean loss over its gaps, and how many it has. [B], [B]

    The layers behind the encoder, which tell every piece of the vocabulary, compute the gaps alone.
    """
    inputs, packing = network_inputs(network, batch)
    targets = batch[TARGETS]
    wanted = places_of_gaps(targets, share)
    places = wanted if packing is None else packing.into.index_select(0, wanted)
    with reading(network, places):
        logits = network(**inputs).logits[0]
    each = cross_entropy(logits.float(), targets.flatten().index_select(0, wanted), reduction="none")
    rows = wanted // targets.shape[1]
    counts = torch.zeros(len(targets), device=each.device).index_add_(0, rows, torch.ones_like(each))
    sums = torch.zeros_like(counts).index_add_(0, rows, each)
    return sums / counts.clamp(min=1), counts


def places_of_gaps(targets: Tensor, share: float) -> Tensor:
    """Returns the places of a batch, row behind row, that are gaps. [M]"""
    if isinstance(targets, FakeTensor):  # content unknown: as many as there are, and a word of each row
        most = min(targets.numel(), math.ceil(share * targets.numel()) + LONG_WORD * len(targets))
        return torch.arange(most, device=targets.device)
    return (targets != NO_GAP).flatten().nonzero().squeeze(1)


@contextmanager
def reading(network: PreTrainedModel, places: Tensor) -> Iterator[None]:
    """Has what comes behind the encoder see some places of a batch alone. [M]"""

    def pick(_: Any, __: Any, output: Any) -> Any:
        states = output.last_hidden_state
        output.last_hidden_state = states.flatten(0, 1).index_select(0, places).unsqueeze(0)
        return output

    hook = network.base_model.register_forward_hook(pick)
    try:
        yield
    finally:
        hook.remove()


def masked_words(share: float) -> Objective:
    """Returns the objective that fills gaps of whole words.

    Args:
        share: Of the pieces of a text, how many to leave out.
    """
    return Objective(
        "masked_words",
        prepare=partial(with_gaps, share=share),
        losses=partial(losses, share=share),
        fills_gaps=True,
    )
