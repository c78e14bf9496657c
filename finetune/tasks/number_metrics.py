"""What numbers are measured by: errors in the user's own units, and how much of what differs is told. Logs nothing.

Each score is of all rows of an epoch, put in one order before anything is added up: so it is the same on one process
as on many, to the last digit. All take what was answered [B, 1], with all done that is to be done, and numbers [B].
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchmetrics import Metric, MetricCollection
from torchmetrics.utilities import dim_zero_cat


def mae(answered: Tensor, truth: Tensor) -> Tensor:
    """The error of a row, on average, whichever way it errs. []"""
    return (answered - truth).abs().mean()


def mae_noise(answered: Tensor, truth: Tensor) -> Tensor:
    """How far chance may move that: 1.96 standard errors, infinite of a row alone. []"""
    errors = (answered - truth).abs()
    if len(errors) < 2:
        return errors.new_full((), torch.inf)
    return 1.96 * errors.std() / math.sqrt(len(errors))


def rmse(answered: Tensor, truth: Tensor) -> Tensor:
    """The root of the mean squared error: large errors count more. []"""
    return (answered - truth).square().mean().sqrt()


def median_error(answered: Tensor, truth: Tensor) -> Tensor:
    """The error that half of the rows stay below. []"""
    return torch.from_numpy(
        np.asarray(np.median((answered - truth).abs().numpy()))
    )  # torch's takes the lower of two


def r2(answered: Tensor, truth: Tensor) -> Tensor:
    """The share of the numbers' variance that is told, as scikit-learn has it: 0 for their mean, below 0 for worse. []

    Of numbers that are all alike it is 1 where every answer is right and else 0; of a row alone there is none.
    """
    if len(truth) < 2:
        return truth.new_full((), torch.nan)
    missed, spread = (answered - truth).square().sum(), (truth - truth.mean()).square().sum()
    if spread == 0:
        return (missed == 0).to(truth)
    return 1 - missed / spread


def spearman(answered: Tensor, truth: Tensor) -> Tensor:
    """The correlation of the ranks: whether larger numbers get larger answers, however far off. []"""
    from scipy.stats import rankdata

    ranks = [torch.from_numpy(rankdata(each.numpy())) for each in (answered, truth)]
    a, b = [each - each.mean() for each in ranks]
    size = (a.square().sum() * b.square().sum()).sqrt()
    return (a * b).sum() / size if size > 0 else truth.new_full((), torch.nan)


SCORES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "r2": r2,
    "mae": mae,
    "mae_noise": mae_noise,
    "rmse": rmse,
    "spearman": spearman,
    "median_error": median_error,
}
"""Functions of what was answered [N] and of the numbers [N], in double precision."""


class NumberMetric(Metric):
    """One score of all rows of an epoch.

    Args:
        score: A row of `SCORES`.
        options: Of torchmetrics.
    """

    full_state_update = False
    values: list[Tensor]

    def __init__(self, score: str, **options: Any) -> None:
        super().__init__(**options)
        self.score = score
        # in one row, as numbers with a point: what a process without rows sends has to be of the same kind
        self.add_state("values", default=[], dist_reduce_fx="cat")

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Adds rows: answered [B, 1], numbers [B]."""
        self.values.append(torch.cat([logits, labels.unsqueeze(1).to(logits)], dim=1).flatten())

    def compute(self) -> Tensor:
        """Returns the score. []"""
        # on the CPU: Apple's GPUs have no float64
        rows = dim_zero_cat(self.values).cpu().double().view(-1, 2)
        rows = rows[rows[:, 0].argsort(stable=True)]
        rows = rows[rows[:, 1].argsort(stable=True)]
        return SCORES[self.score](rows[:, 0], rows[:, 1]).float().to(self.device)


def number_metrics(names: Sequence[str]) -> MetricCollection:
    """Returns the metrics of some rows of `SCORES`, which keep their rows once."""
    return MetricCollection({name: NumberMetric(name) for name in names}, compute_groups=[list(names)])
