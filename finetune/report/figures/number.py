"""Figures of numbers: answers against the truth, errors, errors by size, errors of the surest answers."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from finetune.language.say import say
from finetune.report.figures.drawing import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    SKY,
    legend,
    localized,
    paper,
    quiet_axes,
    titled,
)
from finetune.report.figures.measures import Floats, thinned

MOST_POINTS = 600
"""Rows that are drawn: of more, those that stand evenly apart in size."""

BARS = 24


def against_truth(truth: Floats, answered: Floats, *, low: Floats | None, high: Floats | None) -> Figure:
    """Draws each answer above its true number, with its interval, and the line on which answers are right.

    Args:
        truth: [N].
        answered: [N].
        low: [N] where intervals begin; None where there are none.
        high: [N] where they end.
    """
    shown = np.argsort(truth, kind="stable")[thinned(len(truth), MOST_POINTS)]
    figure = paper(4.2)
    axes = figure.add_subplot()
    quiet_axes(axes)
    if low is not None and high is not None:
        axes.vlines(
            truth[shown],
            low[shown],
            high[shown],
            color=SKY,
            alpha=0.35,
            linewidth=1.1,
            label=say("its interval"),
        )
    axes.scatter(
        truth[shown], answered[shown], s=9, color=BLUE, alpha=0.7, linewidth=0, label=say("answer"), zorder=3
    )
    both = np.concatenate([truth, answered])
    ends = [float(both.min(initial=0)), float(both.max(initial=1))] if len(both) else [0.0, 1.0]
    axes.plot(ends, ends, color=ORANGE, linewidth=1.4, label=say("right"), zorder=2)
    titled(axes, "", x=say("number in the table"), y=say("answer of the model"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5))
    localized(axes)
    legend(figure, axes, columns=3)
    return figure


def error_histogram(errors: Floats) -> Figure:
    """Draws how many answers are how far off; the outer bars hold all beyond.

    Args:
        errors: [N] answer minus truth.
    """
    edge = float(np.quantile(np.abs(errors), 0.99)) if len(errors) else 1.0
    edge = edge or 1.0
    figure = paper(2.8)
    axes = figure.add_subplot()
    quiet_axes(axes, grid="y")
    bins = np.linspace(-edge, edge, BARS + 1)
    axes.hist(np.clip(errors, -edge, edge), bins=bins.tolist(), color=BLUE, alpha=0.75, rwidth=0.92)
    axes.axvline(0, color=INK, linewidth=1.1)
    titled(axes, "", x=say("too low (-) or too high (+)"), y=say("rows"))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    localized(axes)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    return figure


def band_bars(names: Sequence[str], errors: Sequence[float], *, every: float) -> Figure:
    """Draws how far answers are off on average among small and large numbers.

    Args:
        names: [B] of the bands, small ones first.
        errors: [B] mean error in each.
        every: The mean error of all, drawn as a line.
    """
    figure = paper(0.9 + 0.42 * len(names))
    axes = figure.add_subplot()
    quiet_axes(axes, grid="x")
    places = np.arange(len(names))
    axes.barh(places, errors, height=0.66, color=BLUE, alpha=0.75, linewidth=0)
    axes.axvline(every, color=ORANGE, linewidth=1.4, label=say("mean of all rows"))
    axes.set_yticks(places, list(names), color=INK)
    axes.set_ylim(len(names) - 0.4, -0.6)
    titled(axes, "", x=say("mean error"))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    localized(axes, which="x")
    legend(figure, axes, columns=1, above=True)
    return figure


def width_curve(widths: Floats, errors: Floats) -> Figure:
    """Draws how far answers are off on average when those of the widest intervals are left to a human.

    Args:
        widths: [N] of the intervals.
        errors: [N] how far each answer is off, without its sign.
    """
    order = np.argsort(widths, kind="stable")
    kept = np.arange(1, len(order) + 1)
    mean = np.cumsum(errors[order]) / kept
    shown = thinned(len(order))
    figure = paper(3)
    axes = figure.add_subplot()
    quiet_axes(axes)
    axes.plot(100 * kept[shown] / max(1, len(order)), mean[shown], color=BLUE, linewidth=2)
    axes.axhline(float(mean[-1]) if len(mean) else 0.0, color=GREY, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.set_xlim(0, 101)
    axes.set_ylim(bottom=0)
    titled(axes, "", x=say("% of the rows that are answered"), y=say("mean error among these"))
    localized(axes)
    return figure
