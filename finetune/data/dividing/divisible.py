"""What a split may look at: classes, moments, and which rows hang together. Divides nothing."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Divisible:
    """What a split may look at.

    Attributes:
        labels: `[N]`, the label of each row.
        bundle: `[N]`, rows with the same number stay in one part.
        times: `[N]`, the moment of each row, for those that divide by time.
        strata: `[N]`, what each row counts as where parts are to be alike, such as each of its labels; its label alone
            when left out.
        small_is_refused: Whether a class with fewer rows than parts is an error, as where each row has one class.
    """

    labels: Sequence[str]
    bundle: Numbers
    times: NDArray[np.float64] | NDArray[np.int64] | None = None
    strata: Sequence[tuple[Hashable, ...]] | None = None
    small_is_refused: bool = True

    @property
    def classes(self) -> Sequence[Hashable] | None:
        """What each row counts as, `[N]`; None where a row may count as several things, or as none."""
        if self.strata is None:
            return self.labels
        return [one[0] for one in self.strata] if all(len(one) == 1 for one in self.strata) else None


def bundles(*keys: Sequence[Hashable] | Numbers) -> Numbers:
    """Returns the bundle of each row: rows with a key in common are in one, also through other rows. [N]

    Args:
        keys: Each one key a row, `[N]`: its text, its group. None ties a row to no other.
    """
    rows = len(keys[0])
    edges, values = [], rows
    for key in keys:
        # numbers as they are: as objects they take several times the memory
        code = pd.factorize(key if isinstance(key, np.ndarray) else pd.Series(list(key), dtype=object))[0]
        row = np.flatnonzero(code >= 0)
        edges.append((row, values + code[row]))
        values += int(code.max(initial=-1)) + 1
    row, value = (np.concatenate(ends) for ends in zip(*edges, strict=True))
    graph = coo_array((np.ones(len(row), dtype=bool), (row, value)), shape=(values, values))
    number: Numbers = connected_components(graph, directed=False)[1][:rows].astype(np.int64)
    return number
