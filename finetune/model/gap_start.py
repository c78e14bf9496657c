"""The start of layers that fill gaps: what the encoder gives of a gap, mapped to the embedding of what stood there.

An encoder without such layers gets some that are drawn at random, and would be told nothing of use until they have
learned: what they begin with is found without training. Of

    encoder -> dense -> GELU -> norm -> embeddings of the words, and a bias for each -> one number for each word

the bias becomes the logarithm of how often a word occurs, and the dense layer the linear (ridge) map from what the
encoder gives of gaps to the embeddings of what stood there, small and shifted to where GELU is nearly straight. The
norm then takes the shift away and brings the answer to the size that does best on gaps that were set apart.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from finetune.language.say import Message
from finetune.model.head_start import SPREAD
from finetune.model.layer_values import write_layer, write_parameter
from finetune.model.logits import network_inputs
from finetune.model.objectives.masked_words import NO_GAP, TARGETS, reading
from finetune.model.regression import Floats, Integers
from finetune.model.sharding import in_one_piece
from finetune.tasks.batch import Batch
from finetune.tasks.gather import gather, of_all

SHIFT = 3.0
"""Where GELU is nearly straight."""

PENALTY = 0.1
"""Of the ridge map, for each gap; of what an encoder gives, of mean 0 and deviation 1. It hardly matters."""

SIZES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0)
"""How large the answer may be: 0 leaves it to the bias."""

SELDOM = 0.03
"""Added to how often each word was counted: one that was not is improbable, and not impossible."""

SET_APART = 5
"""Of so many gaps one is set apart to find the size by."""

LOGITS_TOGETHER = 2**24
"""Numbers that are in memory at once when answers are measured: of 250,000 words a few gaps give as many."""


@dataclass(frozen=True)
class GapLayers:
    """Layers behind an encoder that start untrained, before the embeddings of the words.

    Attributes:
        bias: One number for each word.
        dense: As wide as what it reads.
        norm: What stands between that and the embeddings.
    """

    bias: nn.Parameter
    dense: nn.Linear | None = None
    norm: nn.LayerNorm | None = None


@dataclass(frozen=True)
class Gaps:
    """What is known of gaps: what the encoder gives of each [N, D], what stood there [N], how often words occur [V]."""

    features: Floats
    words: Integers
    counts: Floats


def untrained_layers(network: PreTrainedModel, new: Collection[str]) -> GapLayers | None:
    """Returns the layers that can be started; None where they are trained, or made otherwise.

    Args:
        network: One that fills gaps.
        new: Names of the parameters that start untrained.
    """
    words, output = words_of(network), network.get_output_embeddings()  # type: ignore[no-untyped-call]
    bias = None if output is None else output.bias
    fresh = {id(parameter) for name, parameter in network.named_parameters() if name in new}
    if bias is None or id(bias) not in fresh or output.weight is not words.weight:
        return None
    modules = [each for each in network.modules() if id(getattr(each, "weight", None)) in fresh]
    dense = [each for each in modules if isinstance(each, nn.Linear)]
    norms = [each for each in modules if isinstance(each, nn.LayerNorm)]
    width = output.in_features
    if len(modules) != 2 or len(dense) != 1 or len(norms) != 1 or norms[0].bias is None:
        return GapLayers(bias)
    square = (dense[0].in_features, dense[0].out_features) == (width, width) and dense[0].bias is not None
    return GapLayers(bias, dense[0], norms[0]) if square else GapLayers(bias)


@torch.no_grad()
def start_layers(
    network: PreTrainedModel,
    layers: GapLayers,
    batches: Iterable[tuple[Batch, Batch]],
    *,
    from_first: Callable[[Callable[[], "Start"]], "Start"],
) -> int:
    """Starts the layers, and returns by how many gaps. Every process takes part.

    Args:
        network: Whose encoder is as it was pretrained.
        layers: What is written.
        batches: This process's share of some texts, whole and with gaps.
        from_first: Gives on every process what the first one makes.
    """
    training = network.training
    network.train(False)
    try:
        known = gaps_of(network, layers, batches)
    finally:
        network.train(training)
    embeddings = in_one_piece(words_of(network).weight).float()
    start = from_first(lambda: start_of(known, embeddings, regress=layers.dense is not None))
    write_parameter(layers.bias, start.bias)
    if layers.dense is not None and layers.norm is not None:
        write_layer(layers.dense, start.weight, start.shift)
        write_parameter(layers.norm.weight, np.full(len(start.shift), start.size))
        write_parameter(layers.norm.bias, np.zeros(len(start.shift)))
    return len(known.words)


def words_of(network: PreTrainedModel) -> nn.Embedding:
    """Returns the embeddings of the words."""
    return cast(nn.Embedding, network.get_input_embeddings())


def gaps_of(network: PreTrainedModel, layers: GapLayers, batches: Iterable[tuple[Batch, Batch]]) -> Gaps:
    """Returns what is known of the gaps of some texts, in the order of their rows, and of all their words."""
    counts = np.zeros(words_of(network).num_embeddings)
    found = []
    for whole, with_gaps in batches:
        there = whole["attention_mask"].bool() & (whole["row"] >= 0)[:, None]
        counts += np.bincount(whole["input_ids"][there].cpu().numpy(), minlength=len(counts))
        targets = with_gaps[TARGETS]
        gaps = targets != NO_GAP
        if layers.dense is not None and gaps.any():
            read = read_by(network, layers.dense, with_gaps, gaps)
            rows = with_gaps["row"][gaps.nonzero()[:, 0]]
            found.append({"row": rows, "words": targets[gaps], "read": read})
    together = np.sum(of_all(counts), axis=0)
    if layers.dense is None:
        return Gaps(np.zeros((0, 0)), np.zeros(0, dtype=np.int64), together)
    _, words, features = gather(found, "words", "read")
    return Gaps(features, words, together)


def read_by(network: PreTrainedModel, dense: nn.Linear, batch: Batch, gaps: Tensor) -> Tensor:
    """Returns what the first of the layers reads of each gap. [N, D]"""
    inputs, packing = network_inputs(network, batch)
    wanted = gaps.flatten().nonzero().squeeze(1)
    found: list[Tensor] = []
    hook = dense.register_forward_pre_hook(lambda _, inputs: found.append(inputs[0][0].float()))
    try:
        with reading(network, wanted if packing is None else packing.into.index_select(0, wanted)):
            network(**inputs)
    finally:
        hook.remove()
    return found[-1]


@dataclass(frozen=True)
class Start:
    """What is written: the bias [V] of the words, weight [D, D] and bias [D] of the dense layer, the norm's weight."""

    bias: Floats
    weight: Floats
    shift: Floats
    size: float


def start_of(known: Gaps, embeddings: Tensor, *, regress: bool) -> Start:
    """Returns what the layers begin as.

    Args:
        known: What is known of gaps.
        embeddings: Of the words. [V, D]
        regress: Whether there are layers to write a map into.
    """
    share = (known.counts + SELDOM) / (known.counts.sum() + SELDOM * len(known.counts))
    bias = np.log(share)
    nothing = np.zeros(0)
    if not regress:
        return Start(bias, nothing, nothing, 0.0)
    mean, deviation = known.features.mean(axis=0), known.features.std(axis=0).clip(min=1e-6)
    standard = (known.features - mean) / deviation
    wanted = (embeddings - embeddings.mean(dim=0)).numpy().astype(np.float64)[known.words]
    apart = np.arange(len(wanted)) % SET_APART == 0

    def mapped(rows: Floats, targets: Floats) -> Floats:
        """The ridge map [D, D], by the normal equations."""
        penalty = PENALTY * max(1, len(rows)) * np.eye(rows.shape[1])
        return np.asarray(np.linalg.solve(rows.T @ rows + penalty, rows.T @ targets))

    if apart.all():
        return Start(bias, np.zeros((len(mean), len(mean))), np.full(len(mean), SHIFT), 0.0)
    by_others = standard[apart] @ mapped(standard[~apart], wanted[~apart])
    size = min(SIZES, key=lambda size: loss_of(by_others, known.words[apart], embeddings, bias, size))
    weight = mapped(standard, wanted).T / deviation
    # small: so that GELU, about the shift, hardly bends it
    weight *= SPREAD / (known.features @ weight.T).std().clip(min=1e-12)
    return Start(bias, weight, SHIFT - weight @ mean, size)


def loss_of(answers: Floats, words: Integers, embeddings: Tensor, bias: Floats, size: float) -> float:
    """Returns the mean loss of gaps, were the layers to answer so.

    Args:
        answers: Before the norm. [N, D]
        words: What stood there. [N]
        embeddings: Of all words. [V, D]
        bias: Of all words. [V]
        size: Of the norm.
    """
    normed = nn.functional.layer_norm(torch.from_numpy(answers).float(), answers.shape[1:])
    stood, seldom = torch.from_numpy(words), torch.from_numpy(bias).float()
    total = 0.0
    for some in torch.split(torch.arange(len(stood)), max(1, LOGITS_TOGETHER // len(seldom))):
        logits = torch.addmm(seldom, size * normed[some], embeddings.T)
        total += float(nn.functional.cross_entropy(logits, stood[some], reduction="sum"))
    return total / len(stood)


def told(gaps: int) -> Message:
    """Returns how the layers begin, in a sentence."""
    return Message(
        "the new layers, which tell the words in gaps, begin as a regression on {n:,} gap of the texts",
        "the new layers, which tell the words in gaps, begin as a regression on {n:,} gaps of the texts",
        n=gaps,
    )
