"""Casts less often under autocast, with the same answers to the last bit. Training is left as it is.

Autocast casts what each linear layer reads by itself: of a layer's attention the same states three times, and its
weights anew for each batch.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from finetune.model.faster.packing import READ_THE_FIRST
from finetune.model.optim import encoder_layers


def as_products_take_it(_: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Returns what attention is asked in the type that autocast multiplies in."""
    # with one cast for three, what is learned would be rounded before it is added up
    if torch.is_grad_enabled() or not inputs:
        return None
    states, *others = inputs
    device = states.device.type
    if states.dtype != torch.float32 or not torch.is_autocast_enabled(device):
        return None
    return states.to(torch.get_autocast_dtype(device)), *others


def cast_once(network: PreTrainedModel) -> None:
    """Has each layer of an encoder built as BERT is cast its states once for query, key and value."""
    if network.config.model_type in READ_THE_FIRST:
        for layer in encoder_layers(network):
            attention: Any = layer.attention
            attention.self.register_forward_pre_hook(as_products_take_it)


@contextmanager
def weights_cast(network: PreTrainedModel, kind: torch.dtype) -> Iterator[None]:
    """Has linear layers hold their weights as autocast would cast them, and then again as they were.

    The layer behind the logits is none of them: it computes in float32. Both are in memory meanwhile.

    Args:
        network: One built as BERT is, which reads weights in products alone; in one piece.
        kind: The type that autocast multiplies in.
    """
    linear = [layer for layer in network.modules() if type(layer) is nn.Linear]
    whole = [(each, each.data) for layer in linear for each in layer.parameters(recurse=False)]
    try:
        with torch.inference_mode(False):  # else nothing could be learned with them later
            for parameter, data in whole:
                parameter.data = data.to(kind)
        yield
    finally:
        for parameter, data in whole:
            parameter.data = data
