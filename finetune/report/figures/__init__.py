"""All figures in one place: each takes plain values and returns a `matplotlib.figure.Figure`."""

from finetune.report.figures.classes import class_bars, confusion_matrix, length_histogram
from finetune.report.figures.confidence import coverage_curve, pr_curves, reliability
from finetune.report.figures.number import against_truth, band_bars, error_histogram, width_curve
from finetune.report.figures.order import step_bars
from finetune.report.figures.several import label_amounts
from finetune.report.figures.time import curves, resource_curves

__all__ = [
    "against_truth",
    "band_bars",
    "class_bars",
    "confusion_matrix",
    "coverage_curve",
    "curves",
    "error_histogram",
    "label_amounts",
    "length_histogram",
    "pr_curves",
    "reliability",
    "resource_curves",
    "step_bars",
    "width_curve",
]
