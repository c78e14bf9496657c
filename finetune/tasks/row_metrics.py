"""Measures that look at each row by itself, added up in an order that no process and no batch changes."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat

from finetune.tasks.calibration import RANGE


class RowMean(Metric):
    """The mean of one number a row, added up in the order of the numbers.

    A running sum would depend, in its last digits, on which rows were met first, and so on the number of processes. A
    number that is none (NaN) makes the mean none.
    """

    full_state_update = False
    values: list[Tensor]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.add_state("values", default=[], dist_reduce_fx="cat")

    def update(self, values: Tensor) -> None:
        """Adds rows: [B]."""
        self.values.append(values)

    def compute(self) -> Tensor:
        """Returns the mean. []"""
        return dim_zero_cat(self.values).sort().values.mean()


class LogLoss(RowMean):
    """Minus the logarithm of the probability of the right class, on average."""

    def update(self, logits: Tensor, labels: Tensor) -> None:  # type: ignore[override]
        """Adds rows: logits [B, C], labels [B]."""
        super().update(cross_entropy(logits, labels, reduction="none"))


class BrierScore(RowMean):
    """The squared distance of the probabilities from the truth, on average: 0 to 2, and of two classes half of it.

    As scikit-learn's `brier_score_loss` scales it (Brier, Monthly Weather Review 78, 1950).
    """

    def update(self, logits: Tensor, labels: Tensor) -> None:  # type: ignore[override]
        """Adds rows: logits [B, C], labels [B]."""
        classes = logits.shape[1]
        distance = (logits.softmax(dim=-1) - one_hot(labels, classes)).square().sum(dim=-1)
        super().update(distance / 2 if classes == 2 else distance)


class CalibratedLogLoss(Metric):
    """The log loss that is left once the confidence is corrected by a temperature, as it will be after the training.

    A training makes a network ever surer of itself, which raises the log loss where the answers do not change, or even
    get better; a temperature takes that away. It is at least 1: to sharpen the answers of few rows that all happen to
    be right would make their loss nothing.
    """

    full_state_update = False
    values: list[Tensor]

    def __init__(self, num_classes: int, **options: Any) -> None:
        super().__init__(**options)
        self.num_classes = num_classes
        self.targets = 1  # numbers in a row's label
        # in one row, as numbers with a point: what a process without rows sends has to be of the same kind
        self.add_state("values", default=[], dist_reduce_fx="cat")

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Adds rows: logits [B, C], labels [B] or [B, C]."""
        targets = labels.reshape(-1, self.targets).to(logits)
        self.values.append(torch.cat([logits, targets], dim=1).flatten())

    def compute(self) -> dict[str, Tensor]:
        """Returns the mean, and how far chance may move it: 1.96 standard errors, infinite of a row alone. []"""
        losses = self.losses()
        error = losses.std() / math.sqrt(len(losses)) if len(losses) > 1 else losses.new_full((), torch.inf)
        return {
            "calibrated_log_loss": losses.mean().float().to(self.device),
            "calibrated_log_loss_noise": (1.96 * error).float().to(self.device),
        }

    def losses(self) -> Tensor:
        """Returns each row's loss at the best temperature, in rising order. [N]"""
        from scipy.optimize import minimize_scalar

        # on the CPU: the search waits for every sum, and Apple's GPUs have no float64
        rows = dim_zero_cat(self.values).cpu().view(-1, self.num_classes + self.targets)
        logits, targets = rows[:, : self.num_classes].double(), rows[:, self.num_classes :].double()

        def at(log_temperature: float) -> Tensor:
            losses = self.of_rows(logits / math.exp(log_temperature), targets)
            return losses.sort().values  # added up in this order the mean depends on no other

        bounds = (0.0, math.log(RANGE[1]))
        found = minimize_scalar(
            lambda place: at(place).mean().item(), bounds=bounds, method="bounded", options={"xatol": 1e-4}
        )
        return at(float(found.x))

    def of_rows(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Returns the loss of each row, of logits [N, C] and targets [N, 1]. [N]"""
        return cross_entropy(logits, targets.squeeze(1).long(), reduction="none")
