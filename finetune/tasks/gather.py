"""What each process found of its batches, put together in the order of the table. Computes nothing of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")


def gather(outputs: Sequence[Any], *names: str) -> tuple[NDArray[Any], ...]:
    """Joins the batches of every process: positions in the table [N] and what each row got [N, ...], in its order.

    Args:
        outputs: Batches (dicts of tensors) with `row` [B] and values [B, ...].
        names: The keys of these. Numbers with a point come in double precision.
    """
    mine = [[batch[name].cpu() for name in ("row", *names)] for batch in outputs]
    return _in_order([batch for process in of_all(mine) for batch in process])


def own(outputs: Sequence[Any], *names: str) -> tuple[NDArray[Any], ...]:
    """Joins the batches of this process alone, as `gather` does those of all."""
    return _in_order([[batch[name].cpu() for name in ("row", *names)] for batch in outputs])


def of_all(mine: T) -> list[T]:
    """Returns what each process gives, in their order; every one takes part."""
    import torch  # a second, which those who only read tables need not wait for

    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return [mine]
    everyone: list[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(everyone, mine)
    return everyone


def _in_order(batches: Sequence[Sequence[Any]]) -> tuple[NDArray[Any], ...]:
    import torch

    rows, *found = [wide(torch.cat(values)).numpy() for values in zip(*batches, strict=True)]
    real = rows >= 0  # the others only kept the processes in step
    order = np.flatnonzero(real)[np.argsort(rows[real], kind="stable")]
    return rows[order], *(values[order] for values in found)


def wide(values: "Tensor") -> "Tensor":
    """Returns numbers with a point in double precision, others as they are."""
    return values.double() if values.is_floating_point() else values
