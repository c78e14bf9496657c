"""What classes in order are measured by: those of classes, read by the median, and how far off in steps. Logs nothing.

Weighted kappa and the mean error are read off the confusion matrix: so they are the same on one process as on many.
"""

from typing import Any

import torch
from torch import Tensor
from torchmetrics import MetricCollection
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassConfusionMatrix,
    MulticlassF1Score,
    MulticlassPrecision,
    MulticlassRecall,
)

from finetune.tasks import class_metrics
from finetune.tasks.row_metrics import BrierScore, CalibratedLogLoss, LogLoss

HALF = 0.5 - 1e-9
"""What the probabilities up to the median add up to at least; of two classes just alike the lower one is answered."""


def median(probabilities: Tensor) -> Tensor:
    """Returns the median class: at most half of the probability lies on either side. [B, C] to [B]

    No other answer is off by fewer steps on average, if the probabilities are true.
    """
    below = probabilities.cumsum(dim=-1)[:, :-1]
    return (below < HALF).sum(dim=-1)


class _ByMedian:
    """Has a metric of classes read logits by their median."""

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Adds rows: logits [B, C], labels [B]."""
        super().update(median(logits.softmax(dim=-1)), labels)  # type: ignore[misc]


class MedianAccuracy(_ByMedian, MulticlassAccuracy):
    """The share of rows whose median class is the right one."""


class MedianF1(_ByMedian, MulticlassF1Score):
    """F1 of the median classes."""


class MedianPrecision(_ByMedian, MulticlassPrecision):
    """Precision of the median classes."""


class MedianRecall(_ByMedian, MulticlassRecall):
    """Recall of the median classes."""


class MedianConfusion(_ByMedian, MulticlassConfusionMatrix):
    """How many rows of each class got each median class."""


def train_metrics(num_classes: int) -> MetricCollection:
    """Returns what is worth its time while training: enough to see overfitting."""
    return MetricCollection(
        {
            "accuracy": MedianAccuracy(num_classes, average="micro", validate_args=False),
            "kappa": Kappa(num_classes, validate_args=False),
        },
        compute_groups=[["accuracy"], ["kappa"]],
    )


class Kappa(MedianConfusion):
    """Cohen's kappa with quadratic weights."""

    def compute(self) -> Tensor:
        """Returns it. []"""
        return kappa(super().compute()).float()


def evaluation_metrics(num_classes: int, *, gathered: bool = False) -> MetricCollection:
    """Returns single numbers, per-class numbers [C] and the confusion matrix [C, C], as `class_metrics` does."""
    each: dict[str, Any] = {"validate_args": False, "sync_on_compute": not gathered}
    own: dict[str, Any] = {"sync_on_compute": not gathered}
    return MetricCollection(
        {
            "accuracy": MedianAccuracy(num_classes, average="micro", **each),
            "f1_macro": MedianF1(num_classes, average="macro", **each),
            "f1_micro": MedianF1(num_classes, average="micro", **each),
            "f1_weighted": MedianF1(num_classes, average="weighted", **each),
            "precision": MedianPrecision(num_classes, average="none", **each),
            "recall": MedianRecall(num_classes, average="none", **each),
            "f1": MedianF1(num_classes, average="none", **each),
            "confusion_matrix": MedianConfusion(num_classes, **each),
            "brier": BrierScore(**own),
            "log_loss": LogLoss(**own),
            **({} if gathered else {"calibrated_log_loss": CalibratedLogLoss(num_classes, **own)}),
        },
        # told, not found by comparing the sums after a batch, where two may be equal by chance
        compute_groups=[
            ["accuracy", "f1_micro"],
            ["f1_macro", "f1_weighted", "precision", "recall", "f1"],
            ["confusion_matrix"],
            ["brier"],
            ["log_loss"],
            *([] if gathered else [["calibrated_log_loss"]]),
        ],
    )


def with_derived(values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Adds what is read off the confusion matrix, where it was counted."""
    values = class_metrics.with_derived(values)
    if "confusion_matrix" in values:
        matrix = values["confusion_matrix"]
        values["kappa"] = kappa(matrix).to(values["recall"])
        values["mae"] = mean_steps(matrix).to(values["recall"])
    return values


def kappa(matrix: Tensor) -> Tensor:
    """Returns Cohen's kappa with quadratic weights: 1 for perfect, 0 for what chance gives, NaN where all are alike. []

    Cohen, Weighted kappa (Psychological Bulletin 70, 1968).

    Args:
        matrix: [C, C] rows: the true class, in order.
    """
    counts = matrix.cpu().double()
    places = torch.arange(len(counts), dtype=torch.float64)
    weights = (places.unsqueeze(1) - places).square()
    by_chance = torch.outer(counts.sum(dim=1), counts.sum(dim=0)) / counts.sum()
    expected = (weights * by_chance).sum()
    return 1 - (weights * counts).sum() / expected if expected > 0 else torch.full_like(expected, torch.nan)


def mean_steps(matrix: Tensor) -> Tensor:
    """Returns by how many steps an answer is off on average. []"""
    counts = matrix.cpu().double()
    places = torch.arange(len(counts), dtype=torch.float64)
    return ((places.unsqueeze(1) - places).abs() * counts).sum() / counts.sum()


def evaluate(logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Returns every metric of gathered answers, in double precision; arguments as `class_metrics.evaluate` has them."""
    logits = logits.double()
    counted = evaluation_metrics(logits.shape[1], gathered=True).set_dtype(torch.float64)
    counted.update(logits, labels)
    return class_metrics.evaluate(logits, labels) | with_derived(counted.compute())
