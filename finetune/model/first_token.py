"""Leaves out of the last layer what no head reads: all tokens but the first."""

from typing import Any

from torch import Tensor, nn
from transformers import PreTrainedModel

from finetune.model.optim import encoder_layers

READ_THE_FIRST = frozenset({"bert", "camembert", "electra", "roberta", "xlm-roberta"})
"""Architectures (`model_type`) whose head reads the first token alone, and whose layers have `attention.output`."""


def first_token(_: nn.Module, inputs: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """Cuts what attention answered and what it was asked, each [B, T, width], to the first token."""
    return tuple(states[:, :1] for states in inputs)


def keep_first_token(network: PreTrainedModel) -> None:
    """Has the last layer go on with the first token once all tokens were attended to; the logits are the same."""
    if network.config.model_type in READ_THE_FIRST:
        encoder_layers(network)[-1].attention.output.register_forward_pre_hook(first_token)  # type: ignore[union-attr]
