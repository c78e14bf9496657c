"""How large a batch is, whatever it is made of: the shape of its first tensor with rows."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor


def shape_of(batch: Any) -> tuple[int, ...]:
    """Returns the shape of the first tensor with rows in a batch, which stands for its size; () where none is found."""
    if isinstance(batch, Tensor):
        return tuple(batch.shape)
    if isinstance(batch, Mapping):
        batch = list(batch.values())
    if isinstance(batch, (list, tuple)):
        return next((shape for shape in map(shape_of, batch) if shape), ())
    return ()
