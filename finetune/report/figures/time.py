"""Figures over time: the curves of the training, and what it took of the machine."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from finetune.language.say import Message, say
from finetune.report.figures.drawing import (
    BLUE,
    COLOURS,
    GREEN,
    MUTED,
    legend,
    localized,
    paper,
    quiet_axes,
    titled,
)
from finetune.report.figures.measures import thinned

Points = Sequence[tuple[float, float]]

FEW = 25
"""Points up to which each has a dot: between them nothing was measured."""


def curves(
    lines: Mapping[str, Points],
    *,
    title: str,
    best: float | None = None,
    zero: bool = False,
) -> Figure:
    """Draws values over the steps of a training.

    Args:
        lines: By the name in the legend, pairs of step and value.
        title: Above the figure.
        best: The step that was kept; drawn as a line.
        zero: Whether the value axis starts at 0.
    """
    figure = paper(2.8)
    axes = figure.add_subplot()
    quiet_axes(axes)
    for (name, points), colour in zip(lines.items(), COLOURS, strict=False):
        shown = [points[place] for place in thinned(len(points))]
        x, y = [step for step, _ in shown], [value for _, value in shown]
        marker = "o" if len(shown) <= FEW else ""
        axes.plot(x, y, color=colour, linewidth=2, marker=marker, markersize=4.5, label=name)
    if best is not None:
        axes.axvline(best, color=GREEN, linewidth=1.2, linestyle=(0, (2, 2)), label=say("version kept"))
    if zero:
        axes.set_ylim(bottom=0)
    titled(axes, title, x=say("steps of the training"))
    localized(axes)
    if len(lines) > 1 or best is not None:
        legend(figure, axes, columns=3)
    return figure


def resource_curves(minutes: NDArray[np.float64], values: Mapping[str, NDArray[np.float64]]) -> Figure:
    """Draws what was taken of the machine, one panel for each column.

    Args:
        minutes: [N] since the first sample.
        values: By the column's name in `resources.csv`, [N] values; NaN where there was none.
    """
    figure = paper(0.5 + 1.35 * max(1, len(values)))
    panels = figure.subplots(max(1, len(values)), 1, sharex=True, squeeze=False)[:, 0]
    shown = thinned(len(minutes))
    for axes, (name, column) in zip(panels, values.items(), strict=False):
        quiet_axes(axes)
        axes.plot(minutes[shown], column[shown], color=BLUE, linewidth=1.6)
        axes.fill_between(minutes[shown], column[shown], color=BLUE, alpha=0.12, linewidth=0)
        axes.set_ylim(bottom=0)
        titled(axes, resource_name(name))
        localized(axes)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    titled(panels[-1], resource_name(list(values)[-1]) if values else "", x=say("minutes"))
    panels[-1].tick_params(colors=MUTED)
    return figure


RESOURCES = {
    "cpu_percent": Message("Processor in use (%)"),
    "ram_gib": Message("Memory of the training (GiB)"),
    "ram_limit_percent": Message("Memory of the machine in use (%)"),
    "disk_free_gib": Message("Free disk space (GiB)"),
    "utilisation_percent": Message("in use (%)"),
    "memory_gib": Message("memory (GiB)"),
    "temperature_celsius": Message("temperature (°C)"),
    "power_watts": Message("power (W)"),
}
"""Columns of `resources.csv`; those of a GPU without its number."""


def resource_name(column: str) -> str:
    """Returns a column of `resources.csv` as the reader calls it; one that is not known stands as it is."""
    if column.startswith("gpu") and "_" in column:
        card, _, what = column.partition("_")
        return f"GPU {card.removeprefix('gpu')}: {RESOURCES.get(what, what)}"
    return str(RESOURCES.get(column, column))
