"""What classes in order are measured by: those of classes, read by the median, and how far off in steps. Logs nothing.

Weighted kappa and the mean error are read off the confusion matrix: so they are the same on one process as on many.
"""

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
from finetune.tasks.median import HALF


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


BY_MEDIAN = class_metrics.Kinds(MedianAccuracy, MedianF1, MedianPrecision, MedianRecall, MedianConfusion)


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
    return class_metrics.evaluation_metrics(num_classes, gathered=gathered, kinds=BY_MEDIAN)


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
