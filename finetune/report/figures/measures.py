"""What the figures of confidence show, from probabilities: bins, answers against accuracy. Draws nothing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetune.evaluation.abstention import curve

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

BINS = 15
"""As many as the expected calibration error is measured with (Guo et al., arXiv 1706.04599, section 4)."""


@dataclass(frozen=True)
class Reliability:
    """Rows by how confident the model was in them, without the bins that are empty.

    Attributes:
        low: [K] lower edge of each bin.
        width: Of a bin.
        confidence: [K] mean.
        accuracy: [K] share that was right.
        rows: [K] how many.
    """

    low: Floats
    width: float
    confidence: Floats
    accuracy: Floats
    rows: Integers


def reliability_bins(confidence: Floats, right: Booleans, *, bins: int = BINS) -> Reliability:
    """Returns how often the model is right for each height of its confidence; bins hold their upper edge.

    Args:
        confidence: [N] probability of the answer.
        right: [N] whether it was right.
        bins: Into how many of equal width.
    """
    which = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    rows = np.bincount(which, minlength=bins)
    filled = rows > 0

    def mean(values: Floats) -> Floats:
        return np.bincount(which, weights=values, minlength=bins)[filled] / rows[filled]

    low = np.arange(bins)[filled] / bins
    return Reliability(low, 1 / bins, mean(confidence), mean(right.astype(np.float64)), rows[filled])


def uncalibrated(probabilities: Floats, temperature: float) -> Floats:
    """Returns the probabilities [N, C] as they were before they were divided by the temperature.

    Args:
        probabilities: [N, C] after it.
        temperature: What the logits were divided by.
    """
    logits = temperature * np.log(np.clip(probabilities, 1e-300, None))
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def precision_recall(scores: Floats, positive: Booleans) -> tuple[Floats, Floats]:
    """Returns recall [K] and precision [K] for every threshold, from the strictest on.

    Args:
        scores: [N] probability of the class.
        positive: [N] whether the row is of the class.
    """
    _, answered, precision = curve(scores, positive)
    found = precision * np.round(answered * len(scores))
    return found / max(1, int(positive.sum())), precision


def thinned(points: int, most: int = 300) -> Integers:
    """Returns which of so many points are drawn: all, or evenly spread ones with the first and the last."""
    return np.unique(np.linspace(0, points - 1, min(points, most)).round().astype(np.int64))
