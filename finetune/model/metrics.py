"""What is measured, over an epoch and of all answers at once: torchmetrics objects. Logs nothing.

Those of an epoch are counts of rows, or means over them that do not depend on their order, so they are the same on one
process as on many, to the last digit. Those that have to see all answers at once (ROC-AUC, average precision,
calibration error) are computed when the answers were gathered.

All have `validate_args=False`: labels are checked when the table is read, and to look at them in each batch again a
GPU would have to be waited for.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot
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
from torchmetrics.utilities import dim_zero_cat

DIRECTIONS: dict[str, Literal["min", "max"]] = {
    "loss": "min",
    "accuracy": "max",
    "balanced_accuracy": "max",
    "f1_macro": "max",
    "f1_micro": "max",
    "f1_weighted": "max",
    "mcc": "max",
    "brier": "min",
    "log_loss": "min",
    "calibrated_log_loss": "min",
    "calibrated_log_loss_noise": "min",
}
"""Every single number of an evaluated epoch, and which of its values are better."""

HIGHEST_TEMPERATURE = 10.0
"""As `finetune/model/calibration.py` looks for it."""

BINS = 15
"""Bins of the expected calibration error, as in Guo et al., On Calibration of Modern Neural Networks (2017)."""


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
        # in one row, as numbers with a point: what a process without rows sends has to be of the same kind
        self.add_state("values", default=[], dist_reduce_fx="cat")

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Adds rows: logits [B, C], labels [B]."""
        self.values.append(torch.cat([logits, labels.unsqueeze(1).to(logits)], dim=1).flatten())

    def losses(self) -> Tensor:
        """Returns each row's loss at the best temperature, in rising order. [N]"""
        rows = dim_zero_cat(self.values).view(-1, self.num_classes + 1)
        logits, labels = rows[:, :-1].double(), rows[:, -1].long()

        def at(log_temperature: float) -> Tensor:
            losses = cross_entropy(logits / math.exp(log_temperature), labels, reduction="none")
            return losses.sort().values  # added up in this order the mean depends on no other

        return at(lowest(lambda place: at(place).mean().item(), 0.0, math.log(HIGHEST_TEMPERATURE)))

    def compute(self) -> Tensor:
        """Returns the mean. []"""
        return self.losses().mean().float()


class CalibratedLogLossNoise(CalibratedLogLoss):
    """How far chance may move `CalibratedLogLoss`: half of its 95% interval, by the rows' own spread."""

    def compute(self) -> Tensor:
        """Returns 1.96 standard errors; infinite of a row alone. []"""
        losses = self.losses()
        if len(losses) < 2:
            return losses.new_full((), torch.inf).float()
        return (1.96 * losses.std() / math.sqrt(len(losses))).float()


def lowest(function: Callable[[float], float], low: float, high: float) -> float:
    """Returns about where a function of one valley is lowest between two places: golden-section search."""
    ratio = (math.sqrt(5) - 1) / 2
    first, second = high - ratio * (high - low), low + ratio * (high - low)
    at_first, at_second = function(first), function(second)
    while high - low > 1e-3:
        if at_first <= at_second:
            high, second, at_second = second, first, at_first
            first = high - ratio * (high - low)
            at_first = function(first)
        else:
            low, first, at_first = first, second, at_second
            second = low + ratio * (high - low)
            at_second = function(second)
    return (low + high) / 2


def train_metrics(num_classes: int) -> MetricCollection:
    """Returns what is worth its time while training: enough to see overfitting."""
    return MetricCollection(
        {
            "accuracy": MulticlassAccuracy(num_classes, average="micro", validate_args=False),
            "f1_macro": MulticlassF1Score(num_classes, average="macro", validate_args=False),
        }
    )


def evaluation_metrics(num_classes: int, *, gathered: bool = False) -> MetricCollection:
    """Returns single numbers, per-class numbers [C] and the confusion matrix [C, C] (rows: the true class).

    Args:
        num_classes: C.
        gathered: Whether each process has all rows already, so that they must not be added up. What only compares
            the epochs of a training is left out then.
    """
    each: dict[str, Any] = {"validate_args": False, "sync_on_compute": not gathered}
    own: dict[str, Any] = {"sync_on_compute": not gathered}
    of_epochs: dict[str, Metric] = {
        "calibrated_log_loss": CalibratedLogLoss(num_classes, **own),
        "calibrated_log_loss_noise": CalibratedLogLossNoise(num_classes, **own),
    }
    return MetricCollection(
        {
            "accuracy": MulticlassAccuracy(num_classes, average="micro", **each),
            "f1_macro": MulticlassF1Score(num_classes, average="macro", **each),
            "f1_micro": MulticlassF1Score(num_classes, average="micro", **each),
            "f1_weighted": MulticlassF1Score(num_classes, average="weighted", **each),
            "precision": MulticlassPrecision(num_classes, average="none", **each),
            "recall": MulticlassRecall(num_classes, average="none", **each),
            "f1": MulticlassF1Score(num_classes, average="none", **each),
            "confusion_matrix": MulticlassConfusionMatrix(num_classes, **each),
            "brier": BrierScore(**own),
            "log_loss": LogLoss(**own),
            **({} if gathered else of_epochs),
        },
        # told, not found by comparing the sums after a batch, where two may be equal by chance
        compute_groups=[
            ["accuracy", "f1_micro"],
            ["f1_macro", "f1_weighted", "precision", "recall", "f1"],
            ["confusion_matrix"],
            ["brier"],
            ["log_loss"],
            *([] if gathered else [list(of_epochs)]),
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


class EpochMetrics(nn.Module):
    """The metrics of one stage over one epoch and all ranks.

    Args:
        metrics: What is measured of logits and labels.
        with_loss: Whether the mean loss of the rows is, too.
    """

    def __init__(self, metrics: MetricCollection, *, with_loss: bool) -> None:
        super().__init__()
        self.metrics = metrics
        self.loss = RowMean() if with_loss else None

    @property
    def updated(self) -> bool:
        """Whether any row was added since the epoch began."""
        return any(metric.update_called for metric in self.metrics.values(copy_state=False))

    def update(self, logits: Tensor, labels: Tensor, losses: Tensor) -> None:
        """Adds the rows of a batch: logits [B, C], labels [B], losses [B]."""
        self.metrics.update(logits, labels)
        if self.loss is not None:
            self.loss.update(losses)

    def close(self) -> dict[str, Tensor]:
        """Returns the epoch's values, gathered over the ranks, and starts the next epoch at nothing."""
        values: dict[str, Tensor] = with_derived(self.metrics.compute())
        self.metrics.reset()
        if self.loss is not None:
            values["loss"] = self.loss.compute()
            self.loss.reset()
        return values


def epoch_metrics(num_classes: int) -> nn.ModuleDict:
    """Returns the metrics of every stage; their names stand in checkpoints."""
    return nn.ModuleDict(
        {
            "train_epoch": EpochMetrics(train_metrics(num_classes), with_loss=False),
            "val_epoch": EpochMetrics(evaluation_metrics(num_classes), with_loss=True),
            "test_epoch": EpochMetrics(evaluation_metrics(num_classes), with_loss=True),
        }
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


PER_CLASS = ("precision", "recall", "f1", "class_roc_auc", "class_average_precision")


def scalars(values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Returns the values that are single numbers."""
    return {name: value for name, value in values.items() if value.ndim == 0}


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
