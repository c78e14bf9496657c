"""Some of many rows, so that each class keeps its share."""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def sample(labels: Integers, most: int, seed: int) -> Integers:
    """Returns the positions, sorted, of at most `most` rows: each class keeps its share, and at least one row."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]  # [N] classes in turn, shuffled within
    counts = np.bincount(labels)
    classes = labels[by_class]
    place = np.arange(len(labels)) - (np.cumsum(counts) - counts)[classes]  # [N] 0, 1, ... within the class
    return np.sort(by_class[np.argsort(place / counts[classes], kind="stable")[:most]])
