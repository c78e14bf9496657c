"""Leaves out of the last layer what no head reads: all tokens but the first of each text."""

from typing import Any

from torch import Tensor, nn
from transformers import PreTrainedModel

from finetune.model.faster.packing import READ_THE_FIRST
from finetune.model.optim import encoder_layers


def remember(attention: nn.Module, _: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Tells what comes after attention whether the texts are packed."""
    attention.output.packing = options.get("packing")  # type: ignore[union-attr]


def first_token(output: Any, inputs: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """Cuts what attention answered and what it was asked, [B, T, width] or packed [1, N, width], to [B, 1, width]."""
    packing, output.packing = output.packing, None
    if packing is None:
        return tuple(states[:, :1] for states in inputs)
    return tuple(states[0].index_select(0, packing.first).unsqueeze(1) for states in inputs)


def keep_first_token(network: PreTrainedModel) -> None:
    """Has the last layer go on with the first token once all tokens were attended to; the logits are the same."""
    if network.config.model_type in READ_THE_FIRST:
        attention: Any = encoder_layers(network)[-1].attention
        attention.register_forward_pre_hook(remember, with_kwargs=True)
        attention.output.register_forward_pre_hook(first_token)
