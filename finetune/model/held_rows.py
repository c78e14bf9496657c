"""Logistic regression of classes, some of which have their weights already. Knows no encoder and no text."""

from dataclasses import dataclass, replace

import numpy as np

from finetune.model.regression import (
    NEVER,
    UNTRIED,
    Floats,
    Integers,
    Regression,
    cuts_of,
    of_lowest_loss,
    scale_of,
)

NEARLY = {"maxiter": 300, "gtol": 1e-3}
"""When the search ends: nearly there is good enough, of a mean loss."""


@dataclass(frozen=True)
class Held:
    """What is known of some classes.

    Attributes:
        rows: Their numbers.
        weight: [C, D] of which theirs count.
        bias: [C] likewise.
    """

    rows: list[int]
    weight: Floats
    bias: Floats

    def within(self, regression: Regression) -> Regression:
        """Returns a regression in which they are as they are held."""
        weight, bias = regression.weight.copy(), regression.bias.copy()
        weight[self.rows], bias[self.rows] = self.weight[self.rows], self.bias[self.rows]
        return replace(regression, weight=weight, bias=bias)


def fit_beside(
    features: Floats, labels: Integers, *, held: Held, seed: int, with_bias: bool = True
) -> Regression:
    """Returns the regression of all other classes beside those that are held; classes weigh alike.

    What is found has the scale of what is held, for together they tell the rows apart.

    Args:
        features: [N, D].
        labels: [N] class numbers.
        held: What does not change.
        seed: Of the cut into folds.
        with_bias: Whether there is a bias; without one features are scaled and not centred.
    """
    classes, width = held.weight.shape
    mean = features.mean(axis=0) if with_bias else np.zeros(width)
    scale = scale_of(features - mean)
    standard = (features - mean) / scale
    logits = np.full((len(labels), classes), -np.inf)
    logits[:, held.rows] = (features @ held.weight.T + held.bias)[:, held.rows]

    def fitted(rows: Integers, strength: float) -> tuple[Floats, Floats, Integers]:
        return _fitted(standard[rows], labels[rows], logits[rows], held.rows, strength, with_bias=with_bias)

    def left_out(cut: tuple[Integers, Integers], strength: float) -> float:
        train, rows = cut
        coefficients, intercept, free = fitted(train, strength)
        said = logits[rows]
        said[:, free] = standard[rows] @ coefficients.T + intercept
        losses = _losses(said, labels[rows])
        return float(losses[np.isfinite(losses)].sum())  # of a class that was not learned there is none

    cuts = cuts_of(labels, seed=seed)
    strength = (
        of_lowest_loss(lambda strength: sum(left_out(cut, strength) for cut in cuts)) if cuts else UNTRIED
    )
    coefficients, intercept, free = fitted(np.arange(len(labels)), strength)
    weight = np.zeros((classes, width))
    weight[free] = coefficients / scale
    lowest = [*intercept, *(held.bias + held.weight @ mean)[held.rows]]
    bias = np.full(classes, min(lowest) - NEVER)
    bias[free] = intercept - weight[free] @ mean
    if not with_bias:
        bias[:] = 0.0
    return held.within(Regression(weight, bias, strength))


def _losses(logits: Floats, labels: Integers) -> Floats:
    """Returns minus the log probability of what is true of each row. [N]"""
    from scipy.special import logsumexp

    return np.asarray(logsumexp(logits, axis=1) - logits[np.arange(len(labels)), labels])


def _fitted(
    standard: Floats, labels: Integers, held: Floats, rows: list[int], strength: float, *, with_bias: bool
) -> tuple[Floats, Floats, Integers]:
    """Returns coefficients [K, D] and intercepts [K] of the K classes that have rows and are not held.

    Args:
        standard: [N, D] features.
        labels: [N] class numbers.
        held: [N, C] logits of what is held.
        rows: Which classes these are.
        strength: The inverse strength of the penalty.
        with_bias: Whether there are intercepts.
    """
    from scipy.optimize import minimize
    from scipy.special import softmax

    present, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    free = np.setdiff1d(present, rows)
    each, width = np.arange(len(labels)), standard.shape[1]
    of_row, penalty = 1 / (len(present) * counts[place]), 1 / (strength * len(labels))

    def loss(flat: Floats) -> tuple[float, Floats]:
        found = flat.reshape(len(free), width + 1)
        logits = held.copy()
        logits[:, free] = standard @ found[:, :-1].T + found[:, -1]
        wrong = softmax(logits, axis=1)
        wrong[each, labels] -= 1
        slope = (wrong[:, free] * of_row[:, None]).T
        gradient = np.column_stack(
            [slope @ standard + penalty * found[:, :-1], slope.sum(axis=1) * with_bias]
        )
        total = (of_row * _losses(logits, labels)).sum() + penalty / 2 * np.square(found[:, :-1]).sum()
        return float(total), gradient.ravel()

    start = np.zeros(len(free) * (width + 1))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=NEARLY).x if len(free) else start
    found = found.reshape(len(free), width + 1)
    return found[:, :-1], found[:, -1], free
