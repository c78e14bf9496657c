"""Words alone, where a number is asked for: their mean, and a linear regression (ridge) on TF-IDF counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.data.dividing.sample import classes_of, sample
from finetune.tasks.task import Targets

Floats = NDArray[np.float64]

PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""Those that are tried, in rising order: on counts of length about 1, of numbers of any size."""

FOLDS = 5
"""Parts of the rows by which the penalty is chosen."""


@dataclass(frozen=True)
class OfNumbers:
    """A scikit-learn regressor that answers as simple models are asked, and from how many rows it learned."""

    estimator: Any
    rows: int

    @property
    def counts(self) -> bool:
        """Whether it has learned something of words: of one row alone there is nothing to learn."""
        return hasattr(self.estimator, "steps")

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Returns the numbers [M, 1] of M texts."""
        if not len(texts):
            return np.zeros((0, 1))
        return np.asarray(self.estimator.predict(list(texts)), dtype=np.float64).reshape(-1, 1)


def are_numbers(targets: Targets) -> bool:
    """Whether targets are numbers [N], and not classes [N] or labels that stand together [N, C]."""
    return targets.ndim == 1 and targets.dtype.kind == "f"


def mean_of(numbers: Floats) -> OfNumbers:
    """Always answers the mean: what a score is worth that looks at no text."""
    from sklearn.dummy import DummyRegressor

    return OfNumbers(DummyRegressor(strategy="mean").fit(np.zeros((len(numbers), 1)), numbers), len(numbers))


def ridge_on_counts(texts: Sequence[str], numbers: Floats, counts: Any, *, most: int, seed: int) -> OfNumbers:
    """Ridge regression on counts, its penalty chosen by folds of the rows.

    Args:
        texts: [N].
        numbers: [N].
        counts: What counts, an unfitted scikit-learn transformer.
        most: Rows that it learns from, at most.
        seed: Of all that is random.
    """
    from sklearn.pipeline import Pipeline

    rows = sample(classes_of(numbers), most, seed)
    if len(rows) < 2:  # nothing to tell apart
        return mean_of(numbers)
    counted, truth = counts.fit_transform([texts[i] for i in rows]), numbers[rows]
    regression = ridge(best_penalty(counted, truth, seed=seed)).fit(counted, truth)
    return OfNumbers(Pipeline([("counts", counts), ("regression", regression)]), len(rows))


def best_penalty(counted: Any, numbers: Floats, *, seed: int) -> float:
    """Returns the penalty of the lowest squared error on rows left out; the errors fall, then rise."""
    from sklearn.model_selection import KFold

    folds = list(KFold(min(FOLDS, len(numbers)), shuffle=True, random_state=seed).split(numbers))
    best, lowest = PENALTIES[0], np.inf
    for penalty in PENALTIES:
        missed = 0.0
        for train, left_out in folds:
            fitted = ridge(penalty).fit(counted[train], numbers[train])
            missed += float(np.square(fitted.predict(counted[left_out]) - numbers[left_out]).sum())
        if missed >= lowest:
            break
        best, lowest = penalty, missed
    return best


def ridge(penalty: float) -> Any:
    """Returns an unfitted regression that keeps counts as they are kept."""
    from sklearn.linear_model import Ridge

    return Ridge(alpha=penalty, solver="sparse_cg", tol=1e-3)
