"""The split that keeps the share of each class in every part, and bundles of rows whole.

Rows that count as several classes at once are divided by `several`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.data.dividing.divisible import Divisible, Numbers
from finetune.data.dividing.placing import fill, place
from finetune.data.dividing.several import of_several


def stratified(rows: Divisible, shares: Sequence[float], seed: int) -> Numbers:
    """Keeps the share of each class in every part, and bundles whole.

    Bundles of several rows go first, for they are hard to place; single rows then even out what these left.
    """
    if rows.classes is None:
        return of_several(rows, shares, seed)
    random = np.random.default_rng(seed)
    wanted = np.flatnonzero(np.asarray(shares) > 0)
    codes, names = pd.factorize(np.asarray(rows.classes, dtype=object), sort=True)
    bundle, size = np.unique(rows.bundle, return_inverse=True, return_counts=True)[1:]
    # One class more, of all rows: it makes the sizes of the parts come out right by the same formula
    codes = np.stack([codes, np.full(len(codes), len(names))])  # [2, N]
    target = np.outer(np.asarray(shares)[wanted], np.bincount(codes.ravel()))  # [P, C + 1]
    need = target.copy()
    part = np.empty(len(size), dtype=np.int64)
    several = size[bundle] > 1
    order = np.lexsort((random.permutation(len(size)), -size))[: np.count_nonzero(size > 1)]
    twice = np.tile(bundle[several], 2)
    place(part, order, bundle=twice, code=codes[:, several].ravel(), need=need, target=target)
    single = random.permutation(np.flatnonzero(~several))
    _deal(part, bundle[single], code=codes[0, single], need=need, target=target)
    fill(part, size, len(wanted))
    return wanted[part[bundle]]


def _deal(
    part: Numbers,
    single: Numbers,
    *,
    code: Numbers,
    need: NDArray[np.float64],
    target: NDArray[np.float64],
) -> None:
    """Deals bundles of one row class by class, in the order in which they come.

    Args:
        part: Filled in: the part of each bundle.
        single: `[M]`, the bundles of one row.
        code: `[M]`, the class of each.
        need: `[P, C]`, rows of each class that each part still needs.
        target: `[P, C]`, what it needed at the beginning.
    """
    count = np.bincount(code, minlength=need.shape[1])
    places = np.split(np.argsort(code, kind="stable"), np.cumsum(count)[:-1])
    owing = np.zeros(len(need))  # [P] what rounding owes each part, so that the sizes come out right as well
    for number in np.flatnonzero(count):
        dealt = _dealt(int(count[number]), need[:, number], target=target[:, number], owing=owing)
        part[single[places[number]]] = np.repeat(np.arange(len(dealt)), dealt)
        owing += need[:, number] - dealt


def _dealt(
    count: int, need: NDArray[np.float64], *, target: NDArray[np.float64], owing: NDArray[np.float64]
) -> Numbers:
    """Rows of a class that each part gets: what it needs by largest remainder, and one where it has none. [P]"""
    ideal = np.clip(need, 0, None)
    ideal = np.round(ideal * count / ideal.sum(), 9)  # 2.9999999999 is 3
    dealt: Numbers = np.floor(ideal).astype(np.int64)
    rest = ideal - dealt
    dealt[_highest(np.where(rest > 0, rest + owing, -np.inf), count - int(dealt.sum()))] += 1
    empty = need == target
    claim = np.where(empty, owing, -np.inf)
    if empty[0] and np.ptp(target):
        claim[0] = np.inf  # training, the first part; folds are equal and have none
    due = np.zeros_like(dealt)
    due[_highest(claim, min(count, int(empty.sum())))] = 1
    for lacking in np.flatnonzero(dealt < due):
        dealt[np.argmax(dealt - due)] -= 1
        dealt[lacking] += 1
    return dealt


def _highest(values: NDArray[np.float64], count: int) -> Numbers:
    """Where the highest values stand; of equal ones the first."""
    return np.argsort(-values, kind="stable")[:count]
