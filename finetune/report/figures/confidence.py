"""Figures of confidence: reliability, answers against accuracy, precision against recall."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from finetune.evaluation.abstention import curve
from finetune.language.say import say
from finetune.report.figures.drawing import (
    BLUE,
    COLOURS,
    GREY,
    INK,
    ORANGE,
    SMALL,
    legend,
    localized,
    paper,
    quiet_axes,
    shown_labels,
    titled,
)
from finetune.report.figures.measures import (
    Booleans,
    Floats,
    precision_recall,
    reliability_bins,
    thinned,
)

MOST_CURVES = 10

SHORT = 17
"""Letters of names that have room beside one another."""


def reliability(confidence: Floats, right: Booleans, *, title: str = "", x: str = "", y: str = "") -> Figure:
    """Draws how often the model is right for each height of its confidence, and how many rows are there.

    Args:
        confidence: [N] probability of the answer.
        right: [N] whether it was right.
        title: Above the figure.
        x: What the confidence is called, where it is not that of an answer.
        y: What the share is called.
    """
    bins = reliability_bins(confidence, right)
    figure = paper(4.1)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
    middle = bins.low + bins.width / 2
    above.plot([0, 1], [0, 1], color=GREY, linewidth=1.2, linestyle=(0, (4, 3)))
    above.bar(middle, bins.accuracy, width=0.86 * bins.width, color=BLUE, alpha=0.75)
    below.bar(middle, bins.rows, width=0.86 * bins.width, color=GREY, alpha=0.75)
    for axes in (above, below):
        quiet_axes(axes, grid="y")
        axes.set_xlim(0, 1)
    above.set_ylim(0, 1.03)
    titled(above, title, y=y or say("share that is right"))
    titled(below, "", x=x or say("confidence of the model"), y=say("cases") if x else say("rows"))
    localized(above)
    localized(below)
    below.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    return figure


def coverage_curve(confidence: Floats, right: Booleans, *, threshold: float | None = None) -> Figure:
    """Draws the accuracy among the rows that are answered when the least confident ones are left to a human.

    Args:
        confidence: [N] probability of the answer.
        right: [N] whether it was right.
        threshold: Confidence below which the model does not answer; its point is marked.
    """
    thresholds, answered, accuracy = curve(confidence, right)
    figure = paper(3)
    axes = figure.add_subplot()
    quiet_axes(axes)
    shown = thinned(len(thresholds))
    axes.plot(100 * answered[shown], 100 * accuracy[shown], color=BLUE, linewidth=2)
    low = 100 * float(accuracy[answered > 0.1].min(initial=1.0))
    above = thresholds >= threshold if threshold is not None else np.zeros(0, dtype=np.bool_)
    if above.any():
        place = int(np.flatnonzero(above)[-1])
        x, y = 100 * answered[place], 100 * accuracy[place]
        axes.scatter([x], [y], s=55, color=ORANGE, zorder=3, linewidth=0)
        axes.annotate(
            say("chosen threshold"),
            (x, y),
            xytext=(-9, -14) if x > 70 else (9, 5),
            textcoords="offset points",
            ha="right" if x > 70 else "left",
            fontsize=SMALL,
            color=INK,
        )
        low = min(low, y)
    axes.set_xlim(0, 101)
    axes.set_ylim(max(0, np.floor(low / 10) * 10 - 5), 101)
    titled(axes, "", x=say("% of the rows that are answered"), y=say("% right among these"))
    localized(axes)
    return figure


def pr_curves(probabilities: Floats, truth: NDArray[Any], *, labels: Sequence[str]) -> Figure:
    """Draws precision against recall of the most frequent classes, ten at most.

    Args:
        probabilities: [N, C].
        truth: [N] class numbers; [N, C] where a row has several labels or none.
        labels: [C] names.
    """
    has = truth > 0 if truth.ndim == 2 else truth[:, None] == np.arange(len(labels))  # [N, C]
    rows = has.sum(axis=0)
    chosen = [int(place) for place in np.argsort(-rows, kind="stable")[:MOST_CURVES] if rows[place]]
    names = shown_labels([labels[place] for place in chosen], letters=22, lines=1)
    columns = 2 if max(map(len, names), default=0) <= SHORT else 1
    figure = paper(3.1 + 0.21 * math.ceil(len(names) / columns))
    axes = figure.add_subplot()
    quiet_axes(axes)
    for name, place, colour in zip(names, chosen, COLOURS, strict=False):
        recall, precision = precision_recall(probabilities[:, place], has[:, place])
        shown = thinned(len(recall))
        style = "-" if chosen.index(place) < 5 else (0, (4, 1.5))
        axes.plot(recall[shown], precision[shown], color=colour, linewidth=1.8, label=name, linestyle=style)
    axes.set_xlim(0, 1.01)
    axes.set_ylim(0, 1.03)
    titled(axes, "", x=say("recall"), y=say("precision"))
    localized(axes)
    if chosen:
        legend(figure, axes, columns=columns)
    return figure
