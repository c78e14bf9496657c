"""Measuring a model on the rows that were held out. Writes and shows nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ConfigError
from finetune.evaluation.answers import Answers, answers_of
from finetune.language.parts import PART_NAMES
from finetune.tasks.calibration import Calibration
from finetune.tasks.gather import gather
from finetune.tasks.task import Answer, Targets, Task

if TYPE_CHECKING:  # Lightning, which those who measure words alone need not wait for
    from lightning.pytorch import Trainer
    from torch import Tensor

    from finetune.data.module import TextData
    from finetune.model.classifier import Stage, TextClassifier

STAGES: "dict[str, Stage]" = {"validation": "val", "test": "test"}


@dataclass(frozen=True)
class Measured:
    """What a model says of the rows of one part.

    Attributes:
        part: Its name.
        index: [N] which rows of the part, by their place in it.
        truth: [N] or [N, C], targets.
        logits: [N, C], as they come.
        loss: The loss that training makes smaller, on average, without smoothing and before the temperature; None of
            what was not trained by one.
        complete: Whether these are all rows of the part.
        task: What is asked.
        labels: [C] names of the outputs.
    """

    part: str
    index: NDArray[np.int64]
    truth: Targets
    logits: NDArray[np.float64]
    loss: float | None
    complete: bool
    task: Task
    labels: Sequence[str]

    def probabilities(self, calibration: Calibration) -> NDArray[np.float64]:
        """Returns what is said of each output. [N, C]"""
        return self.task.probabilities(self.logits, calibration)

    def answer(self, calibration: Calibration) -> Answer:
        """Returns the answers as they are calibrated."""
        return self.task.answer(self.probabilities(calibration), calibration)

    def report(self, calibration: Calibration, *, seed: int) -> dict[str, Any]:
        """Returns every metric of the answers as they are calibrated, with the 95 % intervals of some."""
        predicted = self.answer(calibration).predicted
        return {
            **({} if self.loss is None else {"loss": self.loss}),
            **self.task.report(self.truth, self.logits, calibration, self.labels),
            "intervals": self.task.intervals(self.truth, predicted, len(self.labels), seed=seed),
        }

    def answers(self, data: "TextData", calibration: Calibration) -> Answers:
        """Returns the answers as they are calibrated, with the texts they are for."""
        table, index = data.rows[self.part]
        return answers_of(
            self.part,
            (table, index[self.index]),
            self.probabilities(calibration),
            labels=self.labels,
            task=self.task,
            calibration=calibration,
        )


def measure(
    trainer: "Trainer", model: "TextClassifier", data: "TextData", part: str, *, checkpoint: str | None
) -> Measured:
    """Lets the model answer the rows of a part, on all processes together.

    Args:
        trainer: Which one to measure with.
        model: The model.
        data: The data.
        part: `validation` or `test`.
        checkpoint: Whose weights to take; None for the model's as they are.
    """
    loaded: dict[str, Any] = {"ckpt_path": checkpoint, "weights_only": True} if checkpoint else {}
    run = trainer.validate if part == "validation" else trainer.test
    model.answers = []
    try:
        run(model, datamodule=data, verbose=False, **loaded)
        return measured(model, data, part)
    finally:
        model.answers = None


def measured_before(model: "TextClassifier", data: "TextData", *, checkpoint: str | None) -> Measured | None:
    """Returns what the model said of the validation rows last in its training; None unless by a checkpoint's weights.

    Args:
        model: The model, just trained.
        data: What it was trained on.
        checkpoint: Whose weights are meant; None for the model's as they are.
    """
    known = model.last_validation
    if known is None:
        return None
    # what the first process sees: the others may see a file later, and all have to go the same way
    step = model.trainer.strategy.broadcast(
        model.trainer.global_step if checkpoint is None else step_of(checkpoint)
    )
    if step != known.step:
        return None
    return _measured(model, data, "validation", known.answers, known.report["loss"])


def step_of(checkpoint: str) -> int | None:
    """Returns after how many optimizer steps a checkpoint was written; None of one that is no file."""
    import torch

    if not Path(checkpoint).is_file():
        return None
    return int(torch.load(checkpoint, map_location="cpu", mmap=True, weights_only=True)["global_step"])


def measured(model: "TextClassifier", data: "TextData", part: str) -> Measured:
    """Returns what the model has kept of the evaluation that it has just gone through."""
    if not model.answers:
        raise ConfigError(
            "no {part} row was measured: leave out what limits the batches to 0.", part=PART_NAMES[part]
        )
    return _measured(model, data, part, model.answers, model.reports[STAGES[part]]["loss"])


def _measured(
    model: "TextClassifier",
    data: "TextData",
    part: str,
    answers: "Sequence[Mapping[str, Tensor]]",
    loss: float,
) -> Measured:
    rows, logits = gather(answers, "logits")
    held = data.parts[part]
    assert held.labels is not None
    index = np.searchsorted(held.row, rows)  # with limit_test_batches not all are there
    whole = len(index) == len(held)
    return Measured(part, index, held.labels[index], logits, loss, whole, model.task, model.hparams["labels"])
