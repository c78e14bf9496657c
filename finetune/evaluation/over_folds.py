"""A score over the folds of a cross-validation: its mean, and the interval in which that may lie. Reads no file.

Folds share most of their training rows, so their scores are not independent and the usual t interval is too narrow.
The corrected resampled t interval has, in place of the variance factor 1/n, 1/n + (rows tested / rows trained on)
(Nadeau and Bengio, Inference for the Generalization Error, Machine Learning 52, 2003); n counts the folds of all
repeats (Bouckaert and Frank, Evaluating the Replicability of Significance Tests, PAKDD 2004).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Values = Sequence[float | None]


@dataclass(frozen=True)
class Estimate:
    """A score over the folds.

    Attributes:
        mean: Over the folds that have it; None where none does.
        sd: Standard deviation between them; None of fewer than two.
        low: Where the 95% interval of the mean begins; None of fewer than two.
        high: Where it ends.
        values: One a fold, None where a fold has none.
    """

    mean: float | None
    sd: float | None
    low: float | None
    high: float | None
    values: list[float | None]


def estimate(values: Values, *, ratio: float) -> Estimate:
    """Returns the mean of a score with its corrected interval.

    Args:
        values: [n] one a fold; None or NaN where it could not be measured.
        ratio: Rows tested for each row trained on.
    """
    given = [None if value is None or not math.isfinite(value) else float(value) for value in values]
    there = [value for value in given if value is not None]
    if not there:
        return Estimate(None, None, None, None, given)
    mean = float(np.mean(there))
    if len(there) < 2:
        return Estimate(mean, None, None, None, given)
    from scipy.stats import t

    sd = float(np.std(there, ddof=1))
    half = float(t.ppf(0.975, len(there) - 1)) * sd * math.sqrt(1 / len(there) + ratio)
    return Estimate(mean, sd, mean - half, mean + half, given)


def difference(first: Estimate, second: Estimate, *, ratio: float) -> Estimate:
    """Returns the estimate of the first minus the second, fold by fold."""
    pairs = zip(first.values, second.values, strict=True)
    return estimate([None if a is None or b is None else a - b for a, b in pairs], ratio=ratio)
