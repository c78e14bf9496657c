"""Figures of the classes and texts: confusion matrix, bars for each class, lengths of texts."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from finetune.language.numbers import count, percent
from finetune.language.say import say
from finetune.report.figures.drawing import (
    BLUE,
    INK,
    ORANGE,
    SMALL,
    WIDTH,
    legend,
    localized,
    paper,
    quiet_axes,
    shown_labels,
    titled,
)

MOST_LABELS = 40
"""Classes above which a confusion matrix has neither names nor numbers."""

SHARES_UP_TO = 10
"""Classes above which the cells have counts alone: there is no room for shares."""

NAMES_UP_TO = 6
"""Classes above which the columns carry the numbers of the rows instead of names."""

SHORT = 12
"""Letters of names that have room above a column without being turned."""

SHADES = 12


def confusion_matrix(
    matrix: NDArray[np.int64], labels: Sequence[str], *, row: str = "", column: str = ""
) -> Figure:
    """Draws counts, and colours by the share of the true class.

    Args:
        matrix: [C, C] rows: the true class; columns: the answer.
        labels: [C] names.
        row: What a row is, where it is no true class.
        column: What a column is, where it is no answer.
    """
    classes = len(labels)
    named = classes <= MOST_LABELS
    numbered = classes > NAMES_UP_TO
    if named:
        cell = 0.52 if classes <= 6 else 0.44 if classes <= SHARES_UP_TO else 0.3
        width = max(WIDTH, 1.7 + cell * classes)
        figure = paper(0.9 + cell * classes + (0 if numbered else 0.7), width)
    else:
        figure = paper(WIDTH)
    axes = figure.add_subplot()
    shares = matrix / np.maximum(1, matrix.sum(axis=1, keepdims=True))
    _shade(axes, shares)
    axes.set_xlim(-0.5, classes - 0.5)
    axes.set_ylim(classes - 0.5, -0.5)
    axes.set_aspect("equal" if not named else "auto")
    quiet_axes(axes, grid="")
    by_number = say("answer of the model (number of the class)") if numbered and named else ""
    titled(axes, "", x=column or by_number or say("answer of the model"), y=row or say("true class"))
    axes.xaxis.set_label_position("top")
    axes.xaxis.tick_top()
    if not named:
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_visible(True)
        return figure
    places = range(classes)
    names = shown_labels(labels, letters=16)
    if numbered:
        axes.set_xticks(places, [str(place + 1) for place in places], color=INK)
        names = [f"{place + 1}. {name}" for place, name in enumerate(names)]
    else:
        few = classes <= 3 and max(map(len, labels)) <= SHORT
        names_above = shown_labels(labels, letters=14 if few else 12)
        axes.set_xticks(
            places, names_above, rotation=0 if few else 40, ha="center" if few else "left", color=INK
        )
    axes.set_yticks(places, names, color=INK)
    for name in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        name.set_parse_math(False)
        name.set_fontsize(SMALL if classes <= SHARES_UP_TO else SMALL - 0.5)
    for true, predicted in zip(*np.nonzero(matrix), strict=True):
        share = shares[true, predicted]
        text = count(int(matrix[true, predicted]))
        if classes <= SHARES_UP_TO:
            text += f"\n{percent(share, digits=0)}"
        size = SMALL if classes <= SHARES_UP_TO and cell > 0.5 else SMALL - 1
        colour = "white" if share > 0.55 else INK
        axes.text(
            predicted, true, text, ha="center", va="center", fontsize=size, color=colour, linespacing=1.15
        )
    return figure


def _shade(axes: Axes, shares: NDArray[np.float64]) -> None:
    """Colours the cells that are not empty, right answers and errors apart.

    All of one shade are one path, so that 500 classes stay a small file.
    """
    shades = np.ceil(shares * SHADES).astype(np.int64)
    right = np.eye(len(shades), dtype=bool)
    for colour, cells in ((BLUE, np.where(right, shades, 0)), (ORANGE, np.where(right, 0, shades))):
        for shade in np.unique(cells[cells > 0]):
            squares = [
                np.array([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y)]) - 0.5
                for y, x in zip(*np.nonzero(cells == shade), strict=True)
            ]
            codes = [Outline.MOVETO, *[Outline.LINETO] * 3, Outline.CLOSEPOLY] * len(squares)
            outline = Outline(np.concatenate(squares), codes)
            axes.add_patch(PathPatch(outline, facecolor=colour, alpha=shade / SHADES, linewidth=0))


def class_bars(
    labels: Sequence[str],
    f1: Sequence[float],
    *,
    precision: Sequence[float],
    recall: Sequence[float],
) -> Figure:
    """Draws the F1 of each class as a bar, precision and recall as dots, in the order given.

    Args:
        labels: [C] names.
        f1: [C].
        precision: [C].
        recall: [C].
    """
    places = np.arange(len(labels))
    figure = paper(0.9 + 0.36 * len(labels))
    axes = figure.add_subplot()
    quiet_axes(axes, grid="x")
    axes.barh(places, f1, height=0.62, color=BLUE, alpha=0.35, linewidth=0, label="F1")
    axes.scatter(
        precision, places, s=26, color=BLUE, marker="D", label=say("precision"), zorder=3, linewidth=0
    )
    axes.scatter(recall, places, s=30, color=ORANGE, marker="o", label=say("recall"), zorder=3, linewidth=0)
    axes.set_yticks(places, shown_labels(labels, letters=18), color=INK)
    for text in axes.get_yticklabels():
        text.set_parse_math(False)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlim(0, 1.02)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    localized(axes, which="x")
    legend(figure, axes, columns=3, above=True)
    return figure


def length_histogram(
    lengths: Sequence[int] | NDArray[np.int64],
    *,
    unit: str = "words",
    limit: int | None = None,
) -> Figure:
    """Draws how many texts are how long.

    Args:
        lengths: [N] of the texts.
        unit: `words` or `tokens`.
        limit: Length after which a text is cut; drawn as a line.
    """
    values = np.asarray(lengths, dtype=np.int64)
    # a few texts of thousands of words would leave all others in one bar
    edge = max(1, math.ceil(float(np.quantile(values, 0.99)))) if len(values) else 1
    step = max(1, math.ceil(edge / 30))
    bins = np.arange(0, edge + 2 * step, step)
    figure = paper(2.4)
    axes = figure.add_subplot()
    quiet_axes(axes, grid="y")
    axes.hist(np.minimum(values, edge), bins=bins.tolist(), color=BLUE, alpha=0.75, rwidth=0.92)
    if limit is not None and limit <= bins[-1]:
        axes.axvline(limit, color=ORANGE, linewidth=1.5)
    tokens = say("Length of the texts in tokens (pieces of words)")
    titled(
        axes,
        tokens if unit == "tokens" else say("Length of the texts in words"),
        x=say("the last bar holds all longer ones too") if values.max(initial=0) > edge else "",
        y=say("texts"),
    )
    localized(axes)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return figure
