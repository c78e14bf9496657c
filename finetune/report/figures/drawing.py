"""The look of all figures, and a figure as SVG for the middle of a page. Draws nothing itself.

The objects of `matplotlib.figure` alone are used, never pyplot: whoever draws elsewhere in the process sees no change.
"""

import io
import re
import textwrap
import warnings
from collections.abc import Iterable
from decimal import Decimal

import matplotlib
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from finetune.language.numbers import count, number
from finetune.language.which import language, speaking

# Okabe and Ito's colours, told apart by the colour-blind (Color Universal Design, 2008)
BLUE, ORANGE, GREEN, YELLOW = "#0072b2", "#d55e00", "#009e73", "#e69f00"
PINK, SKY, OLIVE, VIOLET, BROWN, GREY = "#cc79a7", "#56b4e9", "#999933", "#882255", "#7f5539", "#8a949b"
COLOURS = (BLUE, ORANGE, GREEN, YELLOW, PINK, SKY, OLIVE, VIOLET, BROWN, GREY)
INK, MUTED, GRID, SURFACE = "#1f2a33", "#5b6771", "#dde2e6", "#fefefe"

VARIABLES = {INK: "ink", MUTED: "muted", GRID: "line", SURFACE: "card", BLUE: "blue", ORANGE: "orange"}
VARIABLES |= {GREEN: "green", YELLOW: "yellow"}
"""Colours that the page's style sheet sets, so that they change with light and dark."""

WIDTH = 4.2
"""Inches: on a phone the figure is shown at nearly its own size, and so are its letters."""

WIDE, LEAST_SHARE = 450, 0.8
"""Pixels of a figure from which it is shown at so much of its size at least."""

LETTERS, SMALL = 10.5, 9.5
"""Points."""


def paper(height: float, width: float = WIDTH) -> Figure:
    """Returns an empty figure of so many inches."""
    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def quiet_axes(axes: Axes, *, grid: str = "both") -> None:
    """Takes the frame off and leaves thin lines to read values by.

    Args:
        axes: What to draw in.
        grid: `x`, `y` or `both`; "" for none.
    """
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom" and grid != "")
        spine.set_color(GRID)
    axes.tick_params(colors=MUTED, labelsize=SMALL, length=0)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid, color=GRID, linewidth=0.8)  # type: ignore[arg-type]


def titled(axes: Axes, title: str, *, x: str = "", y: str = "") -> None:
    """Writes the title to the left above, and the names of the axes."""
    if title:
        axes.set_title(title, loc="left", fontsize=LETTERS, color=INK, fontweight="bold", parse_math=False)
    for setter, text in ((axes.set_xlabel, x), (axes.set_ylabel, y)):
        setter(text, fontsize=SMALL, color=MUTED, parse_math=False)


def localized(axes: Axes, *, which: str = "xy", digits: int | None = None) -> None:
    """Has the axes write their numbers as the reader's language does.

    Args:
        axes: What was drawn in.
        which: `x`, `y` or `xy`.
        digits: Behind the decimal mark; as many as needed when left out.
    """
    spoken = language()  # they are written when the figure is saved, wherever that is

    def written(value: float, _place: float) -> str:
        with speaking(spoken):
            if digits is None and float(value).is_integer():
                return count(int(value))
            needed = -int(Decimal(f"{value:.6g}").normalize().as_tuple().exponent)  # of 2e-05, too
            shown = digits if digits is not None else max(1, needed)
            return number(value, digits=shown)

    for name in which:
        (axes.xaxis if name == "x" else axes.yaxis).set_major_formatter(written)


def legend(figure: Figure, axes: Axes, *, columns: int = 2, above: bool = False) -> None:
    """Writes the legend without a frame, below the figure or above it.

    Args:
        figure: What is drawn on.
        axes: Whose lines are named.
        columns: Names beside one another.
        above: Whether it stands above.
    """
    handles, names = axes.get_legend_handles_labels()
    made = figure.legend(
        handles,
        names,
        loc="outside upper left" if above else "outside lower left",
        ncols=columns,
        frameon=False,
        fontsize=SMALL,
        labelcolor=INK,
    )
    for text in made.get_texts():
        text.set_parse_math(False)


def wrapped(label: str, letters: int = 20, *, lines: int = 2) -> str:
    """Returns a label in lines so long at most; what does not fit is cut with `…`."""
    pieces = textwrap.wrap(label, letters) or [label]
    if len(pieces) > lines:
        rest = " ".join(pieces[lines - 1 :])
        pieces = [*pieces[: lines - 1], f"{rest[: letters - 1].rstrip()}…"]
    return "\n".join(pieces)


def shown_labels(labels: Iterable[str], *, letters: int = 20, lines: int = 2) -> list[str]:
    """Returns labels as the axes show them."""
    return [wrapped(" ".join(label.split()), letters, lines=lines) for label in labels]


def to_svg(figure: Figure, name: str, *, alt: str) -> Markup:
    """Returns the figure as an `<svg>` for the middle of a page: no prolog, ids of its own, letters as letters.

    Letters stay letters: they can be searched and read aloud, and the browser has signs that matplotlib's font lacks.

    Args:
        figure: What was drawn.
        name: Begins its ids: no two figures of a page may have the same.
        alt: What is seen, for those who do not see it.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # the browser has it
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = re.sub(r"<metadata>.*?</metadata>", "", buffer.getvalue(), flags=re.DOTALL)
    svg = re.sub(r'(\bid="|url\(#|xlink:href="#)', rf"\g<1>{name}-", svg[svg.index("<svg") :])
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var(--{variable})")
    width = round(figure.get_figwidth() * 96)
    # on a phone a wide one scrolls in its box rather than becoming too small to read
    least = f";min-width:{round(LEAST_SHARE * width)}px" if width > WIDE else ""
    head = f'<svg role="img" aria-label="{escape(alt)}" style="max-width:{width}px{least}" '
    return Markup(re.sub(r'<svg height="[^"]*"|<svg', head, svg, count=1).replace("\n", " "))
