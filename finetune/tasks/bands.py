"""Numbers in bands of as many rows each: where one ends and the next begins, and which a number is of."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def edges_of(values: NDArray[np.floating], count: int) -> Floats:
    """Returns where so many bands meet; fewer where many numbers are the same.

    Args:
        values: [N] at least one.
        count: How many bands there should be.
    """
    return np.unique(np.quantile(values, np.arange(1, count) / count))


def band_of(values: NDArray[np.floating], edges: Floats) -> Integers:
    """Returns the band of each number, from 0; one that lies on an edge is of the band above it. [N]"""
    return np.searchsorted(edges, values, side="right")
