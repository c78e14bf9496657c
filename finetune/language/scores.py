"""What scores are called where people read them, what they say in a few words, and how their values are written."""

import math
from collections.abc import Sequence

from finetune.language.numbers import NOTHING, number, significant, span
from finetune.language.say import Message, say

SCORES = {
    "f1_macro": Message("macro-F1"),
    "f1_micro": Message("micro-F1"),
    "f1_weighted": Message("weighted F1"),
    "accuracy": Message("accuracy"),
    "balanced_accuracy": Message("balanced accuracy"),
    "mcc": Message("MCC"),
    "roc_auc": Message("ROC-AUC"),
    "average_precision": Message("average precision"),
    "brier": Message("Brier score"),
    "ece": Message("calibration error"),
    "log_loss": Message("log loss"),
    "loss": Message("loss"),
    "f1_samples": Message("F1 by row"),
    "lrap": Message("ranking precision (LRAP)"),
    "hamming_loss": Message("Hamming loss"),
    "kappa": Message("kappa"),
    "mae": Message("MAE"),
    "rmse": Message("RMSE"),
    "r2": Message("R²"),
    "spearman": Message("Spearman"),
    "median_error": Message("median error"),
}

SAYS = {
    "f1_macro": Message("mean of the classes, each counted alike; 1 is perfect"),
    "accuracy": Message("share of the rows that are right"),
    "kappa": Message("far errors count more; 1 is perfect, 0 is guessing"),
    "mae": Message("how far an answer is off on average"),
    "median_error": Message("half of the answers are off by less"),
    "r2": Message("1 is perfect, 0 no better than one number for all"),
}
"""What some of them say, as it stands below a value."""


def score_name(name: str) -> str:
    """Returns a score as the reader calls it; one of the user's own by its own name, as in `metrics.json`."""
    return str(SCORES.get(name, name))


IN_THE_UNIT = ("mae", "rmse", "median_error")
"""Scores that are as large as what was asked for: a price of thousands has no three digits behind the mark."""


LIMITS = {
    **dict.fromkeys(("f1", "accuracy", "precision", "auc", "ece"), (0.0, 1.0)),
    **dict.fromkeys(("lrap", "hamming", "average_precision"), (0.0, 1.0)),
    **dict.fromkeys(("mcc", "kappa", "spearman"), (-1.0, 1.0)),
    "r2": (-math.inf, 1.0),
    **dict.fromkeys(("mae", "rmse", "median_error"), (0.0, math.inf)),
    "brier": (0.0, 2.0),
    "loss": (0.0, math.inf),
}
"""What no value can leave, by a piece of a score's name: its interval is cut there when it is told."""


def score_value(name: str, value: float | None, *, digits: int = 3) -> str:
    """Returns the value of a score with so many digits behind the decimal mark, or as many as its size needs."""
    if value is None:
        return NOTHING
    return significant(value) if name in IN_THE_UNIT else number(value, digits=digits)


def limits_of(name: str) -> tuple[float, float]:
    """Returns what a score is between."""
    return next((limits for piece, limits in LIMITS.items() if piece in name), (-math.inf, math.inf))


def within_limits(name: str, interval: Sequence[float]) -> tuple[float, float]:
    """Returns the part of an interval that a score can reach: one by Student's t goes beyond."""
    least, most = limits_of(name)
    return max(interval[0], least), min(interval[1], most)


def score_span(name: str, interval: Sequence[float | None] | None) -> str:
    """Returns the interval of a score, as "0.79 to 0.89", cut where the score ends; "" where there is none."""
    edges = [edge for edge in interval or () if edge is not None]
    if len(edges) < 2:
        return ""
    low, high = within_limits(name, edges)
    if name not in IN_THE_UNIT:
        return span((low, high))
    return say("{low} to {high}", low=significant(low), high=significant(high))
