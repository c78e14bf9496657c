"""Intervals of numbers: those that the truth lies within, and those of scores if the rows were drawn anew."""

import math

import numpy as np
from numpy.typing import NDArray

from finetune.tasks.bands import band_of, edges_of
from finetune.tasks.bootstrap import CHUNK_BYTES, Integers, Interval

Floats = NDArray[np.float64]
Facts = dict[str, list[float]]

COVERAGE = 0.9
"""The share of rows whose number shall lie within their interval."""

BAND_ROWS = 50
"""Rows of a band that has a width of its own: of 50 the 46th smallest error is taken."""

MOST_BANDS = 10

FEWEST_DRAWN = 2
"""Rows that drawing anew needs: of one every draw is the same."""


# ---- where the truth lies -------------------------------------------------------------------------------------


def conformal(answered: Floats, truth: Floats) -> Facts:
    """Returns how far the truth may lie from an answer, by the errors of rows that were not trained on.

    Split-conformal: of n errors the ceil((n + 1) x coverage)-th smallest is the half of the width (Lei et al.,
    Distribution-Free Predictive Inference for Regression, arXiv 1604.04173). It is found for each band of what was
    answered (Mondrian: Bostroem and Johansson, PMLR 128, 2020), where there are rows for several: dear things are
    mostly off by more. Nothing where the rows are too few for any width, or an answer is no number.

    Args:
        answered: [N].
        truth: [N].
    """
    if len(truth) < fewest(COVERAGE) or not np.isfinite(answered).all():
        return {}
    bands = int(np.clip(len(truth) // BAND_ROWS, 1, MOST_BANDS))
    edges = edges_of(answered, bands)
    band, errors = band_of(answered, edges), np.abs(answered - truth)
    if np.bincount(band, minlength=len(edges) + 1).min() < BAND_ROWS // 2:  # many answers alike
        edges, band = np.zeros(0), np.zeros(len(truth), dtype=np.int64)
    halves = [half_width(errors[band == each]) for each in range(len(edges) + 1)]
    return {"edges": edges.tolist(), "half_widths": halves, "coverage": [COVERAGE]}


def fewest(coverage: float) -> int:
    """Returns of how many errors one is as large as so much coverage asks for."""
    return math.ceil(coverage / (1 - coverage) - 1e-9)


def half_width(errors: Floats) -> float:
    """Returns the error that new ones stay within as often as wanted. [N]"""
    place = math.ceil((len(errors) + 1) * COVERAGE - 1e-9)
    return float(np.sort(errors)[min(place, len(errors)) - 1])


def around(answered: Floats, facts: Facts) -> Floats | None:
    """Returns half the width of the interval about each answer [N]; None where no rows have told it."""
    if "half_widths" not in facts:
        return None
    band = band_of(answered, np.asarray(facts["edges"], dtype=np.float64))
    return np.asarray(facts["half_widths"], dtype=np.float64)[band]


# ---- scores, if the rows were drawn anew ------------------------------------------------------------------------


def score_intervals(
    truth: Floats, predicted: Floats, outputs: int, *, resamples: int = 2000, seed: int
) -> dict[str, tuple[float, float]]:
    """Returns the 95% intervals of R2, MAE and RMSE: the percentiles over rows drawn anew, as in `bootstrap`.

    None where there is nothing to draw from: of one row, or of R2 where all numbers are the same.
    """
    if len(truth) < FEWEST_DRAWN:
        return {}
    drawn = _drawn(truth, [predicted], resamples=resamples, seed=seed)
    if not np.ptp(truth) > 0:
        drawn.pop("r2")
    found = {name: np.nanquantile(values[0], [0.025, 0.975]) for name, values in drawn.items()}
    return {name: (float(low), float(high)) for name, (low, high) in found.items() if low < high}


def r2_difference(
    truth: Floats, first: Floats, second: Floats, outputs: int, *, resamples: int = 2000, seed: int
) -> Interval:
    """Returns R2 of the first minus that of the second; both are scored on the same drawn rows.

    NaN where numbers do not differ, for which there is no R2.
    """
    if len(truth) < FEWEST_DRAWN or not np.ptp(truth) > 0:
        return Interval(math.nan, math.nan, math.nan)
    drawn = _drawn(truth, [first, second], resamples=resamples, seed=seed)["r2"]
    low, high = np.nanquantile(drawn[0] - drawn[1], [0.025, 0.975])
    missed = [float(np.square(each - truth).sum()) for each in (first, second)]
    spread = float(np.square(truth - truth.mean()).sum())
    return Interval((missed[1] - missed[0]) / spread, float(low), float(high))


def _drawn(truth: Floats, answers: list[Floats], *, resamples: int, seed: int) -> dict[str, Floats]:
    """Returns R2, MAE and RMSE [A, R] of A answers on R draws of the rows."""
    random = np.random.default_rng(seed)
    rows = len(truth)
    errors = [np.abs(each - truth) for each in answers]
    centred = truth - truth.mean()  # else the squares of large numbers lose what they differ in
    found: dict[str, list[Floats]] = {"r2": [], "mae": [], "rmse": []}
    chunk = max(1, CHUNK_BYTES // (8 * rows))
    for start in range(0, resamples, chunk):
        index: Integers = random.integers(rows, size=(min(chunk, resamples - start), rows))
        of_truth = centred[index]
        spread = of_truth.var(axis=1)
        absolute = np.stack([each[index].mean(axis=1) for each in errors])
        squared = np.stack([np.square(each)[index].mean(axis=1) for each in errors])
        with np.errstate(divide="ignore", invalid="ignore"):
            told = np.where(spread > 0, 1 - squared / spread, np.nan)
        for name, values in (("r2", told), ("mae", absolute), ("rmse", np.sqrt(squared))):
            found[name].append(values)
    return {name: np.concatenate(values, axis=1) for name, values in found.items()}
