"""Texts as counts of their words and pieces of words, each by a number that stands for it: no text is kept."""

import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from finetune.runtime.answering.words import COUNTED

PLACES = 2**13
"""Numbers that stand for words: several have the same, which takes little from what sums over all of them tell."""

MOST_CHARACTERS = 1_000
"""What is read of a text."""


def counted(texts: Sequence[str]) -> csr_array:
    """Returns how often each number stands in each text. [N, PLACES]"""
    of_each = [_of(text[:MOST_CHARACTERS].lower()) for text in texts]
    places = [place for counts in of_each for place in counts]
    values = [float(count) for counts in of_each for count in counts.values()]
    return csr_array(
        (
            np.array(values, dtype=np.float32),
            np.array(places, dtype=np.int32),
            np.cumsum([0, *map(len, of_each)], dtype=np.int32),
        ),
        shape=(len(texts), PLACES),
    )


def _of(text: str) -> "Counter[int]":
    return Counter(
        zlib.crc32(piece.encode("utf-8", "replace")) % PLACES
        for cut in COUNTED.values()
        for piece in cut(text)
    )


def alike(counts: csr_array) -> NDArray[np.float32]:
    """Returns how alike each two of N texts are, from 0 to 1: what few of them have weighs more. [N, N]"""
    found = counts.toarray()
    rarity = np.log((1 + len(found)) / (1 + np.count_nonzero(found, axis=0))) + 1
    np.log1p(found, out=found)
    found *= rarity.astype(np.float32)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), np.float32(1e-6))
    return np.asarray(found @ found.T)
