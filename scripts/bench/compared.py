"""How runs that were measured in turn are shown: the spread of one arm, the ratios of two. Runs nothing."""

import statistics
from collections.abc import Sequence


def spread(values: Sequence[float], digits: int = 1) -> str:
    """Returns minimum, median and maximum."""
    shown = (min(values), statistics.median(values), max(values))
    return " / ".join(f"{value:,.{digits}f}" for value in shown)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> tuple[str, str]:
    """Returns the ratio of each pair, and their median."""
    found = [a / b for a, b in zip(ours, theirs, strict=True)]
    return ", ".join(f"{ratio:.2f}" for ratio in found), f"{statistics.median(found):.2f}"
