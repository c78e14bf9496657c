"""Some of many rows, so that each class keeps its share; of numbers, small and large ones."""

import numpy as np
from numpy.typing import NDArray

from finetune.tasks.bands import band_of, edges_of
from finetune.tasks.task import Targets

Integers = NDArray[np.int64]

BANDS = 10
"""Classes that numbers are taken for, each of as many rows."""


def classes_of(targets: Targets) -> Integers:
    """Returns the class of each row: its own, the rarest of its labels, or the band of its number. [N]

    Of labels that stand together a class each would be nearly as many as there are rows.

    Args:
        targets: [N] or [N, C].
    """
    if targets.ndim == 2:
        rarest: Integers = np.where(targets > 0, targets.sum(axis=0), np.inf).argmin(axis=1)
        return np.asarray(np.where(targets.any(axis=1), rarest, targets.shape[1]))
    if targets.dtype.kind != "f":
        return targets
    if not len(targets):
        return np.zeros(0, dtype=np.int64)
    return band_of(targets, edges_of(targets, BANDS))


def sample(labels: Integers, most: int, seed: int) -> Integers:
    """Returns the positions, sorted, of at most `most` rows: each class keeps its share, and at least one row."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]  # [N] classes in turn, shuffled within
    counts = np.bincount(labels)
    classes = labels[by_class]
    place = np.arange(len(labels)) - (np.cumsum(counts) - counts)[classes]  # [N] 0, 1, ... within the class
    return np.sort(by_class[np.argsort(place / counts[classes], kind="stable")[:most]])
