"""Bundles of rows placed one by one where parts most need their classes. Decides neither order nor needs."""

import numpy as np
from numpy.typing import NDArray

from finetune.data.dividing.divisible import Numbers


def place(
    part: Numbers,
    order: Numbers,
    *,
    bundle: Numbers,
    code: Numbers,
    need: NDArray[np.float64],
    target: NDArray[np.float64],
) -> None:
    """Places bundles one by one where each most lowers the chi-square, the sum of (placed - target)^2 / target.

    Args:
        part: Filled in: the part of each bundle.
        order: The bundles to place, in turn.
        bundle: `[M]`, the bundle of each of their rows, once for each class that the row counts as.
        code: `[M]`, that class.
        need: `[P, C]`, rows of each class that each part still needs; lowered by what is placed.
        target: `[P, C]`, what it needed at the beginning.
    """
    classes = target.shape[1]
    # A bundle's classes side by side
    pair, rows = np.unique(bundle * classes + code, return_counts=True)
    owner, held_code = np.divmod(pair, classes)
    start, end = np.searchsorted(owner, order), np.searchsorted(owner, order, side="right")
    for number, first, last in zip(order, start, end, strict=True):
        held, count = held_code[first:last], rows[first:last]
        best = ((2 * need[:, held] - count) * count / target[:, held]).sum(axis=1).argmax()
        need[best, held] -= count
        part[number] = best


def fill(part: Numbers, size: Numbers, parts: int) -> None:
    """Gives each part that came out empty the smallest bundle of the part that has most of them."""
    for empty in range(parts):
        held = np.bincount(part, minlength=parts)
        if not held[empty] and held.max() > 1:
            spare = np.flatnonzero(part == held.argmax())
            part[spare[size[spare].argmin()]] = empty
