"""A number: a price, a score, a share. The network learns it in units of its deviation, about its mean."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from finetune.tasks.single_label import single_label
from finetune.tasks.task import NUMBER, Task

BANDS = 10
"""Bands of as many rows each that numbers count as where parts are to be alike: small ones and large ones in each."""


def number() -> Task:
    """Returns the task."""
    return replace(single_label(), name="number", problem_type=NUMBER, strata=bands, right=None)


ROWS_OF_A_BAND = 30
"""Rows that a band has at least: of fewer a part of a tenth would get more than its share."""


def bands(labels: Sequence[str]) -> list[tuple[Hashable, ...]]:
    """Returns the band of each number, as text that Python reads. [N]"""
    values = np.array([float(label) for label in labels])
    if not len(values):
        return []
    count = min(BANDS, max(1, len(values) // ROWS_OF_A_BAND))
    edges = np.unique(np.quantile(values, np.arange(1, count) / count))
    return [(int(band),) for band in np.searchsorted(edges, values, side="right")]
