"""Measuring a model on the rows that were held out. Writes and shows nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from lightning.pytorch import Trainer
from numpy.typing import NDArray

from finetune.data.module import TextData
from finetune.errors import ConfigError
from finetune.evaluation.answers import Answers, answers_of
from finetune.evaluation.baselines import Integers
from finetune.evaluation.comparison import bootstrap_intervals
from finetune.language.parts import PART_NAMES
from finetune.model.calibration import Calibration, softmax
from finetune.model.classifier import Stage, TextClassifier
from finetune.model.metrics import evaluate, report
from finetune.tasks.gather import gather

STAGES: dict[str, Stage] = {"validation": "val", "test": "test"}


@dataclass(frozen=True)
class Measured:
    """What a model says of the rows of one part.

    Attributes:
        part: Its name.
        index: [N] which rows of the part, by their place in it.
        truth: [N] class numbers.
        logits: [N, C], not divided by a temperature.
        loss: The loss that training makes smaller, on average, without smoothing and before the temperature.
        complete: Whether these are all rows of the part.
    """

    part: str
    index: Integers
    truth: Integers
    logits: NDArray[np.float64]
    loss: float
    complete: bool

    @property
    def predicted(self) -> Integers:
        """Class numbers. [N]"""
        return np.asarray(self.logits.argmax(axis=1))

    def report(self, labels: Sequence[str], calibration: Calibration, *, seed: int) -> dict[str, Any]:
        """Returns every metric of the answers as they are calibrated, with the 95 % intervals of some."""
        logits = self.logits / calibration.temperature
        values = evaluate(torch.from_numpy(logits), torch.from_numpy(self.truth))
        return {
            "loss": self.loss,
            **report(values, labels),
            "intervals": bootstrap_intervals(self.truth, self.predicted, len(labels), seed=seed),
        }

    def answers(self, data: TextData, labels: Sequence[str], calibration: Calibration) -> Answers:
        """Returns the answers as they are calibrated, with the texts they are for."""
        table, index = data.rows[self.part]
        return answers_of(
            self.part,
            (table, index[self.index]),
            softmax(self.logits, calibration.temperature),
            labels=labels,
            abstain_below=calibration.abstain_below,
        )


def measure(
    trainer: Trainer, model: TextClassifier, data: TextData, part: str, *, checkpoint: str | None
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


def measured(model: TextClassifier, data: TextData, part: str) -> Measured:
    """Returns what the model has kept of the evaluation that it has just gone through."""
    if not model.answers:
        raise ConfigError(
            "no {part} row was measured: leave out what limits the batches to 0.", part=PART_NAMES[part]
        )
    rows, logits = gather(model.answers, "logits")
    held = data.parts[part]
    assert held.labels is not None
    index = np.searchsorted(held.row, rows)  # with limit_test_batches not all are there
    loss = float(model.reports[STAGES[part]]["loss"])
    return Measured(part, index, held.labels[index], logits, loss, len(index) == len(held))
