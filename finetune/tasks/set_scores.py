"""What answers of several labels together are worth, of all rows at once. N rows, C labels; trains and draws nothing.

    macro-F1    the mean F1 of the labels; one that no row has and no answer is left out
    micro-F1    the F1 of all labels of all rows put together
    samples-F1  the mean over the rows of the F1 of each; 1 where a row has no label and none is answered
    accuracy    the share of rows of which every label is right

F1 is 0 where nothing is right, and so are macro- and micro-F1 where there is nothing at all to be found.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.tasks.calibration import log_losses

Floats = NDArray[np.float64]
Sets = NDArray[Any]

BINS = 15
"""Bins of the expected calibration error, as in Guo et al., On Calibration of Modern Neural Networks (2017)."""


def scores(truth: Sets, predicted: Sets) -> dict[str, float]:
    """Returns macro-F1, micro-F1 and accuracy of sets. [N, C]"""
    given, answered = truth > 0.5, predicted > 0.5
    right, either = (given & answered).sum(axis=0), given.sum(axis=0) + answered.sum(axis=0)  # [C]
    return {
        "f1_macro": float((2 * right / np.maximum(either, 1)).sum() / max((either > 0).sum(), 1)),
        "f1_micro": float(2 * right.sum() / max(either.sum(), 1)),
        "accuracy": float((given == answered).all(axis=1).mean()) if len(given) else float("nan"),
    }


def samples_f1(truth: Sets, predicted: Sets) -> Floats:
    """Returns the F1 of each row. [N]"""
    given, answered = truth > 0.5, predicted > 0.5
    right, either = (given & answered).sum(axis=1), given.sum(axis=1) + answered.sum(axis=1)
    return np.where(either > 0, 2 * right / np.maximum(either, 1), 1.0)


def report(
    truth: Sets, predicted: Sets, logits: Floats, *, names: Sequence[str], thresholds: Floats
) -> dict[str, Any]:
    """Returns every score with label names, ready for JSON.

    Args:
        truth: [N, C].
        predicted: [N, C].
        logits: [N, C] calibrated ones.
        names: [C] of the labels.
        thresholds: [C] the probability from which on each is answered.
    """
    from scipy.special import expit

    probabilities = expit(logits)
    labels = of_labels(truth, predicted, logits) | {"threshold": thresholds}
    return {
        **scores(truth, predicted),
        "f1_samples": float(samples_f1(truth, predicted).mean()),
        "hamming_loss": float(((truth > 0.5) != (predicted > 0.5)).mean()),
        "lrap": ranking_precision(truth, logits),
        **{name: mean_of_there(labels[name]) for name in ("roc_auc", "average_precision")},
        "brier": float(np.square(probabilities - truth).mean()),
        "ece": calibration_error(truth, probabilities),
        "log_loss": float(log_losses(logits, truth).mean()),
        "rows": len(truth),
        "per_class": {
            name: {
                **{key: float(values[number]) for key, values in labels.items()},
                "support": int((truth[:, number] > 0.5).sum()),
            }
            for number, name in enumerate(names)
        },
    }


def of_labels(truth: Sets, predicted: Sets, logits: Floats) -> dict[str, Floats]:
    """Returns the scores of each label [C]; areas under curves are NaN where a label has none, or is on every row."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    given, answered = truth > 0.5, predicted > 0.5
    right, support = (given & answered).sum(axis=0), given.sum(axis=0)
    areas = np.full((2, given.shape[1]), np.nan)
    for label in np.flatnonzero((support > 0) & (support < len(given))):
        areas[:, label] = [
            measure(given[:, label], logits[:, label]) for measure in (roc_auc_score, average_precision_score)
        ]
    return {
        "precision": right / np.maximum(answered.sum(axis=0), 1),
        "recall": right / np.maximum(support, 1),
        "f1": 2 * right / np.maximum(support + answered.sum(axis=0), 1),
        "roc_auc": areas[0],
        "average_precision": areas[1],
    }


def mean_of_there(values: Floats) -> float:
    """Returns the mean of the values that there are; NaN where there is none."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else float("nan")


def ranking_precision(truth: Sets, logits: Floats) -> float:
    """Returns the label ranking average precision: of the labels down to each right one, the share that is right.

    Tsoumakas, Katakis and Vlahavas, Mining Multi-label Data (2010). A row that has no label, or all, counts as 1.
    """
    from scipy.stats import rankdata

    given = truth > 0.5
    among_all = rankdata(-logits, method="max", axis=1)
    among_right = rankdata(np.where(given, -logits, np.inf), method="max", axis=1)
    count = given.sum(axis=1)
    each = np.where(given, among_right / among_all, 0).sum(axis=1) / np.maximum(count, 1)
    return float(np.where((count > 0) & (count < given.shape[1]), each, 1.0).mean())


def calibration_error(truth: Sets, probabilities: Floats) -> float:
    """Returns by how much the probability of a label is off, on average over all labels of all rows."""
    place = np.minimum((probabilities * BINS).astype(np.int64), BINS - 1).ravel()
    off = np.bincount(place, (probabilities - truth).ravel(), minlength=BINS)
    return float(np.abs(off).sum() / max(truth.size, 1))
