"""Numbers as the reader's language writes them: 0.841 and 1,828 in English, 0,841 and 1.828 in Portuguese."""

import math
from collections.abc import Sequence

from callbacks.language.numbers import day as day
from callbacks.language.numbers import localized as localized
from callbacks.language.numbers import moment as moment
from finetune.language.say import Message, say

HUGE = 1e9
"""From which digits are no longer counted by eye."""

MEGABYTE = 10**6

NOTHING = "–"
"""Stands for a number that is not known."""


def number(value: float | None, *, digits: int = 3, sign: bool = False) -> str:
    """Returns a number with so many digits behind the decimal mark, with `+` before it where that is asked for."""
    if value is None or not math.isfinite(value):
        return NOTHING
    rounded = round(float(value), digits) + 0.0  # no "-0.000"
    return localized(f"{rounded:{'+' if sign else ''},.{digits}f}")


def significant(value: float | None, *, figures: int = 3, zeros: bool = True) -> str:
    """Returns a number of whatever size by its first figures, and all those before the decimal mark.

    One of ten digits or more stands as a power of ten: 1.23e+12.

    Args:
        value: The number.
        figures: How many at least.
        zeros: Whether those at the end stay, so that numbers below one another look alike.
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if abs(value) >= HUGE:
        return localized(f"{value:.{figures - 1}e}")
    size = math.floor(math.log10(abs(value))) if value else 0
    digits = max(0, figures - 1 - size)
    while not zeros and digits and round(value, digits) == round(value, digits - 1):
        digits -= 1
    return number(value, digits=digits)


def count(value: int) -> str:
    """Returns a whole number."""
    return localized(f"{value:,}")


def percent(share: float | None, *, digits: int = 1) -> str:
    """Returns a share of 1 in percent."""
    return NOTHING if share is None else f"{number(100 * share, digits=digits)}%"


def megabytes(size: int, *, digits: int = 1) -> str:
    """Returns bytes in millions, as people compare sizes."""
    return number(size / MEGABYTE, digits=digits)


def span(interval: Sequence[float] | None, *, of_hundred: bool = False) -> str:
    """Returns an interval, as "0.79 to 0.89", or in percent; "" where there is none."""
    if not interval:
        return ""
    low, high = (percent(edge) if of_hundred else number(edge) for edge in interval[:2])
    return say("{low} to {high}", low=low, high=high)


def rows(n: int) -> Message:
    """Returns so many rows: "1 row", "1,828 rows"."""
    return Message("{n:,} row", "{n:,} rows", n=n)
