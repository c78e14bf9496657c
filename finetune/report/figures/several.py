"""Figures of labels that stand together: how many labels a row has, in truth and in the answer."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from finetune.language.numbers import count
from finetune.language.say import say
from finetune.report.figures.drawing import BLUE, ORANGE, legend, localized, paper, quiet_axes, titled

MOST = 8
"""Labels of a row from which on rows stand in one bar."""


def label_amounts(true: NDArray[np.int64], answered: NDArray[np.int64]) -> Figure:
    """Draws how many rows have how many labels, beside how many were answered to them.

    Args:
        true: [N] labels of each row.
        answered: [N] labels that it was given.
    """
    most = int(min(MOST, max(true.max(initial=0), answered.max(initial=0))))
    places = np.arange(most + 1)
    figure = paper(2.8)
    axes = figure.add_subplot()
    quiet_axes(axes, grid="y")
    for shift, values, colour, name in (
        (-0.2, true, BLUE, say("in the table")),
        (0.2, answered, ORANGE, say("answered")),
    ):
        rows = np.bincount(np.minimum(values, most), minlength=most + 1)
        axes.bar(places + shift, rows, width=0.38, color=colour, alpha=0.75, linewidth=0, label=name)
    axes.set_xticks(places, _amounts(places, more=max(true.max(initial=0), answered.max(initial=0)) > most))
    titled(axes, "", x=say("labels of a row"), y=say("rows"))
    localized(axes, which="y")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    legend(figure, axes, columns=2, above=True)
    return figure


def _amounts(places: Sequence[int] | NDArray[np.int64], *, more: bool) -> list[str]:
    names = [count(int(place)) for place in places]
    return [*names[:-1], f"{names[-1]}+"] if more else names
