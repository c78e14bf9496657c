"""The same split for rows that count as several classes, such as labels that stand together.

The rarest labels are dealt first, as long as there is a choice (Sechidis, Tsoumakas, Vlahavas, "On the Stratification
of Multi-Label Data", 2011); each row goes where it most evens out all of its labels, not that one alone.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.data.dividing.divisible import Divisible, Numbers
from finetune.data.dividing.placing import fill, place


def of_several(rows: Divisible, shares: Sequence[float], seed: int) -> Numbers:
    """Keeps the share of each label in every part, and bundles whole; bundles of several rows go first."""
    random = np.random.default_rng(seed)
    wanted = np.flatnonzero(np.asarray(shares) > 0)
    row, code, count = flat(rows)
    bundle, size = np.unique(rows.bundle, return_inverse=True, return_counts=True)[1:]
    target = targets(count, np.asarray(shares)[wanted])
    rarest = np.full(len(size), len(bundle))
    np.minimum.at(rarest, bundle[row], count[code])
    order = np.lexsort((random.permutation(len(size)), rarest, -size))
    part = np.empty(len(size), dtype=np.int64)
    place(part, order, bundle=bundle[row], code=code, need=target.copy(), target=target)
    fill(part, size, len(wanted))
    return wanted[part[bundle]]


def flat(rows: Divisible) -> tuple[Numbers, Numbers, Numbers]:
    """Returns each row with each class that it counts as, side by side, and the rows of each class.

    One class more is of all rows: it makes the sizes of the parts come out right by the same formula.

    Returns:
        `[M]` the row, `[M]` the number of the class, `[C + 1]` how many rows count as each.
    """
    strata = rows.strata or []
    names = [name for one in strata for name in one]
    code, found = pd.factorize(pd.Series(names, dtype=object))
    number = np.arange(len(strata))
    row = np.concatenate([np.repeat(number, [len(one) for one in strata]), number])
    code = np.concatenate([code, np.full(len(strata), len(found))]).astype(np.int64)
    return row, code, np.bincount(code)


def targets(count: Numbers, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns how many rows of each class each part should have: a row at least, where there are enough. [P, C]

    Args:
        count: `[C]`, the rows of each class.
        shares: `[P]`, the share of each part.
    """
    wanted = np.outer(shares, count)
    enough = count >= len(shares)
    wanted[:, enough] = np.maximum(wanted[:, enough], 1)
    most = shares.argmax()
    wanted[most] += count - wanted.sum(axis=0)  # what is given to small parts, the largest has less of
    return wanted
