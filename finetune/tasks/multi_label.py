"""Several labels together: each row has any of them, or none."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.tasks.calibration import Calibration, helpful_temperature
from finetune.tasks.set_bootstrap import difference, intervals
from finetune.tasks.set_scores import scores
from finetune.tasks.set_thresholds import THRESHOLDS, find_thresholds, thresholds_of
from finetune.tasks.single_label import single_label
from finetune.tasks.task import MULTI, Answer, Booleans, Columns, Directions, Floats, Targets, Task

if TYPE_CHECKING:
    from torch import Tensor
    from torchmetrics import MetricCollection

MARK = "|"
"""What joins the names in a label, however the table has them; no name holds it."""

NONE = ""
"""The label of a row that has none."""

DIRECTIONS: Directions = {
    "loss": "min",
    "accuracy": "max",
    "f1_macro": "max",
    "f1_micro": "max",
    "f1_samples": "max",
    "hamming_loss": "min",
    "brier": "min",
    "log_loss": "min",
    "calibrated_log_loss": "min",
    "calibrated_log_loss_noise": "min",
}


def multi_label() -> Task:
    """Returns the task."""
    return replace(
        single_label(),
        name="multi_label",
        problem_type=MULTI,
        compared=("f1_macro", "f1_micro", "accuracy"),
        directions=DIRECTIONS,
        losses=("binary_cross_entropy",),
        parts=parts,
        strata=of_each,
        train_metrics=train_metrics,
        epoch_metrics=epoch_metrics,
        derived=as_they_are,
        probabilities=probabilities,
        answer=answer,
        written=written,
        columns=columns,
        calibrated=calibrated,
        right=right,
        report=report,
        scores=scores,
        intervals=intervals,
        difference=difference,
    )


# ---- labels ---------------------------------------------------------------------------------------------------


def parts(label: str) -> tuple[str, ...]:
    """Returns the names in a label, as the table is read: `boi|preço` has two, an empty one has none."""
    return tuple(label.split(MARK)) if label else ()


def of_each(labels: Sequence[str]) -> list[tuple[Hashable, ...]]:
    """Returns the names that each row has; of one that has none, that. [N]"""
    return [parts(label) or (NONE,) for label in labels]


# ---- training -------------------------------------------------------------------------------------------------


def train_metrics(outputs: int) -> "MetricCollection":
    """Returns accuracy, macro-F1 and micro-F1."""
    from finetune.tasks import set_metrics  # torch, which those who only read tables need not wait for

    return set_metrics.train_metrics(outputs)


def epoch_metrics(outputs: int) -> "MetricCollection":
    """Returns all that an epoch is measured by; answered is a label that is at least as probable as not."""
    from finetune.tasks import set_metrics

    return set_metrics.evaluation_metrics(outputs)


def as_they_are(values: "dict[str, Tensor]") -> "dict[str, Tensor]":
    """Returns the values: none is made of others."""
    return values


# ---- answers --------------------------------------------------------------------------------------------------


def probabilities(logits: Floats, calibration: Calibration) -> Floats:
    """Returns the probability of each label. [N, C]"""
    from scipy.special import expit

    return np.asarray(expit(calibration.applied(logits)))


def answer(probabilities: Floats, calibration: Calibration) -> Answer:
    """Returns the labels that reach their thresholds, as sure as it is that the row has all of these and no other."""
    predicted = probabilities >= thresholds_of(calibration, probabilities.shape[1])
    confidence = np.where(predicted, probabilities, 1 - probabilities).prod(axis=1)
    return Answer(predicted.astype(np.float32), confidence, confidence < (calibration.abstain_below or 0.0))


def written(predicted: Targets, names: Sequence[str]) -> list[str]:
    """Returns the names of the labels of each row, joined. [N]"""
    return [MARK.join(names[number] for number in np.flatnonzero(row).tolist()) for row in predicted]


def columns(answer: Answer, probabilities: Floats, names: Sequence[str]) -> Columns:
    """Returns the labels of each row, the probability of every one, and how sure it is that all of them are right."""
    rounded = probabilities.round(4)
    return {
        "labels": written(answer.predicted, names),
        **{f"p:{name}": rounded[:, number] for number, name in enumerate(names)},
        "confidence": answer.confidence.round(4),
        "abstained": answer.abstained,
    }


def joined_by(mark: str | None, task: Task) -> Task:
    """Returns a task whose column of labels has another mark between the names of a row's, none of which holds it."""
    if mark is None or task.problem_type != MULTI:
        return task

    def columns(answer: Answer, probabilities: Floats, names: Sequence[str]) -> Columns:
        found = task.columns(answer, probabilities, names)
        return {**found, "labels": [str(label).replace(MARK, mark) for label in found["labels"]]}

    return replace(task, columns=columns)


def calibrated(logits: Floats, targets: Targets, known: Calibration) -> Calibration:
    """Returns the temperature that the rows ask for, and the probability from which on each label is answered."""
    found = Calibration(helpful_temperature(logits, targets))
    thresholds = find_thresholds(probabilities(logits, found), targets)
    return replace(found, facts={THRESHOLDS: thresholds})


# ---- scores ---------------------------------------------------------------------------------------------------


def right(truth: Targets, predicted: Targets) -> Booleans:
    """Returns the rows of which every label is the true one. [N]"""
    return np.asarray(((truth > 0.5) == (predicted > 0.5)).all(axis=1))


def report(truth: Targets, logits: Floats, calibration: Calibration, names: Sequence[str]) -> dict[str, Any]:
    """Returns every score, and those of each label."""
    from finetune.tasks import set_scores

    said = probabilities(logits, calibration)
    return set_scores.report(
        truth,
        answer(said, calibration).predicted,
        calibration.applied(logits),
        names=names,
        thresholds=thresholds_of(calibration, len(names)),
    )
