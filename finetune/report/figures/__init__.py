"""All figures in one place: each takes plain values and returns a `matplotlib.figure.Figure`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from matplotlib.figure import Figure

from finetune.language.which import speaking
from finetune.report.figures import classes, confidence, time


def _until_all_have_left_language(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    @wraps(draw)
    def drawn(*values: Any, language: str | None = None, **more: Any) -> Figure:
        with speaking(language):
            return draw(*values, **more)

    return drawn


class_bars = _until_all_have_left_language(classes.class_bars)
confusion_matrix = _until_all_have_left_language(classes.confusion_matrix)
length_histogram = _until_all_have_left_language(classes.length_histogram)
coverage_curve = _until_all_have_left_language(confidence.coverage_curve)
pr_curves = _until_all_have_left_language(confidence.pr_curves)
reliability = _until_all_have_left_language(confidence.reliability)
curves = _until_all_have_left_language(time.curves)
resource_curves = _until_all_have_left_language(time.resource_curves)

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
