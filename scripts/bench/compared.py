"""How runs that were measured in turn are shown: the spread of one arm, the ratios of two. Runs nothing."""

import math
import statistics
from collections.abc import Sequence

from scipy.stats import t as student


def spread(values: Sequence[float], digits: int = 1) -> str:
    """Returns minimum, median and maximum."""
    shown = (min(values), statistics.median(values), max(values))
    return " / ".join(f"{value:,.{digits}f}" for value in shown)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> tuple[str, str]:
    """Returns the ratio of each pair, and their median."""
    found = [a / b for a, b in zip(ours, theirs, strict=True)]
    return ", ".join(f"{ratio:.2f}" for ratio in found), f"{statistics.median(found):.2f}"


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Returns the mean and its 95 % interval, by Student's t; of one value the interval is unknown (NaN)."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, math.nan, math.nan
    half = float(student.ppf(0.975, len(values) - 1)) * statistics.stdev(values) / len(values) ** 0.5
    return mean, mean - half, mean + half


def ahead(values: Sequence[float], digits: int = 3) -> str:
    """Returns the mean of differences, and its interval where there are several."""
    mean, low, high = (f"{value:+.{digits}f}" for value in interval(values))
    return mean if len(values) < 2 else f"{mean} ({low} to {high})"
