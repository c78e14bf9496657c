"""What a task is: THE CONTRACT of a kind of label, from its column to its scores. Has none of its own: see `table`.

N rows, C outputs of the network: classes, labels that stand together, or one number. By the problem type, targets and
what is predicted are

    single_label_classification   [N]    int64     the number of the class
    multi_label_classification    [N, C] float32   1 where the row has the label
    regression                    [N]    float64   the number

A task is a value: one function that returns it, in a file of its own, and one row in `TASKS`. A task that differs from
another in little is made of it by `dataclasses.replace`.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from finetune.tasks.bootstrap import Interval
from finetune.tasks.calibration import Calibration

if TYPE_CHECKING:
    from torch import Tensor
    from torchmetrics import MetricCollection

    from finetune.tasks.losses import RowLoss

Floats: TypeAlias = NDArray[np.float64]
Booleans: TypeAlias = NDArray[np.bool_]
Targets: TypeAlias = NDArray[Any]
Columns: TypeAlias = Mapping[str, Sequence[Any] | NDArray[Any]]
Facts: TypeAlias = dict[str, list[float]]
Directions: TypeAlias = Mapping[str, Literal["min", "max"]]

ProblemType = Literal["single_label_classification", "multi_label_classification", "regression"]
"""What plain transformers goes by when it answers."""

SINGLE: ProblemType = "single_label_classification"
MULTI: ProblemType = "multi_label_classification"
NUMBER: ProblemType = "regression"


@dataclass(frozen=True)
class Answer:
    """What a model says of N rows.

    Attributes:
        predicted: [N] or [N, C], as the problem type has it.
        confidence: [N] how likely each is right, as far as the task can tell.
        abstained: [N] whether it would rather not have been asked.
        low: [N] where the interval of a number begins; None where there is none.
        high: [N] where it ends.
    """

    predicted: Targets
    confidence: Floats
    abstained: Booleans
    low: Floats | None = None
    high: Floats | None = None


@dataclass(frozen=True)
class Task:
    """What a label is, and how an answer is read off.

    Attributes:
        name: Its row in `TASKS`, or `package.module:function`.
        problem_type: What plain transformers goes by.
        compared: Scores by which models stand side by side; the first ranks them, and is better when higher.
        directions: Every single number that an evaluated epoch logs, and which of its values are better.
        monitored: The one of these by which epochs are told apart, as answers are once they are calibrated.
        losses: What it may be trained by: rows of `LOSSES`, or functions by name; the first is the usual one.
        ordered: Gives the names of the outputs in order; of those that occur.
        parts: Gives the names in one label.
        strata: Gives what each label counts as where parts are to be alike: names of classes, or anything like them.
        facts: Gives what has to be known of the training rows' targets, as lists of numbers.
        with_facts: Gives a loss that knows them.
        known: Gives how logits become an answer by them alone, before any row has told more.
        train_metrics: Gives the torchmetrics of a training epoch, of C outputs; they take logits and labels.
        epoch_metrics: The same of an evaluated one.
        derived: Gives the values of an epoch with those that are made of others.
        scored: Gives logits [B, C] as the metrics take them, of logits as they come.
        probabilities: Gives what is said of each output [N, C], of logits [N, C].
        answer: Gives the answer, of these.
        written: Gives what was predicted as labels [N].
        columns: Gives what stands beside a row that was predicted, by the name of the column.
        calibrated: Gives the same by logits [N, C] and targets of rows that were not trained on, of what was known.
        right: Gives which rows are right; None where there is no right and wrong.
        report: Gives every score, by targets and logits [N, C], as plain values with names.
        scores: Gives those that are compared, of targets and what was predicted.
        intervals: Gives the 95% intervals of some scores.
        difference: Gives by how much the first score of one is above that of another, if the rows were drawn anew.
    """

    name: str
    problem_type: ProblemType
    compared: tuple[str, ...]
    directions: Directions
    monitored: str
    losses: tuple[str, ...]
    # ---- labels
    ordered: Callable[[set[str]], list[str]]
    parts: Callable[[str], tuple[str, ...]]
    strata: Callable[[Sequence[str]], list[tuple[Hashable, ...]]]
    # ---- training
    facts: Callable[[Targets], Facts]
    with_facts: "Callable[[RowLoss, Facts], RowLoss]"
    known: Callable[[Facts], Calibration]
    train_metrics: "Callable[[int], MetricCollection]"
    epoch_metrics: "Callable[[int], MetricCollection]"
    derived: "Callable[[dict[str, Tensor]], dict[str, Tensor]]"
    scored: "Callable[[Tensor, Calibration], Tensor]"
    # ---- answers
    probabilities: Callable[[Floats, Calibration], Floats]
    answer: Callable[[Floats, Calibration], Answer]
    written: Callable[[Targets, Sequence[str]], list[str]]
    columns: Callable[[Answer, Floats, Sequence[str]], Columns]
    calibrated: Callable[[Floats, Targets, Calibration], Calibration]
    # ---- scores
    right: Callable[[Targets, Targets], Booleans] | None
    report: Callable[[Targets, Floats, Calibration, Sequence[str]], dict[str, Any]]
    scores: Callable[[Targets, Targets], dict[str, float]]
    intervals: Callable[..., dict[str, tuple[float, float]]]
    difference: Callable[..., Interval]

    @property
    def score(self) -> str:
        """The score by which epochs, simple models and runs are ranked: 1 is perfect."""
        return self.compared[0]
