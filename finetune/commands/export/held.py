"""An export held against its run on the same rows: differences, equal answers, scores of both. Judges nothing."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.evaluation.abstention import choose_threshold
from finetune.tasks.bootstrap import wilson
from finetune.tasks.calibration import Calibration
from finetune.tasks.task import NUMBER, Answer, Booleans, Floats, Targets, Task

NEAR = 0.1
"""Numbers count as the same answer where they differ by at most this share of the training rows' deviation."""


@dataclass(frozen=True)
class Said:
    """What a network says of N rows, and how that becomes an answer.

    Attributes:
        network: [N, C] its logits as they come.
        logits: [N, C] those of the answer: the same, or with what words say.
        calibration: How they become an answer.
    """

    network: Floats
    logits: Floats
    calibration: Calibration

    def at(self, rows: Booleans) -> "Said":
        """Returns the same of some rows."""
        return Said(self.network[rows], self.logits[rows], self.calibration)

    def answer(self, task: Task) -> Answer:
        """Returns the answers."""
        return task.answer(task.probabilities(self.logits, self.calibration), self.calibration)


@dataclass(frozen=True)
class Scores:
    """What answers are worth.

    Attributes:
        score: By which runs of the task are ranked.
        error: The calibration error; None of numbers.
        unknown: The share of "don't know".
    """

    score: float
    error: float | None
    unknown: float


@dataclass(frozen=True)
class Held:
    """An export held against its run on some rows.

    Attributes:
        rows: How many.
        difference: The largest of a logit; of numbers of what the network gives before it is put into their unit.
        equal: Rows with the same answer.
        before: The run's own.
        after: The export's.
        finite: Whether all that the export says are numbers.
        apart: Of numbers the largest difference of an answer, in their unit; None of classes.
    """

    rows: int
    difference: float
    equal: int
    before: Scores
    after: Scores
    finite: bool = True
    apart: float | None = None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share of rows with the same answer (Wilson)."""
        return wilson(self.equal, self.rows)

    @property
    def loss(self) -> float:
        """By how much the score is lower; a score that neither has is no loss."""
        return 0.0 if np.isnan(self.before.score) else self.before.score - self.after.score

    @property
    def gain(self) -> float:
        """By how much the calibration error is higher."""
        if self.before.error is None or self.after.error is None:
            return 0.0
        return self.after.error - self.before.error

    def plain(self) -> dict[str, Any]:
        """Returns it as plain values."""
        return {
            "rows": self.rows,
            "largest_difference": self.difference,
            **({} if self.apart is None else {"largest_difference_of_answers": self.apart}),
            "equal_answers": self.equal,
            "equal_share": self.equal / self.rows,
            "equal_interval": list(self.interval),
            "run": asdict(self.before),
            "export": asdict(self.after),
        }


def hold(task: Task, labels: Sequence[str], truth: Targets, before: Said, after: Said) -> Held:
    """Returns an export held against its run on N rows.

    Args:
        task: What is asked.
        labels: [C] names of the outputs.
        truth: [N] or [N, C], targets.
        before: What the run's own network says.
        after: What the export says.
    """
    finite = bool(np.isfinite(after.logits).all() and np.isfinite(after.network).all())
    of_run = scores_of(task, labels, truth, before)
    if not finite:
        return Held(len(truth), float("inf"), 0, of_run, Scores(float("nan"), None, 0.0), finite=False)
    return Held(
        rows=len(truth),
        difference=float(differences(task, before, after).max()),
        equal=int(equal_answers(task, before, after).sum()),
        before=of_run,
        after=scores_of(task, labels, truth, after),
        apart=float(apart(task, before, after).max()) if task.problem_type == NUMBER else None,
    )


def differences(task: Task, before: Said, after: Said) -> Floats:
    """Returns the largest difference of the logits of each row. [N]"""
    one, other = (
        each.calibration.as_trained(each.network) if task.problem_type == NUMBER else each.network
        for each in (before, after)
    )
    return np.asarray(np.abs(one - other).max(axis=1))


def apart(task: Task, before: Said, after: Said) -> Floats:
    """Returns how far numbers that are answered lie apart, in their unit. [N]"""
    return np.asarray(np.abs(before.answer(task).predicted - after.answer(task).predicted), dtype=np.float64)


def equal_answers(task: Task, before: Said, after: Said) -> NDArray[np.bool_]:
    """Returns which rows have the same answer. [N]"""
    if task.problem_type == NUMBER:
        return np.asarray(apart(task, before, after) <= near(before.calibration))
    one, other = (each.answer(task).predicted for each in (before, after))
    same = one == other
    return np.asarray(same.all(axis=1) if same.ndim == 2 else same)


def near(calibration: Calibration) -> float:
    """Returns by how much two numbers may differ that count as the same answer, in their unit."""
    return float(NEAR * calibration.facts.get("deviation", [1.0])[0])


def scores_of(task: Task, labels: Sequence[str], truth: Targets, said: Said) -> Scores:
    """Returns what answers are worth."""
    report = task.report(truth, said.logits, said.calibration, labels)
    error, unknown = report.get("ece"), float(said.answer(task).abstained.mean())
    return Scores(float(report[task.score]), None if error is None else float(error), unknown)


def with_threshold_anew(task: Task, truth: Targets, said: Said) -> Said:
    """Returns the same with the confidence that the wish for right answers asks for, by validation rows alone.

    Args:
        task: What is asked.
        truth: Targets of validation rows.
        said: What the export says of these.
    """
    wanted = said.calibration.wanted_precision
    if wanted is None or task.right is None or not len(truth):
        return said
    answer = said.answer(task)
    right = task.right(truth, answer.predicted)
    threshold = choose_threshold(answer.confidence, right, wanted)
    return replace(said, calibration=replace(said.calibration, abstain_below=threshold))
