"""Dropout whose random bits are cheap on a CPU. Elsewhere it is torch's own.

torch draws one 53-bit number for each element on a CPU, one after the other, which takes a fifth of a training step. 16
bits say as well which elements stay: four come from each 64-bit word, from torch's own random state, so that seeds and
saved states mean what they meant.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

LEVELS = 2**16
"""Probabilities are multiples of 1/LEVELS: 0.1 becomes 0.10001."""

SLICES = 4
"""16-bit numbers in a 64-bit word."""


def keep_mask(shape: torch.Size, p: float, dtype: torch.dtype) -> Tensor:
    """Draws which elements stay, each with probability 1 - p: 1 for those, 0 for the others.

    Args:
        shape: Shape of the mask.
        p: Probability of 0, rounded to a multiple of 1/65536.
        dtype: Type of the mask; that of what it is multiplied with is the fastest.
    """
    size = math.prod(shape)
    words = torch.empty(-(-size // SLICES), dtype=torch.int64).random_(-(2**63), None)
    numbers = words.view(torch.int16)  # -32768 ... 32767
    mask = torch.empty(len(numbers), dtype=dtype)
    torch.ge(numbers, round(p * LEVELS) - LEVELS // 2, out=mask)
    return mask[:size].view(shape)


def dropout(x: Tensor, p: float, training: bool) -> Tensor:
    """Zeroes each element with probability p and scales the others by 1 / (1 - p), as `torch.nn.functional.dropout`."""
    if x.device.type != "cpu" or not training or not 0 < p < 1:
        return functional.dropout(x, p, training)
    return x * keep_mask(x.shape, p, x.dtype).mul_(1 / (1 - p))


class Dropout(nn.Dropout):
    """`nn.Dropout` with `dropout`."""

    def forward(self, input: Tensor) -> Tensor:
        """Returns the input with some elements zeroed while training."""
        return dropout(input, self.p, self.training)


def replace_dropout(network: nn.Module) -> None:
    """Puts `Dropout` in the place of every `nn.Dropout`; names of parameters stay as they are."""
    _replace(network, nn.Dropout, Dropout)


def restore_dropout(network: nn.Module) -> None:
    """Undoes `replace_dropout`."""
    _replace(network, Dropout, nn.Dropout)


def _replace(network: nn.Module, old: type[nn.Dropout], new: type[nn.Dropout]) -> None:
    for module in network.modules():
        for name, child in module.named_children():
            if type(child) is old and not child.inplace:
                setattr(module, name, new(child.p).train(child.training))
