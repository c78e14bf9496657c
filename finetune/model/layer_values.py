"""The numbers of a layer, read and set: also of one that is shared out over processes."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor

from finetune.model.regression import Floats
from finetune.model.sharding import in_one_piece


def values_of(layer: nn.Linear) -> tuple[Floats, Floats]:
    """Returns a layer's weight [out, in] and bias [out], 0 where it has none; all processes ask."""
    weight = in_one_piece(layer.weight).double().numpy()
    bias = np.zeros(len(weight)) if layer.bias is None else in_one_piece(layer.bias).double().numpy()
    return weight, bias


@torch.no_grad()
def write_layer(layer: nn.Linear, weight: Floats, bias: Floats) -> None:
    """Sets a layer's weight [out, in] and, where it has one, its bias [out]; also of a layer that is shared out."""
    for parameter, values in ((layer.weight, weight), (layer.bias, bias)):
        if parameter is not None:
            write_parameter(parameter, values)


@torch.no_grad()
def write_parameter(parameter: Tensor, values: Floats) -> None:
    """Sets a parameter, also one that is shared out."""
    whole = torch.from_numpy(np.ascontiguousarray(values)).to(parameter.dtype).to(parameter.device)
    if isinstance(parameter, DTensor):
        whole = distribute_tensor(whole, parameter.device_mesh, parameter.placements)
    parameter.copy_(whole)
