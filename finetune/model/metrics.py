"""What is measured over an epoch: torchmetrics objects, the same on one process as on many. Logs nothing.

All have `validate_args=False`: labels are checked when the table is read, and to look at them in each batch again a
GPU would have to be waited for.
"""

from collections.abc import Sequence
from typing import Any, Literal

from torch import Tensor, nn
from torchmetrics import MeanMetric, MetricCollection
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassConfusionMatrix,
    MulticlassF1Score,
    MulticlassMatthewsCorrCoef,
    MulticlassPrecision,
    MulticlassRecall,
)

DIRECTIONS: dict[str, Literal["min", "max"]] = {
    "loss": "min",
    "accuracy": "max",
    "f1_macro": "max",
    "mcc": "max",
}
"""Every single number of an evaluation, and which of its values are better."""


def train_metrics(num_classes: int) -> MetricCollection:
    """Returns what is worth its time while training: enough to see overfitting."""
    return MetricCollection(
        {
            "accuracy": MulticlassAccuracy(num_classes, average="micro", validate_args=False),
            "f1_macro": MulticlassF1Score(num_classes, average="macro", validate_args=False),
        }
    )


def evaluation_metrics(num_classes: int) -> MetricCollection:
    """Returns single numbers, per-class numbers [C] and the confusion matrix [C, C] (rows: the true class)."""
    return MetricCollection(
        {
            "accuracy": MulticlassAccuracy(num_classes, average="micro", validate_args=False),
            "f1_macro": MulticlassF1Score(num_classes, average="macro", validate_args=False),
            "mcc": MulticlassMatthewsCorrCoef(num_classes, validate_args=False),
            "precision": MulticlassPrecision(num_classes, average="none", validate_args=False),
            "recall": MulticlassRecall(num_classes, average="none", validate_args=False),
            "f1": MulticlassF1Score(num_classes, average="none", validate_args=False),
            "confusion_matrix": MulticlassConfusionMatrix(num_classes, validate_args=False),
        }
    )


class EpochMetrics(nn.Module):
    """The metrics and the mean loss of one stage over one epoch and all ranks."""

    def __init__(self, metrics: MetricCollection) -> None:
        super().__init__()
        self.metrics = metrics
        self.loss = MeanMetric()

    def update(self, logits: Tensor, labels: Tensor, losses: Tensor) -> None:
        """Adds the rows of a batch: logits [B, C], labels [B], losses [B]."""
        self.metrics.update(logits, labels)
        self.loss.update(losses)

    def close(self) -> dict[str, Tensor]:
        """Returns the epoch's values, gathered over the ranks, and starts the next epoch at nothing."""
        values: dict[str, Tensor] = self.metrics.compute()
        values["loss"] = self.loss.compute()
        self.metrics.reset()
        self.loss.reset()
        return values


def scalars(values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Returns the values that are single numbers."""
    return {name: value for name, value in values.items() if value.ndim == 0}


def report(values: dict[str, Tensor], labels: Sequence[str]) -> dict[str, Any]:
    """Returns the values of one evaluation with label names, ready for JSON.

    Args:
        values: What `EpochMetrics.close` gave for `evaluation_metrics`.
        labels: The classes' names, in order.
    """
    matrix = values["confusion_matrix"].long()
    support = matrix.sum(dim=1)
    return {
        **{name: value.item() for name, value in scalars(values).items()},
        "rows": int(matrix.sum()),
        "per_class": {
            label: {
                "precision": values["precision"][i].item(),
                "recall": values["recall"][i].item(),
                "f1": values["f1"][i].item(),
                "support": int(support[i]),
            }
            for i, label in enumerate(labels)
        },
        "confusion_matrix": {"labels": list(labels), "rows_true_columns_predicted": matrix.tolist()},
    }
