"""All figures in one place: each takes plain values and returns a `matplotlib.figure.Figure`."""

from finetune.report.class_figures import class_bars, confusion_matrix, length_histogram
from finetune.report.confidence_figures import coverage_curve, pr_curves, reliability
from finetune.report.time_figures import curves, resource_curves

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
