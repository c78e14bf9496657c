"""The layer behind the logits: which one it is, and that autocast does not round what it gives."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel


class OutputLayer(nn.Linear):
    """`nn.Linear` in the type of its own weights, also under autocast.

    What is folded into the weights, a temperature or the scale and the shift of numbers, makes logits as large as the
    user's numbers: in 16 bits a price near 1,000 would be rounded to fours.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Returns the logits [B, C] of what the layers before give, [B, width]."""
        with torch.autocast(input.device.type, enabled=False):
            return functional.linear(input.to(self.weight.dtype), self.weight, self.bias)


def output_layer(network: PreTrainedModel) -> tuple[str, nn.Linear] | None:
    """Returns the layer behind the logits and its name; None where it is no plain linear layer outside the encoder."""
    prefix = f"{network.base_model_prefix}."
    found = [
        (name, module)
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear)
        and module.out_features == network.config.num_labels
        and not name.startswith(prefix)
    ]
    return found[-1] if found else None


def keep_logits_whole(network: PreTrainedModel) -> None:
    """Makes the layer behind the logits an `OutputLayer`, where it is a plain one; its parameters stay as they are."""
    found = output_layer(network)
    if found is not None and type(found[1]) is nn.Linear:
        found[1].__class__ = OutputLayer
