"""All figures in one place: each takes plain values and returns a `matplotlib.figure.Figure`."""

from finetune.report.figures.classes import class_bars, confusion_matrix, length_histogram
from finetune.report.figures.confidence import coverage_curve, pr_curves, reliability
from finetune.report.figures.time import curves, resource_curves

__all__ = [
    "class_bars",
    "confusion_matrix",
    "coverage_curve",
    "curves",
    "length_histogram",
    "pr_curves",
    "reliability",
    "resource_curves",
]
