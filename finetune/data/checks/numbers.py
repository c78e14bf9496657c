"""Checks of labels that are numbers: how they are spread, and those that stand far from all others."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from finetune.data.checks.classes import small_test
from finetune.data.checks.examined import PARTS, Examined
from finetune.data.checks.finding import Cell, Finding, Grid
from finetune.language.say import Message

FAR = 10
"""How many times the width of the middle half a number may stand outside of it: of a bell curve none does."""

FEW = 0.01
"""Share of the rows up to which such numbers may be slips; more of them are how these numbers are spread."""

LISTED = 10

QUARTERS = (0, 25, 50, 75, 100)

DIGITS = 10
"""Behind the decimal mark: what is further comes of reckoning."""


def numbers(data: Examined) -> Iterator[Finding]:
    """How the numbers are spread in each part; those far from all others, as a lost decimal mark makes them."""
    if not data.are_numbers:
        return
    values = np.array([float(label) for label in data.label])
    low, quarter, middle, three_quarters, high = _quarters(values)
    grid: list[tuple[Cell, ...]] = [
        (part, len(some), *_quarters(some))
        for number, part in enumerate(PARTS)
        if len(some := values[data.part == number])
    ]
    yield Finding(
        "numbers",
        "note",
        len(values),
        what=Message(
            "row with a number from {low:,.10g} to {high:,.10g}: a quarter up to {quarter:,.10g}, half up to "
            "{middle:,.10g}, three quarters up to {three_quarters:,.10g}",
            "rows with numbers from {low:,.10g} to {high:,.10g}: a quarter up to {quarter:,.10g}, half up to "
            "{middle:,.10g}, three quarters up to {three_quarters:,.10g}",
            n=len(values),
            low=low,
            quarter=quarter,
            middle=middle,
            three_quarters=three_quarters,
            high=high,
        ),
        grid=Grid(("part", "count", "lowest", "quarter", "middle", "three_quarters", "highest"), grid),
    )
    width = FAR * (three_quarters - quarter)
    far = (
        np.flatnonzero((values > three_quarters + width) | (values < quarter - width))
        if width
        else np.zeros(0, int)
    )
    if 0 < len(far) <= max(1, FEW * len(values)):
        n = len(far)
        yield Finding(
            "numbers_far",
            "warning",
            n,
            far.tolist(),
            what=Message(
                "row with a number far from all others: {first:,.10g}",
                "rows with numbers far from all others, such as {first:,.10g}",
                n=n,
                first=float(values[far[np.abs(values[far] - middle).argmax()]]),
            ),
            advice=Message(
                "Look whether a decimal mark is lost or the unit is another one: such rows outweigh many others.",
            ),
            grid=Grid(
                ("line", "value", "text"),
                [
                    (data.marked(row), float(data.label[row]), data.excerpt(row))
                    for row in far[:LISTED].tolist()
                ],
            ),
        )
    yield from small_test(data)


def _quarters(values: NDArray[np.float64]) -> list[float]:
    return [round(edge, DIGITS) for edge in np.percentile(values, QUARTERS).tolist()]
