"""From which probability on a label is answered, where a row may have several: found by F1. Knows no logits."""

import numpy as np
from numpy.typing import NDArray

from finetune.tasks.calibration import Calibration

Floats = NDArray[np.float64]

THRESHOLDS = "thresholds"
"""Where they stand among the facts of a calibration."""

HALF = 0.5
"""The threshold where no row has told anything."""

LEAST_F1 = 0.01
"""An F1 below which a label is not worth its false alarms, and is answered only where it is likely (our choice)."""

EXPECTED = 10.0
"""Rows that are thought to have each label besides those that have it, with answers as their probabilities promise.

By what the rows alone say, a label of a few of them gets the threshold that happens to fit these. What the
probabilities promise depends on all rows, and is nearly as good. Of insults in tweets (six labels, on 0.7 to 32% of the
rows; TF-IDF, three draws of 5,000 training rows) macro-F1 on others was by 100, 250, 500 and 2,000 rows

    0.5 for all                     0.237   0.237   0.237   0.237
    one threshold for all           0.307   0.307   0.306   0.309
    each by its rows                0.343   0.379   0.405   0.424
    each by its probabilities       0.382   0.395   0.400   0.412
    each by both, with 10 such      0.385   0.395   0.414   0.418
"""


def thresholds_of(calibration: Calibration, num_labels: int) -> Floats:
    """Returns the probability from which on each label is answered. [C]"""
    return np.asarray(calibration.facts.get(THRESHOLDS) or [HALF] * num_labels)


def find_thresholds(probabilities: Floats, targets: NDArray[np.float32]) -> list[float]:
    """Returns the thresholds of the best F1, as it was on rows that were not trained on and is to be expected. [C]

    Args:
        probabilities: [N, C] of rows that were not trained on.
        targets: [N, C] 1 where the row has the label.
    """
    if not len(probabilities) or not np.isfinite(probabilities).all():
        return [HALF] * probabilities.shape[1]
    return [
        find_threshold(of_label, there) for of_label, there in zip(probabilities.T, targets.T, strict=True)
    ]


def find_threshold(probabilities: Floats, there: NDArray[np.float32]) -> float:
    """Returns the threshold of one label.

    It lies half way between two probabilities: what is computed elsewhere differs in the last digit.

    Args:
        probabilities: [N].
        there: [N] 1 where the row has the label.
    """
    order = np.argsort(-probabilities, kind="stable")
    sure = probabilities[order]
    weight = EXPECTED / max(sure.sum(), 1e-9)
    evidence = there[order] + weight * sure  # [N] what each row adds to the right answers
    right, answered = np.cumsum(evidence), (1 + weight) * np.arange(1, len(sure) + 1)
    f1 = 2 * right / (answered + evidence.sum())
    below = np.append(sure[1:], 0.0)
    f1[below == sure] = -1.0  # rows of one probability are answered together or not at all
    best = int(f1.argmax())
    if f1[best] < LEAST_F1:
        return HALF
    return float((sure[best] + below[best]) / 2)
