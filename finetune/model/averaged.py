"""The mean of the weights of several networks, which is one network. Reads no file and trains nothing."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor


def mean_of(weights: Iterable[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Returns the mean of the weights of networks of the same shape, of the kind of number that the first has.

    They are added up in float32, one network after the other: two of them are in memory at a time, however many there
    are. What is no number with a point, such as positions, is that of the first.

    Args:
        weights: Of each network, by their names.
    """
    total: dict[str, Tensor] = {}
    kinds: dict[str, torch.dtype] = {}
    count = 0
    for each in weights:
        count += 1
        for name, values in each.items():
            if count == 1:
                kinds[name] = values.dtype
                total[name] = values.float().clone() if values.is_floating_point() else values.clone()
            elif total[name].is_floating_point():
                total[name] += values.float()
    return {
        name: (values / count).to(kinds[name]) if values.is_floating_point() else values
        for name, values in total.items()
    }
