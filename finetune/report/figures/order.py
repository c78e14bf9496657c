"""Figure of classes in an order: by how many steps answers are off."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from finetune.language.numbers import number, percent
from finetune.language.say import say
from finetune.report.figures.drawing import BLUE, INK, ORANGE, SMALL, localized, paper, quiet_axes, titled

WRITTEN_UP_TO = 9
"""Bars above which there is no room for their shares."""


def step_bars(rows: NDArray[np.int64]) -> Figure:
    """Draws how many rows are answered so many steps too low or too high; what is right is of another colour.

    Args:
        rows: [2C - 1] from C - 1 steps too low to C - 1 too high.
    """
    middle = len(rows) // 2
    steps = range(-middle, middle + 1)
    figure = paper(2.9)
    axes = figure.add_subplot()
    quiet_axes(axes, grid="y")
    axes.bar(
        steps, rows, width=0.8, color=[ORANGE if step else BLUE for step in steps], alpha=0.75, linewidth=0
    )
    if len(rows) <= WRITTEN_UP_TO:
        for step, n in zip(steps, rows.tolist(), strict=True):
            share = percent(n / max(1, int(rows.sum())), digits=0)
            if n:
                axes.text(step, n, share, ha="center", va="bottom", fontsize=SMALL, color=INK)
        axes.margins(y=0.12)
        axes.set_xticks(steps, [number(step, digits=0, sign=bool(step)) for step in steps])
    else:
        localized(axes, which="x")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=9))
    titled(axes, "", x=say("steps too low (-) or too high (+)"), y=say("rows"))
    localized(axes, which="y")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    return figure
