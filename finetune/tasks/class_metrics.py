"""What is measured, over an epoch and of all answers at once: torchmetrics objects. Logs nothing.

Those of an epoch are counts of rows, or means over them that do not depend on their order, so they are the same on one
process as on many, to the last digit. Those that have to see all answers at once (ROC-AUC, average precision,
calibration error) are computed when the answers were gathered.

All have `validate_args=False`: labels are checked when the table is read, and to look at them in each batch again a
GPU would have to be waited for.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchmetrics import Metric, MetricCollection
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassAUROC,
    MulticlassAveragePrecision,
    MulticlassCalibrationError,
    MulticlassConfusionMatrix,
    MulticlassF1Score,
    MulticlassPrecision,
    MulticlassRecall,
)

from finetune.tasks.epoch_metrics import scalars
from finetune.tasks.row_metrics import BrierScore, CalibratedLogLoss, LogLoss

BINS = 15
"""Bins of the expected calibration error, as in Guo et al., On Calibration of Modern Neural Networks (2017)."""


def train_metrics(num_classes: int) -> MetricCollection:
    """Returns what is worth its time while training: enough to see overfitting."""
    return MetricCollection(
        {
            "accuracy": MulticlassAccuracy(num_classes, average="micro", validate_args=False),
            "f1_macro": MulticlassF1Score(num_classes, average="macro", validate_args=False),
        }
    )


class Kinds(NamedTuple):
    """The metrics of answered classes, which say how logits are read as an answer."""

    accuracy: Callable[..., Metric] = MulticlassAccuracy
    f1: Callable[..., Metric] = MulticlassF1Score
    precision: Callable[..., Metric] = MulticlassPrecision
    recall: Callable[..., Metric] = MulticlassRecall
    confusion: Callable[..., Metric] = MulticlassConfusionMatrix


def evaluation_metrics(
    num_classes: int, *, gathered: bool = False, kinds: Kinds | None = None
) -> MetricCollection:
    """Returns single numbers, per-class numbers [C] and the confusion matrix [C, C] (rows: the true class).

    Args:
        num_classes: C.
        gathered: Whether each process has all rows already, so that they must not be added up. What only compares
            the epochs of a training is left out then.
        kinds: How logits are read; by the most probable class when left out.
    """
    kind = kinds or Kinds()
    each: dict[str, Any] = {"validate_args": False, "sync_on_compute": not gathered}
    own: dict[str, Any] = {"sync_on_compute": not gathered}
    return MetricCollection(
        {
            "accuracy": kind.accuracy(num_classes, average="micro", **each),
            "f1_macro": kind.f1(num_classes, average="macro", **each),
            "f1_micro": kind.f1(num_classes, average="micro", **each),
            "f1_weighted": kind.f1(num_classes, average="weighted", **each),
            "precision": kind.precision(num_classes, average="none", **each),
            "recall": kind.recall(num_classes, average="none", **each),
            "f1": kind.f1(num_classes, average="none", **each),
            "confusion_matrix": kind.confusion(num_classes, **each),
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


def whole_metrics(num_classes: int) -> MetricCollection:
    """Returns what has to see all probabilities at once: areas per class [C], and the calibration error."""
    each: dict[str, Any] = {"validate_args": False, "sync_on_compute": False}
    return MetricCollection(
        {
            "roc_auc": MulticlassAUROC(num_classes, average="none", **each),
            "average_precision": MulticlassAveragePrecision(num_classes, average="none", **each),
            "ece": MulticlassCalibrationError(num_classes, n_bins=BINS, norm="l1", **each),
        },
        compute_groups=False,
    )


def with_derived(values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Adds balanced accuracy and MCC where the confusion matrix was counted, as scikit-learn defines them.

    torchmetrics' own count a class that never occurs but is predicted as a recall of 0, and give two classes of which
    one is never predicted a correlation that is not 0.
    """
    if "confusion_matrix" in values:
        matrix = values["confusion_matrix"]
        values["balanced_accuracy"] = values["recall"][matrix.sum(dim=1) > 0].mean()
        values["mcc"] = matthews(matrix).to(values["recall"])
    return values


def matthews(matrix: Tensor) -> Tensor:
    """Returns Matthews' coefficient of a confusion matrix [C, C], 0 where it has no value.

    Gorodkin, Comparing two K-category assignments (Computational Biology and Chemistry 28, 2004).
    """
    counts = matrix.cpu().double()  # whole numbers up to 2**53, whose products float32 would round
    rows, truth, predicted = counts.sum(), counts.sum(dim=1), counts.sum(dim=0)
    covariance = counts.trace() * rows - truth @ predicted
    spread = (rows**2 - truth @ truth) * (rows**2 - predicted @ predicted)
    return covariance / spread.sqrt() if spread > 0 else torch.zeros_like(rows)


def evaluate(logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Returns every metric of gathered answers, in double precision.

    Areas under the curves are of each class against all others; `roc_auc` and `average_precision` are their means over
    the classes that occur, NaN where a class has no curve (it does not occur, or is all there is).

    Args:
        logits: [N, C]; logarithms of probabilities will do.
        labels: [N] class numbers.
    """
    logits, classes = logits.double(), logits.shape[1]
    counted = evaluation_metrics(classes, gathered=True).set_dtype(torch.float64)
    counted.update(logits, labels)
    values = with_derived(counted.compute())
    whole = whole_metrics(classes).set_dtype(torch.float64)
    whole.update(logits.softmax(dim=-1), labels)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # of classes without a curve, which we leave out ourselves
        values |= whole.compute()
    support = values["confusion_matrix"].sum(dim=1)
    has_curve = (support > 0) & (support < support.sum())
    for name in ("roc_auc", "average_precision"):
        values[f"class_{name}"] = torch.where(has_curve, values[name], torch.nan)
        values[name] = values[name][has_curve].mean()
    return values


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Returns how far confidence and the share of right answers lie apart, on average over bins of equal width.

    Guo et al., On Calibration of Modern Neural Networks (2017), section 2; for answers that are not the most probable.

    Args:
        confidence: [N] of each answer.
        right: [N] whether it is right.
    """
    bins = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    apart = np.bincount(bins, weights=confidence - right, minlength=BINS)
    return float(np.abs(apart).sum() / len(right))


PER_CLASS = ("precision", "recall", "f1", "class_roc_auc", "class_average_precision")


def report(values: dict[str, Tensor], labels: Sequence[str]) -> dict[str, Any]:
    """Returns the values of one evaluation with label names, ready for JSON.

    Args:
        values: What `evaluate` gave, or `EpochMetrics.close` for `evaluation_metrics`.
        labels: The classes' names, in order.
    """
    matrix = values["confusion_matrix"].long()
    support = matrix.sum(dim=1)
    return {
        **{name: value.item() for name, value in scalars(values).items()},
        "rows": int(matrix.sum()),
        "per_class": {
            label: {
                **{
                    name.removeprefix("class_"): values[name][i].item()
                    for name in PER_CLASS
                    if name in values
                },
                "support": int(support[i]),
            }
            for i, label in enumerate(labels)
        },
        "confusion_matrix": {"labels": list(labels), "rows_true_columns_predicted": matrix.tolist()},
    }
