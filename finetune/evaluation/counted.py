"""What words learn in turns from several choices of the same rows: texts are counted once, and cut to each choice.

Counting is most of the work, and the same for each fold. What is learned is what `counters`, fitted to the fold's rows
alone, would have learned: the same words, in the same order, with the same weights, added up in another order.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Counted:
    """Texts as counts, [N, V] for each counter, V being all that stands in any of them.

    Args:
        counters: scikit-learn's `TfidfVectorizer`s that are not fitted, of which each says how it counts.
        texts: [N].
    """

    def __init__(self, counters: Sequence[Any], texts: Sequence[str]) -> None:
        self._all = [(counter, _counts(counter, texts)) for counter in counters]

    def weighed(self, learned: Integers, others: Integers) -> tuple[Any, Any]:
        """Returns the weighted counts of rows, and of others as those would see them: sparse, [M, F] and [O, F].

        Args:
            learned: [M] places of the rows that decide what is counted and how much it weighs.
            others: [O] places of the others.
        """
        from scipy import sparse
        from sklearn.feature_extraction.text import TfidfTransformer

        found = []
        for counter, counts in self._all:
            of_learned = counts[learned]
            columns = _frequent(of_learned, counter.max_features)
            weigh = TfidfTransformer(sublinear_tf=counter.sublinear_tf)
            found.append(
                (weigh.fit_transform(of_learned[:, columns]), weigh.transform(counts[others][:, columns]))
            )
        return tuple(sparse.hstack(each).tocsr() for each in zip(*found, strict=True))


def _counts(counter: Any, texts: Sequence[str]) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    settings = {name: value for name, value in counter.get_params().items() if name in OF_COUNTING}
    return CountVectorizer(**settings).fit_transform(texts)


OF_COUNTING = ("analyzer", "dtype", "ngram_range", "preprocessor", "token_pattern")
"""What a `CountVectorizer` takes of how a `TfidfVectorizer` counts."""


def _frequent(counts: Any, most: int) -> Integers:
    """Returns the columns [F] of what stands in the rows, of too many the most frequent ones; as scikit-learn chooses.

    Args:
        counts: [M, V].
        most: Columns, at most.
    """
    often = np.asarray(counts.sum(axis=0)).ravel()
    there = np.flatnonzero(often)
    if len(there) <= most:
        return there
    return np.sort(there[(-often[there]).argsort()[:most]])
