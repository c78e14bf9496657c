"""What more rows would be worth: how well a simple model learns from some of the rows and from all, gone on with.

The curve is a power law, error = b * n^-c, of which the next doubling alone is told: it promises rather too little than
too much. How near it comes to what more rows really bring: scripts/bench/learning_curve.py, docs/measured/recipes.md.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetune.data.dividing.sample import sample
from finetune.evaluation.words import out_of_fold

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

SHARES = (0.25, 0.5, 1.0)
"""Of the rows that are not left out, from which it learns."""

FOLDS = 5
"""Parts of the rows, each of which is left out once."""

DRAWS = 3
"""How often the parts are drawn anew, where rows are few."""

SOON_ENOUGH = 300
"""Rows from which on they are drawn once: it takes longer, and of more rows chance is less."""

MOST_ROWS = 1_000
"""Rows above which it would take longer than one waits: 1,000 of 77 classes take 20 seconds of one core."""

FEWEST = 20
"""Rows below which nothing can be told."""

RESAMPLES = 200
NINE_OF_TEN = 1.645
"""How many standard errors hold 9 of 10 cases."""

OFF_BY = 0.05
"""By how much macro-F1 the curve itself is off, beside what the rows leave open: with it 44 of 50 intervals held what
as many rows again really brought (scripts/bench/learning_curve.py)."""

LEAST_ERROR = 1e-3
"""What stands for no error at all, which has no logarithm."""

LEAST = 0.01
"""What the next doubling has to be worth surely, to be spoken of: one point of macro-F1."""

RARE, FEW = 8, 30
"""Rows of the rarest class, or of the one in the middle, below which more rows are what helps most (our choice)."""


@dataclass(frozen=True)
class Curve:
    """How a simple model learned, and what as many rows again would be worth to it.

    Attributes:
        rows: From how many it learned each time, on average.
        scores: The macro-F1 that it reached on rows left out, as often.
        doubling: By how much that rises when rows are doubled.
        interval: Where that lies, 9 times of 10.
        a_class: Rows of the class in the middle.
    """

    rows: tuple[float, ...]
    scores: tuple[float, ...]
    doubling: float
    interval: tuple[float, float]
    a_class: int

    @property
    def shows(self) -> bool:
        """Whether it surely rises."""
        return self.interval[0] >= LEAST


def rows_are_few(labels: Integers) -> bool:
    """Returns whether some class has few rows, or most have. [N] class numbers"""
    counts = np.unique(labels, return_counts=True)[1]
    return len(counts) > 1 and bool(counts.min() < RARE or np.median(counts) < FEW)


def learning_curve(
    texts: Sequence[str], labels: Integers, seed: int, groups: Integers | None = None
) -> Curve | None:
    """Returns the curve of a simple model; None where rows are too few to tell, or too many to ask.

    Equal texts are taken once: in and out of a fold they would be known by heart.

    Args:
        texts: [N] of training rows.
        labels: [N] their class numbers.
        seed: Of whatever is drawn.
        groups: [N] the same number for rows that are left out together; None where each is by itself.
    """
    once = np.unique([" ".join(text.casefold().split()) for text in texts], return_index=True)[1]
    number = np.unique(labels[once], return_inverse=True)[1].astype(np.int64)
    most = np.bincount(number).max() if len(number) else 0
    if not FEWEST <= len(once) <= MOST_ROWS or most < 2 or most == len(once):
        return None
    kept = [texts[i] for i in once.tolist()]
    draws = DRAWS if len(kept) < SOON_ENOUGH else 1
    together = None if groups is None else np.unique(groups[once], return_inverse=True)[1].astype(np.int64)
    if together is not None and together.max() + 1 < FOLDS:
        return None
    found = [answers(kept, number, seed + draw, together) for draw in range(draws)]
    rows = np.mean([each[0] for each in found], axis=0)
    predicted = np.stack([each[1] for each in found])
    gain = gained(rows, scores_of(number, predicted), len(kept))
    random = np.random.default_rng(seed)
    again = [random.integers(0, len(number), len(number)) for _ in range(RESAMPLES)]
    others = [gained(rows, scores_of(number[i], predicted[:, :, i]), len(kept)) for i in again]
    error = float(np.std(others))
    reach = float(np.hypot(NINE_OF_TEN * error, OFF_BY))
    return Curve(
        tuple(rows.tolist()),
        tuple(scores_of(number, predicted).tolist()),
        gain,
        (gain - reach, gain + reach),
        int(np.median(np.unique(labels, return_counts=True)[1])),
    )


def answers(
    texts: Sequence[str], labels: Integers, seed: int, groups: Integers | None = None
) -> tuple[Floats, Integers]:
    """Returns from how many rows a simple model learned by each share, and its answers to rows left out. [S], [S, N]"""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    classes = int(labels.max()) + 1
    folds = min(FOLDS, int(np.bincount(labels).max()))
    rows, predicted = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of few rows a class, which is what is asked about
        cut = StratifiedKFold if groups is None else StratifiedGroupKFold
        cuts = list(cut(folds, shuffle=True, random_state=seed).split(labels, labels, groups))
        for share in SHARES:
            some = [
                (train[sample(labels[train], round(share * len(train)), seed)], left) for train, left in cuts
            ]
            said = out_of_fold(texts, labels, some, classes, seed)
            rows.append(np.mean([len(train) for train, _ in some]))
            predicted.append(said.argmax(axis=1))
    return np.array(rows), np.stack(predicted)


def scores_of(labels: Integers, predicted: Integers) -> Floats:
    """Returns the macro-F1 of each share, on average over the draws. [S]

    Args:
        labels: [N].
        predicted: [D, S, N].
    """
    scores = [[_f1_macro(labels, each) for each in draw] for draw in predicted]
    return np.asarray(np.mean(scores, axis=0))


def gained(rows: Floats, scores: Floats, now: int, times: float = 2.0) -> float:
    """Returns by how much a score rises with more rows, by the power law through the errors.

    Args:
        rows: [S] from how many was learned.
        scores: [S] what was reached.
        now: Rows that there are.
        times: How many times as many there shall be.
    """
    slope, begin = np.polyfit(np.log(rows), np.log(np.maximum(1 - scores, LEAST_ERROR)), 1)
    return float(np.exp(begin) * (now**slope - (times * now) ** slope))


def _f1_macro(labels: Integers, predicted: Integers) -> float:
    classes = int(max(labels.max(), predicted.max())) + 1
    right = np.bincount(labels[labels == predicted], minlength=classes)
    of_both = np.bincount(labels, minlength=classes) + np.bincount(predicted, minlength=classes)
    return float((2 * right[of_both > 0] / of_both[of_both > 0]).mean())
