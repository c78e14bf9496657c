"""Matrices that do not learn, kept in bfloat16: half the memory, and rounded."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from finetune.model.optim import encoder_layers


class RoundedLinear(nn.Linear):
    """`nn.Linear` that keeps its matrix in bfloat16 and computes in the precision of what it is given."""

    def forward(self, input: Tensor) -> Tensor:
        """Returns what a linear layer does. [..., in] to [..., out]"""
        if torch.is_autocast_enabled(input.device.type):
            return functional.linear(input, self.weight, self.bias)
        return functional.linear(input, self.weight.to(input.dtype), self.bias)


def round_layers(network: PreTrainedModel) -> None:
    """Keeps the matrices of the encoder's layers that do not learn in half the memory."""
    for module in encoder_layers(network).modules():
        if type(module) is nn.Linear and not module.weight.requires_grad:
            module.weight.data = module.weight.data.bfloat16()
            module.__class__ = RoundedLinear
