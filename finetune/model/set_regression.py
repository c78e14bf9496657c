"""Logistic regressions on numbers of a frozen encoder, one a label, where a row may have several. Knows no encoder."""

import warnings

import numpy as np
from numpy.typing import NDArray

from finetune.model.regression import (
    NEVER,
    UNTRIED,
    Floats,
    Integers,
    Regression,
    of_lowest_loss,
    scale_of,
)

Sets = NDArray[np.float64]

FOLDS = 3
"""Parts of the rows by which the strength is chosen."""

TRIED_ROWS = 3_000
"""Rows by which it is chosen: the strength says how large weights are thought to be, not how many rows there are."""

TRIED_LABELS = 10
"""Labels by which it is chosen, those on most rows: it is one for all."""


def fit_sets(
    features: Floats, targets: Sets, *, sureness: float, seed: int, with_bias: bool = True
) -> Regression:
    """Returns the regressions whose common penalty does best by cross-validated log loss, made less sure.

    Of these, a label's probability is as high on average as the label is frequent.

    Args:
        features: [N, D].
        targets: [N, C] 1 where the row has the label; one that no row has is made improbable, one that all have
            probable, where there is a bias.
        sureness: What the part of the logits is multiplied by that differs from row to row.
        seed: Of what is drawn.
        with_bias: Whether there is a bias; without one features are scaled and not centred.
    """
    mean = features.mean(axis=0) if with_bias else np.zeros(features.shape[1])
    scale = scale_of(features - mean)
    standard = (features - mean) / scale
    strength = _best_strength(standard, targets, seed=seed, with_bias=with_bias)
    weight, bias = _fitted(standard, targets, strength, with_bias=with_bias)
    weight *= sureness
    if with_bias:
        bias = _as_frequent(standard @ weight.T, targets, bias)
    weight /= scale
    return Regression(weight, bias - weight @ mean if with_bias else bias, strength)


def _best_strength(standard: Floats, targets: Sets, *, seed: int, with_bias: bool) -> float:
    """Returns the strength of the lowest log loss on rows left out, fold by fold."""
    rows = np.random.default_rng(seed).permutation(len(targets))[:TRIED_ROWS]
    support = targets.sum(axis=0)
    labels = np.argsort(-np.minimum(support, len(targets) - support), kind="stable")[:TRIED_LABELS]
    if len(rows) < 2 * FOLDS:
        return UNTRIED
    cuts = [(rows[np.arange(len(rows)) % FOLDS != each], rows[each::FOLDS]) for each in range(FOLDS)]
    return of_lowest_loss(
        lambda strength: sum(
            _loss_left_out(standard, targets[:, labels], cut, strength, with_bias=with_bias) for cut in cuts
        )
    )


def _loss_left_out(
    standard: Floats, targets: Sets, cut: tuple[Integers, Integers], strength: float, *, with_bias: bool
) -> float:
    """Returns the sum of the log losses of rows left out."""
    train, left_out = cut
    weight, bias = _fitted(standard[train], targets[train], strength, with_bias=with_bias)
    logits = standard[left_out] @ weight.T + bias
    return float((np.logaddexp(0, logits) - targets[left_out] * logits).sum())


def _fitted(standard: Floats, targets: Sets, strength: float, *, with_bias: bool) -> tuple[Floats, Floats]:
    """Returns coefficients [C, D] and intercepts [C]; of a label that all rows have, or none, 0 and a large one."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    share = targets.mean(axis=0)
    weight = np.zeros((targets.shape[1], standard.shape[1]))
    bias = np.where(share < 0.5, -NEVER, NEVER) if with_bias else np.zeros(len(share))
    regression = LogisticRegression(C=strength, fit_intercept=with_bias, max_iter=300, tol=1e-3)
    for label in np.flatnonzero((share > 0) & (share < 1)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is good enough
            regression.fit(standard, targets[:, label])
        weight[label], bias[label] = regression.coef_[0], float(np.squeeze(regression.intercept_))
    return weight, bias


def _as_frequent(logits: Floats, targets: Sets, bias: Floats) -> Floats:
    """Returns the biases with which the mean probability of each label is its share, where it has one. [C]

    Args:
        logits: [N, C] without their bias.
        targets: [N, C].
        bias: [C] of labels that all rows have, or none.
    """
    from scipy.optimize import brentq
    from scipy.special import expit

    share = targets.mean(axis=0)
    found = bias.copy()
    for label in np.flatnonzero((share > 0) & (share < 1)):
        of_rows, wanted = logits[:, label], share[label]
        reach = float(np.abs(of_rows).max() + np.abs(np.log(wanted / (1 - wanted))) + 1)
        found[label] = brentq(lambda shift: expit(of_rows + shift).mean() - wanted, -reach, reach)  # noqa: B023
    return found
