"""A number: a price, a score, a share. The network learns it in units of its deviation, about its mean."""

import warnings
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.errors import DataError
from finetune.tasks.bands import band_of, edges_of
from finetune.tasks.calibration import Calibration
from finetune.tasks.number_intervals import around, conformal, r2_difference, score_intervals
from finetune.tasks.single_label import single_label
from finetune.tasks.task import NUMBER, Answer, Columns, Directions, Facts, Floats, Targets, Task

if TYPE_CHECKING:
    from torch import Tensor
    from torchmetrics import MetricCollection

    from finetune.tasks.losses import RowLoss

BANDS = 10
"""Bands of as many rows each that numbers count as where parts are to be alike: small ones and large ones in each."""

DIRECTIONS: Directions = {
    "loss": "min",
    "r2": "max",
    "mae": "min",
    "mae_noise": "min",
    "rmse": "min",
    "spearman": "max",
    "median_error": "min",
}

DIGITS = 12
"""Digits of a number where answers are kept: errors of large numbers come out of them as they are."""

SHOWN_DIGITS = 6
"""Digits of a number that stands beside a row: more than any estimate is sure of."""

DIGITS_OF_WIDTH = 3
"""Those that the width of its interval keeps, where a number is large and its interval narrow."""


def number() -> Task:
    """Returns the task."""
    return replace(
        single_label(),
        name="number",
        problem_type=NUMBER,
        compared=("r2", "mae", "rmse", "spearman"),
        directions=DIRECTIONS,
        monitored="mae",
        losses=("huber", "squared", "absolute"),
        strata=bands,
        facts=mean_and_deviation,
        with_facts=standardised,
        known=in_units,
        train_metrics=train_metrics,
        epoch_metrics=epoch_metrics,
        derived=as_they_are,
        probabilities=values,
        answer=answer,
        written=written,
        columns=columns,
        calibrated=calibrated,
        right=None,
        report=report,
        scores=scores,
        intervals=score_intervals,
        difference=r2_difference,
    )


LEAST_SPREAD = 1e-5
"""Of the numbers' own size: of less the seven digits of single precision leave next to nothing."""

# ---- labels ---------------------------------------------------------------------------------------------------


ROWS_OF_A_BAND = 30
"""Rows that a band has at least: of fewer a part of a tenth would get more than its share."""


def bands(labels: Sequence[str]) -> list[tuple[Hashable, ...]]:
    """Returns the band of each number, as text that Python reads. [N]"""
    values = np.array([float(label) for label in labels])
    if not len(values):
        return []
    count = min(BANDS, max(1, len(values) // ROWS_OF_A_BAND))
    return [(int(band),) for band in band_of(values, edges_of(values, count))]


# ---- training -------------------------------------------------------------------------------------------------


def mean_and_deviation(targets: Targets) -> Facts:
    """Returns the mean of the training numbers and how far they lie from it.

    Raises:
        DataError: if they are all the same, or differ by so little that single precision cannot tell them apart.
    """
    mean, deviation = float(np.mean(targets)), float(np.std(targets))
    if np.ptp(targets) > 0 and not deviation > LEAST_SPREAD * abs(mean):
        raise DataError(
            "the numbers differ by about {deviation:g}, and are about {mean:g}: so small differences are lost. "
            "Subtract {mean:.0f} from all of them.",
            deviation=deviation,
            mean=mean,
        )
    if not np.ptp(targets) > 0:
        raise DataError(
            "all {n:,} training rows have the same number, {value:g}: there is nothing to learn. Is it the right "
            "column? Name another with --data.label_column.",
            n=len(targets),
            value=mean,
        )
    return {"mean": [mean], "deviation": [deviation]}


def standardised(loss: "RowLoss", facts: Facts) -> "RowLoss":
    """Returns a loss of numbers in the user's units, which a network answers as deviations from the mean."""
    mean, deviation = _of(facts)

    def of_deviations(logits: "Tensor", labels: "Tensor", *, label_smoothing: float = 0.0) -> "Tensor":
        return loss(logits, (labels - mean) / deviation, label_smoothing=label_smoothing)

    return of_deviations


def in_units(facts: Facts) -> Calibration:
    """Returns how deviations from the mean become numbers in the user's units."""
    if not facts:
        return Calibration()
    mean, deviation = _of(facts)
    return Calibration(scale=[deviation], shift=[mean], facts={name: facts[name] for name in UNITS})


UNITS = ("mean", "deviation")
"""What has to be known to measure the loss of a network that answers in the user's units by itself."""


def _of(facts: Facts) -> tuple[float, float]:
    """The mean and the deviation; where nothing is known numbers are taken as they come."""
    return (facts["mean"][0], facts["deviation"][0]) if facts else (0.0, 1.0)


def train_metrics(outputs: int) -> "MetricCollection":
    """Returns R2 and the mean error."""
    from finetune.tasks.number_metrics import number_metrics

    return number_metrics(["r2", "mae"])


def epoch_metrics(outputs: int) -> "MetricCollection":
    """Returns all that an epoch is measured by."""
    from finetune.tasks.number_metrics import SCORES, number_metrics

    return number_metrics(list(SCORES))


def as_they_are(values: "dict[str, Tensor]") -> "dict[str, Tensor]":
    """Returns the values themselves: nothing is made of them."""
    return values


# ---- answers --------------------------------------------------------------------------------------------------


def values(logits: Floats, calibration: Calibration) -> Floats:
    """Returns the numbers in the user's units. [N, 1]"""
    return calibration.applied(logits)


def answer(values: Floats, calibration: Calibration) -> Answer:
    """Returns the numbers, with the interval where one is known.

    How sure a number is its interval says alone; one that is wider than asked for is abstained from.
    """
    answered = values[:, 0].astype(np.float64)
    half = around(answered, calibration.facts)
    unsure = np.full(len(answered), np.nan)
    if half is None:
        return Answer(answered, unsure, np.zeros(len(answered), dtype=bool))
    widest = calibration.facts.get("widest", [np.inf])[0]
    return Answer(answered, unsure, 2 * half > widest, answered - half, answered + half)


def written(predicted: Targets, names: Sequence[str]) -> list[str]:
    """Returns numbers as text. [N]"""
    return [f"{value:.{DIGITS}g}" for value in predicted]


def columns(answer: Answer, values: Floats, names: Sequence[str]) -> Columns:
    """Returns the number of each row, where its interval begins and ends, and whether that is too wide."""
    empty = np.full(len(answer.predicted), np.nan)
    low, high = [empty if each is None else each for each in (answer.low, answer.high)]
    shown = {
        name: rounded(each, high - low)
        for name, each in (("value", answer.predicted), ("low", low), ("high", high))
    }
    return {**shown, "abstained": answer.abstained}


def rounded(values: Floats, widths: Floats) -> Floats:
    """Returns numbers with as many digits as mean something; NaN stays.

    Args:
        values: [N].
        widths: [N] of their intervals; NaN where there is none.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.floor(np.log10(np.abs(values) / widths))
    digits = np.where(np.isfinite(size), np.maximum(size + DIGITS_OF_WIDTH, SHOWN_DIGITS), SHOWN_DIGITS)
    shown = [f"{value:.{int(figures)}g}" for value, figures in zip(values, digits, strict=True)]
    return np.array(shown, dtype=np.float64)


def calibrated(logits: Floats, targets: Targets, known: Calibration) -> Calibration:
    """Returns what was known, with how far the rows' numbers lie from the answers."""
    found = conformal(known.applied(logits)[:, 0], targets)
    return replace(
        known, facts={**{name: known.facts[name] for name in UNITS if name in known.facts}, **found}
    )


# ---- scores ---------------------------------------------------------------------------------------------------


def report(truth: Targets, logits: Floats, calibration: Calibration, names: Sequence[str]) -> dict[str, Any]:
    """Returns every score, and what the intervals hold of the truth."""
    answered = answer(values(logits, calibration), calibration)
    found: dict[str, Any] = {**scores(truth, answered.predicted), "rows": len(truth)}
    if answered.low is None or answered.high is None:
        return found
    within = (answered.low <= truth) & (truth <= answered.high)
    return found | {
        "interval": {
            "wanted": calibration.facts["coverage"][0],
            "measured": float(within.mean()),
            "width": float((answered.high - answered.low).mean()),
            "answered": float(1 - answered.abstained.mean()),
        }
    }


def scores(truth: Targets, predicted: Targets) -> dict[str, float]:
    """Returns R2, errors and the correlation of ranks of numbers [N], as scikit-learn and scipy define them."""
    from scipy.stats import spearmanr
    from sklearn.metrics import mean_absolute_error, median_absolute_error, r2_score, root_mean_squared_error

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a row alone, and answers that are all alike, have no correlation
        return {
            "r2": float(r2_score(truth, predicted)),
            "mae": float(mean_absolute_error(truth, predicted)),
            "rmse": float(root_mean_squared_error(truth, predicted)),
            "spearman": float(spearmanr(truth, predicted).statistic),
            "median_error": float(median_absolute_error(truth, predicted)),
        }
