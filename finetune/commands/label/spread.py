"""Rows that lie far from each other, by vectors of their texts: a batch of them covers what there is.

The vectors are of words, which cost nothing: those of a pretrained network (the mean of its last layer) brought no more
on 1,300 school skills of 9 subjects, 10 draws of scripts/bench/label_orders.py: 1.3 points of macro-F1 at a quarter of
the labels (-1.3 to 3.9), 0.7 at half of them (-0.9 to 2.5).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

WIDTH = 2**16
"""Numbers that words are spread over."""

DIMENSIONS = 64
"""Of what is left of them: distances stay what they are within a few hundredths, and take a thousandth of the time."""

SEED = 42


def of_words(texts: Sequence[str]) -> Floats:
    """Returns a vector of length 1 for each text by its words, near for texts of like words. [N, D]"""
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
    from sklearn.random_projection import GaussianRandomProjection

    counts = HashingVectorizer(
        n_features=WIDTH, alternate_sign=False, norm=None, ngram_range=(1, 2)
    ).transform(texts)
    shares: Any = TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    made = GaussianRandomProjection(DIMENSIONS, random_state=SEED).fit_transform(shares)
    return np.asarray(made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-12))


def spread_out(vectors: Floats, count: int) -> Integers:
    """Returns so many rows, each the furthest from all that were chosen before it; the first is the first row.

    That is the greedy way to k centers (Gonzalez, 1985), by which Sener and Savarese ("Active Learning for
    Convolutional Neural Networks: A Core-Set Approach", 2018) choose what is labelled.

    Args:
        vectors: [N, D].
        count: How many.
    """
    chosen = [0]
    far = _distances(vectors, 0)
    far[0] = -1
    for _ in range(count - 1):
        chosen.append(int(far.argmax()))
        far = np.minimum(far, _distances(vectors, chosen[-1]))
        far[chosen[-1]] = -1  # of equal texts each is chosen once
    return np.array(chosen, dtype=np.int64)


def _distances(vectors: Floats, row: int) -> Floats:
    return np.asarray(((vectors - vectors[row]) ** 2).sum(axis=1))
