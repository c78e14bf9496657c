"""One label of several: each row is of one class. The task that a table has unless it is known to have another."""

import re
import warnings
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.tasks.bootstrap import Interval, bootstrap_intervals, paired_bootstrap
from finetune.tasks.calibration import Calibration, helpful_temperature, softmax
from finetune.tasks.task import SINGLE, Answer, Booleans, Columns, Directions, Facts, Floats, Targets, Task

if TYPE_CHECKING:
    from torch import Tensor
    from torchmetrics import MetricCollection

    from finetune.tasks.losses import RowLoss

DIRECTIONS: Directions = {
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


def single_label() -> Task:
    """Returns the task."""
    return Task(
        name="single_label",
        problem_type=SINGLE,
        compared=("f1_macro", "accuracy", "mcc"),
        directions=DIRECTIONS,
        monitored="calibrated_log_loss",
        losses=("cross_entropy", "focal"),
        ordered=in_order,
        parts=alone,
        strata=of_each,
        facts=none,
        with_facts=as_it_is,
        known=nothing_known,
        train_metrics=train_metrics,
        epoch_metrics=epoch_metrics,
        derived=derived,
        scored=scored,
        probabilities=probabilities,
        answer=answer,
        written=written,
        columns=columns,
        calibrated=calibrated,
        right=right,
        report=report,
        scores=scores,
        intervals=bootstrap_intervals,
        difference=difference,
    )


# ---- labels ---------------------------------------------------------------------------------------------------


def in_order(names: set[str]) -> list[str]:
    """Returns classes in order: whole numbers by their size, all else by spelling."""
    if all(re.fullmatch(r"-?[0-9]+", name) for name in names):
        return sorted(names, key=lambda name: (int(name), name))  # "1" and "01" too have one order
    return sorted(names)


def alone(label: str) -> tuple[str, ...]:
    """Returns a label as the only one."""
    return (label,)


def of_each(labels: Sequence[str]) -> list[tuple[Hashable, ...]]:
    """Returns the class of each row, as the only one. [N]"""
    return [(label,) for label in labels]


# ---- training -------------------------------------------------------------------------------------------------


def none(targets: Targets) -> Facts:
    """Returns nothing: the losses of classes need to know no more than the row."""
    return {}


def as_it_is(loss: "RowLoss", facts: Facts) -> "RowLoss":
    """Returns the loss itself."""
    return loss


def nothing_known(facts: Facts) -> Calibration:
    """Returns logits as they come."""
    return Calibration()


def train_metrics(outputs: int) -> "MetricCollection":
    """Returns accuracy and macro-F1."""
    from finetune.tasks import class_metrics  # torch, which those who only read tables need not wait for

    return class_metrics.train_metrics(outputs)


def epoch_metrics(outputs: int) -> "MetricCollection":
    """Returns all that an epoch is measured by."""
    from finetune.tasks import class_metrics

    return class_metrics.evaluation_metrics(outputs)


def derived(values: "dict[str, Tensor]") -> "dict[str, Tensor]":
    """Returns the values with balanced accuracy and MCC."""
    from finetune.tasks import class_metrics

    return class_metrics.with_derived(values)


def scored(logits: "Tensor", calibration: Calibration) -> "Tensor":
    """Returns logits with which all is done. [B, C]"""
    return calibration.applied(logits)


# ---- answers --------------------------------------------------------------------------------------------------


def probabilities(logits: Floats, calibration: Calibration) -> Floats:
    """Returns the probability of each class. [N, C]"""
    return softmax(calibration.applied(logits))


def answer(probabilities: Floats, calibration: Calibration) -> Answer:
    """Returns the most probable class of each row, as sure as that is."""
    confidence = probabilities.max(axis=1, initial=0.0)
    predicted = probabilities.argmax(axis=1) if probabilities.size else np.zeros(len(probabilities), np.int64)
    return Answer(predicted, confidence, confidence < (calibration.abstain_below or 0.0))


def written(predicted: Targets, names: Sequence[str]) -> list[str]:
    """Returns the names of classes. [N]"""
    return [names[number] for number in predicted]


def columns(answer: Answer, probabilities: Floats, names: Sequence[str]) -> Columns:
    """Returns the class of each row, how sure it is, and whether it is not sure enough."""
    return {
        "label": written(answer.predicted, names),
        "confidence": answer.confidence.round(4),
        "abstained": answer.abstained,
    }


def calibrated(logits: Floats, targets: Targets, known: Calibration) -> Calibration:
    """Returns the temperature that the rows ask for."""
    return Calibration(helpful_temperature(logits, targets))


# ---- scores ---------------------------------------------------------------------------------------------------


def right(truth: Targets, predicted: Targets) -> Booleans:
    """Returns which classes are the true ones. [N]"""
    return np.asarray(truth == predicted)


def report(truth: Targets, logits: Floats, calibration: Calibration, names: Sequence[str]) -> dict[str, Any]:
    """Returns every score, those of the classes, and the confusion matrix."""
    import torch

    from finetune.tasks import class_metrics

    values = class_metrics.evaluate(torch.from_numpy(calibration.applied(logits)), torch.from_numpy(truth))
    return class_metrics.report(values, names)


def scores(truth: Targets, predicted: Targets) -> dict[str, float]:
    """Returns macro-F1, accuracy and MCC of class numbers [N], as `class_metrics` defines them.

    A class that neither occurs nor is predicted is left out of macro-F1. One difference: MCC of two classes of which
    one is never predicted, or never occurs, is 0 here; torchmetrics gives a value near the limit.
    """
    from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a single class in few rows
        return {
            "f1_macro": float(f1_score(truth, predicted, average="macro", zero_division=0)),
            "accuracy": float(accuracy_score(truth, predicted)),
            "mcc": float(matthews_corrcoef(truth, predicted)),
        }


def difference(truth: Targets, first: Targets, second: Targets, outputs: int, *, seed: int) -> Interval:
    """Returns macro-F1 of the first minus that of the second."""
    return paired_bootstrap(truth, first, second, outputs, seed=seed)
