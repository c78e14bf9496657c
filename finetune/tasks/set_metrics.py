"""What an epoch of several labels together is measured by: torchmetrics objects. Logs nothing.

All are counts of rows and labels, or means over rows that do not depend on their order: the same on one process as on
many, to the last digit. What is measured once, of all answers, is in `set_scores`, which says what each score is.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torchmetrics import Metric, MetricCollection

from finetune.tasks.row_metrics import CalibratedLogLoss, RowMean


class Counted(Metric):
    """A score that needs no more of the rows than how often each label was given, answered, and rightly so.

    Answered is a label of a probability of at least a half: the thresholds are found when the training has ended.

    Args:
        num_labels: C.
        score: The score of all that was counted.
    """

    full_state_update = False
    right: Tensor
    answered: Tensor
    given: Tensor
    exact: Tensor
    rows: Tensor

    def __init__(self, num_labels: int, score: Callable[["Counted"], Tensor], **options: Any) -> None:
        super().__init__(**options)
        self.score = score
        for name in ("right", "answered", "given"):
            self.add_state(name, default=torch.zeros(num_labels, dtype=torch.long), dist_reduce_fx="sum")
        for name in ("exact", "rows"):
            self.add_state(name, default=torch.zeros((), dtype=torch.long), dist_reduce_fx="sum")

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Adds rows: logits [B, C], labels [B, C]."""
        answered, given = logits >= 0, labels > 0.5
        self.right += (answered & given).sum(dim=0)
        self.answered += answered.sum(dim=0)
        self.given += given.sum(dim=0)
        self.exact += (answered == given).all(dim=1).sum()
        self.rows += len(labels)

    def compute(self) -> Tensor:
        """Returns the score."""
        return self.score(self)


def f1_macro(counts: Counted) -> Tensor:
    """Returns the mean F1 of the labels that are given or answered. []"""
    either = counts.given + counts.answered
    return (2 * counts.right / either.clamp(min=1)).sum() / (either > 0).sum().clamp(min=1)


def f1_micro(counts: Counted) -> Tensor:
    """Returns the F1 of all labels put together. []"""
    return 2 * counts.right.sum() / (counts.given + counts.answered).sum().clamp(min=1)


def accuracy(counts: Counted) -> Tensor:
    """Returns the share of rows of which every label is right. []"""
    return counts.exact / counts.rows


def hamming_loss(counts: Counted) -> Tensor:
    """Returns the share of labels that are wrong. []"""
    wrong = (counts.given + counts.answered - 2 * counts.right).sum()
    return wrong / (counts.rows * len(counts.given))


class SampleF1(RowMean):
    """The F1 of the labels of each row, on average; 1 where a row has none and none is answered."""

    def update(self, logits: Tensor, labels: Tensor) -> None:  # type: ignore[override]
        """Adds rows: logits [B, C], labels [B, C]."""
        answered, given = logits >= 0, labels > 0.5
        either = (answered.sum(dim=1) + given.sum(dim=1)).to(logits)
        f1 = 2 * (answered & given).sum(dim=1) / either
        super().update(torch.where(either > 0, f1, 1.0))


class SetLogLoss(RowMean):
    """Minus the logarithm of the probability of what is true of each label, on average."""

    def update(self, logits: Tensor, labels: Tensor) -> None:  # type: ignore[override]
        """Adds rows: logits [B, C], labels [B, C]."""
        super().update(binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(dim=1))


class SetBrierScore(RowMean):
    """The squared distance of each label's probability from the truth, on average: 0 to 1."""

    def update(self, logits: Tensor, labels: Tensor) -> None:  # type: ignore[override]
        """Adds rows: logits [B, C], labels [B, C]."""
        super().update((logits.sigmoid() - labels).square().mean(dim=1))


class CalibratedSetLogLoss(CalibratedLogLoss):
    """The same of several labels together."""

    def __init__(self, num_labels: int, **options: Any) -> None:
        super().__init__(num_labels, **options)
        self.targets = num_labels

    def of_rows(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Returns the loss of each row, of logits [N, C] and targets [N, C]. [N]"""
        return binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)


def train_metrics(num_labels: int) -> MetricCollection:
    """Returns what is worth its time while training: enough to see overfitting."""
    scores = {"accuracy": accuracy, "f1_macro": f1_macro, "f1_micro": f1_micro}
    return MetricCollection(
        {name: Counted(num_labels, score) for name, score in scores.items()}, compute_groups=[list(scores)]
    )


def evaluation_metrics(num_labels: int) -> MetricCollection:
    """Returns single numbers."""
    scores = {"accuracy": accuracy, "f1_macro": f1_macro, "f1_micro": f1_micro, "hamming_loss": hamming_loss}
    means: dict[str, Metric] = {
        "f1_samples": SampleF1(),
        "brier": SetBrierScore(),
        "log_loss": SetLogLoss(),
        "calibrated_log_loss": CalibratedSetLogLoss(num_labels),
    }
    return MetricCollection(
        {**{name: Counted(num_labels, score) for name, score in scores.items()}, **means},
        compute_groups=[list(scores), *([name] for name in means)],
    )
