"""Logistic regression on numbers that a frozen encoder gives of each text. Knows no encoder and no text."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Inverse strengths of the penalty that are tried, in rising order; of features of mean 0 and deviation about 1.

Of few rows that features tell apart without fail any larger one does better still by log loss, and no better otherwise.
"""

UNTRIED = 0.03
"""The strength where the rows are too few to try any."""

FOLDS = 5
"""Parts of the rows by which the strength is chosen, fewer where a class has fewer rows."""

MOST_ROWS = 20_000
"""Rows that it learns from: more change little and take long."""

NEVER = 5.0
"""How far below the others the bias of a class without rows lies: its probability is under a hundredth."""


@dataclass(frozen=True)
class Regression:
    """A linear map from features to logits.

    Attributes:
        weight: [C, D].
        bias: [C].
        strength: The inverse strength of the penalty that was chosen.
    """

    weight: Floats
    bias: Floats
    strength: float

    def logits(self, features: Floats) -> Floats:
        """Returns the logits [N, C] of features [N, D]."""
        return np.asarray(features @ self.weight.T + self.bias)


def fit_regression(
    features: Floats, labels: Integers, *, num_classes: int, seed: int, with_bias: bool = True
) -> Regression:
    """Returns the regression whose penalty does best by cross-validated log loss; classes weigh alike.

    Args:
        features: [N, D].
        labels: [N] class numbers, of at least two classes.
        num_classes: C; a class without rows is made improbable, where there is a bias.
        seed: Of the cut into folds.
        with_bias: Whether there is a bias; without one features are scaled and not centred.
    """
    mean = features.mean(axis=0) if with_bias else np.zeros(features.shape[1])
    scale = scale_of(features - mean)
    standard = (features - mean) / scale
    strength = _best_strength(standard, labels, seed=seed, with_bias=with_bias)
    coefficients, intercept, classes = _fitted(standard, labels, strength, with_bias=with_bias)
    weight = np.zeros((num_classes, features.shape[1]))
    bias = np.full(num_classes, intercept.min() - NEVER)
    weight[classes] = coefficients / scale
    bias[classes] = intercept - weight[classes] @ mean
    if not with_bias:
        bias[:] = 0.0
    return Regression(weight, bias, strength)


def scale_of(centred: Floats) -> Floats:
    """Returns by what to divide features of mean 0 so that none is much larger than the others. [N, D] to [D]

    It is their deviation, but never less than that of most: what hardly differs from text to text is mostly noise.
    """
    deviation = np.sqrt(np.square(centred).mean(axis=0))
    if not deviation.any():
        return np.ones_like(deviation)
    return np.asarray(np.maximum(deviation, np.median(deviation[deviation > 0])))


def _best_strength(standard: Floats, labels: Integers, *, seed: int, with_bias: bool) -> float:
    """Returns the strength of the lowest log loss on rows left out, fold by fold."""
    cuts = cuts_of(labels, seed=seed)
    if not cuts:
        return UNTRIED
    return of_lowest_loss(
        lambda strength: sum(
            _loss_left_out(standard, labels, cut, strength, with_bias=with_bias) for cut in cuts
        )
    )


def cuts_of(labels: Integers, *, seed: int) -> list[tuple[Integers, Integers]]:
    """Returns rows to learn from and rows left out, fold by fold; none where the rows are too few."""
    from sklearn.model_selection import StratifiedKFold

    counts = np.unique(labels, return_counts=True)[1]
    fewest = counts.min()
    if counts.max() < 2:
        return []
    folds = StratifiedKFold(int(np.clip(fewest, 2, FOLDS)), shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes with a row alone
        # without the only row of a class the others may be of one class, of which nothing is learned
        return [cut for cut in folds.split(labels, labels) if len(np.unique(labels[cut[0]])) > 1]


def of_lowest_loss(loss: Callable[[float], float]) -> float:
    """Returns the strength of the lowest loss on rows left out; the losses fall, then rise."""
    best, lowest = STRENGTHS[0], np.inf
    for strength in STRENGTHS:
        found = loss(strength)
        if found >= lowest:
            break
        best, lowest = strength, found
    return best


def _loss_left_out(
    standard: Floats, labels: Integers, cut: tuple[Integers, Integers], strength: float, *, with_bias: bool
) -> float:
    """Returns the sum of the log losses of rows left out; those of a class that was not learned do not count."""
    from scipy.special import log_softmax

    train, left_out = cut
    coefficients, intercept, classes = _fitted(standard[train], labels[train], strength, with_bias=with_bias)
    known = left_out[np.isin(labels[left_out], classes)]
    log_probabilities = log_softmax(standard[known] @ coefficients.T + intercept, axis=1)
    place = np.searchsorted(classes, labels[known])
    return float(-log_probabilities[np.arange(len(known)), place].sum())


def _fitted(
    standard: Floats, labels: Integers, strength: float, *, with_bias: bool
) -> tuple[Floats, Floats, Integers]:
    """Returns coefficients [K, D], intercepts [K] and the K classes that have rows."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(
        C=strength, class_weight="balanced", fit_intercept=with_bias, max_iter=300, tol=1e-3
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is good enough
        regression.fit(standard, labels)
    coefficients, intercept = regression.coef_, np.broadcast_to(regression.intercept_, len(regression.coef_))
    if len(coefficients) == 1:  # of two classes it gives one row, the difference of both
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        intercept = np.concatenate([-intercept, intercept]) / 2
    return coefficients, np.asarray(intercept), regression.classes_
