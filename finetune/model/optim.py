"""Which parameter learns at which rate, and the AdamW that teaches them. Knows no schedule."""

from collections.abc import Collection
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from finetune.errors import ModelError

RATES = (
    (512, 1.5e-4),
    (768, 5e-5),
    (1024, 3e-5),
    (float("inf"), 1e-5),
)
"""Peak rates of the encoder's last layer: numbers that it has of a token, at most, and the rate.

The narrow ones (`embedded` has 384): found by trying on validation rows, docs/measured/recipes.md; they learn
slowly at less. Base: the highest of the rates that Devlin et al. (arXiv 1810.04805, A.3) tried. Large: the highest that
both they and Liu et al. (arXiv 1907.11692, table 10) tried. Larger: as He et al. (arXiv 2006.03654, appendix) did for
DeBERTa. None of these three has been tried here.
"""

HEAD_FACTOR = 7
"""A head drawn at random learns this many times faster than the encoder's last layer, found likewise."""

STARTED_HEAD_FACTOR = 1
"""One that begins as a regression has no way to make up: see docs/measured/recipes.md."""

LORA_FACTOR = 10
"""Adapters learn this many times faster than the encoder itself would.

The best rate of LoRA was about ten times that of full training, whatever the model: Schulman et al., LoRA Without
Regret, Thinking Machines Lab 2025. Hu et al. (arXiv 2106.09685, table 9) took 4e-4 and 5e-4 for RoBERTa-base, which is
trained whole at 1e-5 to 3e-5. Here, too, ten times learns as much as full training and three times less:
docs/measured/adapters.md. Not the head: it is trained whole, at the rate that suits that.
"""


LANGUAGE_HEAD_FACTOR = 10
"""Layers that tell words and start untrained learn this many times faster than the encoder."""


def encoder_layers(network: PreTrainedModel) -> nn.ModuleList:
    """Returns the list of the encoder's layers: the longest `ModuleList` in the network without its head.

    Raises:
        ModelError: if it has none.
    """
    lists = [module for module in network.base_model.modules() if isinstance(module, nn.ModuleList)]
    if not lists:
        raise ModelError(
            "the network {network} has no list of layers, as BERT and its family have: take another --model.name.",
            network=type(network).__name__,
        )
    return max(lists, key=len)


def peak_rates(
    network: PreTrainedModel,
    *,
    started: bool,
    learning_rate: float | None,
    head_learning_rate: float | None,
    adapted: bool = False,
) -> tuple[float, float]:
    """Returns the peak learning rates of the encoder and of the head: as asked for, or as suits the encoder's width.

    Args:
        network: The classifier.
        started: Whether the head begins as a regression.
        learning_rate: That of the encoder's last layer, where asked for.
        head_learning_rate: That of the head, where asked for.
        adapted: Whether adapters learn in place of the encoder, and the head goes by what suits that trained whole.
    """
    faster = LORA_FACTOR if adapted else 1
    encoder = learning_rate
    if encoder is None:
        width = network.config.get_text_config().hidden_size
        encoder = faster * next(rate for most, rate in RATES if width <= most)
    factor = (STARTED_HEAD_FACTOR if started else HEAD_FACTOR) / faster
    return encoder, factor * encoder if head_learning_rate is None else head_learning_rate


def language_rates(
    network: PreTrainedModel, *, learning_rate: float | None, head_learning_rate: float | None
) -> tuple[float, float]:
    """Returns the peak rates of an encoder that goes on with its pretraining, and of the layers behind it.

    Args:
        network: The network.
        learning_rate: That of the encoder, where asked for.
        head_learning_rate: That of the layers behind it, where asked for.
    """
    width = network.config.get_text_config().hidden_size
    encoder = next(rate for most, rate in RATES if width <= most) if learning_rate is None else learning_rate
    return encoder, LANGUAGE_HEAD_FACTOR * encoder if head_learning_rate is None else head_learning_rate


def depths(network: PreTrainedModel, new: Collection[str]) -> dict[str, int]:
    """Returns how many layers below the head each parameter stands: 0 for the head, 1 for the last layer, ...

    Args:
        network: The classifier.
        new: Names of the parameters that were not in the pretrained checkpoint: they are the head.
    """
    layers = encoder_layers(network)
    of_layer = {id(p): len(layers) - i for i, layer in enumerate(layers) for p in layer.parameters()}
    embeddings = {id(p) for p in network.get_input_embeddings().parameters()}
    base = {id(p) for p in network.base_model.parameters()}
    first_layer = min(i for i, p in enumerate(network.parameters()) if id(p) in of_layer)
    found = {}
    for position, (name, parameter) in enumerate(network.named_parameters()):
        if name in new or id(parameter) not in base:
            found[name] = 0
        elif id(parameter) in of_layer:
            found[name] = of_layer[id(parameter)]
        elif id(parameter) in embeddings or position < first_layer:
            found[name] = len(layers) + 1
        else:  # what stands after the layers: a pretrained pooler, a last norm
            found[name] = 1
    return found


def freeze_embeddings(network: PreTrainedModel) -> None:
    """Switches off learning for all that stands before the first layer: no gradient, no optimizer state."""
    layers = encoder_layers(network)
    inside = {id(p) for p in layers.parameters()}
    for parameter in network.base_model.parameters():
        if id(parameter) in inside:
            return
        parameter.requires_grad_(False)


def parameter_groups(
    network: PreTrainedModel,
    *,
    new: Collection[str],
    learning_rate: float,
    head_learning_rate: float,
    layer_decay: float,
    weight_decay: float,
) -> list[dict[str, Any]]:
    """Groups the parameters that learn by rate and by decay; biases and norms (one dimension) do not decay.

    Args:
        network: The classifier.
        new: Names of the parameters that were not in the pretrained checkpoint.
        learning_rate: Rate of the encoder's last layer.
        head_learning_rate: Rate of the head.
        layer_decay: Each layer's rate is that of the layer above it times this.
        weight_decay: Decay of the matrices.

    Returns:
        Groups for a torch optimizer, each with its `name`.
    """
    groups: dict[str, dict[str, Any]] = {}
    below_head = depths(network, new)
    deepest = max(below_head.values())
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        depth = below_head[name]
        rate = learning_rate * layer_decay ** (depth - 1) if depth else head_learning_rate
        matrix = parameter.ndim > 1
        place = "head" if not depth else "embeddings" if depth == deepest else f"layer_{deepest - depth}"
        group = groups.setdefault(
            place if matrix else f"{place}_no_decay",
            {"params": [], "lr": rate, "weight_decay": weight_decay if matrix else 0.0},
        )
        group["params"].append(parameter)
    return [{"name": name, **group} for name, group in groups.items()]


def adamw(
    network: PreTrainedModel,
    *,
    new: Collection[str],
    rates: tuple[float, float],
    layer_decay: float,
    weight_decay: float,
    fused: bool,
) -> torch.optim.AdamW:
    """Returns AdamW over the parameters that learn.

    Args:
        network: The classifier.
        new: Names of the parameters that were not in the pretrained checkpoint.
        rates: Of the encoder's last layer, and of the head.
        layer_decay: Each layer's rate is that of the layer above it times this.
        weight_decay: Decay of the matrices.
        fused: Whether one kernel does the whole step.
    """
    encoder, head = rates
    groups = parameter_groups(
        network,
        new=new,
        learning_rate=encoder,
        head_learning_rate=head,
        layer_decay=layer_decay,
        weight_decay=weight_decay,
    )
    return torch.optim.AdamW(groups, lr=encoder, fused=fused)
