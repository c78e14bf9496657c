"""The answers of a prediction, window by window: read off the network's logits, and kept until the file is written."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lightning.pytorch import Callback, LightningModule, Trainer

from callbacks.progress.pace import duration
from finetune.commands.predict.beside import kept_beside
from finetune.data.windowed import Round, WindowBatches
from finetune.errors import DiskError, UserError
from finetune.evaluation.answering import Answering
from finetune.evaluation.predicted.parts import Part, Parts
from finetune.evaluation.predicted_table import spread
from finetune.evaluation.review import disagreeing
from finetune.language.say import note, reason
from finetune.tasks.gather import of_all, own
from finetune.tasks.task import Task


@dataclass(frozen=True)
class Reading:
    """How logits become what stands beside a row.

    Attributes:
        how: How they become an answer.
        task: What is asked.
        labels: Names of the C outputs.
        beside: Whether what is told beside the file is kept with them: see `beside`.
    """

    how: Answering
    task: Task
    labels: Sequence[str]
    beside: bool = False

    def part(self, window: Round, outputs: Sequence[Any]) -> Part | None:
        """Returns the answers of the window of a round; None where this process had none.

        Args:
            window: The round.
            outputs: What the network gave of its batches.
        """
        table = window.table
        if table is None:
            return None
        rows, logits = own(outputs, "logits")
        said = None
        if self.how.words is not None:
            said = self.how.said(table.texts(np.searchsorted(table.row, rows - window.first)))
        of_both = self.how.logits(logits, said)
        probabilities = self.task.probabilities(of_both, self.how.calibration)
        answer = self.task.answer(probabilities, self.how.calibration)
        columns = self.task.columns(answer, probabilities, self.labels)
        if self.beside:
            columns = {**columns, **kept_beside(of_both, disagreeing(self.how, logits, said, self.task))}
        cut = 0 if self.how.is_of_words_alone else window.cut  # for the network, which words do not ask
        counts = {"answered": len(rows), "unsure": int(answer.abstained.sum()), "cut": cut}
        return Part(spread(columns, rows - window.first, len(table.frame)), counts)


class KeepAnswers(Callback):
    """Has the first process keep the answers of each round as soon as all processes have them."""

    def __init__(self) -> None:
        self.reading: Reading | None = None
        self.parts: Parts | None = None
        self._outputs: list[Any] = []
        self._rows = self._done = 0
        self._begun = 0.0

    def begin(self, reading: Reading, parts: Parts | None, *, rows: int) -> None:
        """Takes what is known before the first batch.

        Args:
            reading: How logits are read.
            parts: Where answers are kept, on the first process.
            rows: How many are to be answered.
        """
        self.reading, self.parts = reading, parts
        self._rows, self._done, self._begun = rows, 0, time.monotonic()

    def on_predict_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Takes what the network gave of a batch; of the last of a round it makes an end."""
        self._outputs.append(outputs)
        if len(self._outputs) == rounds_of(trainer)[0].batches:
            self._end_round(trainer)

    def on_predict_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Makes an end of a round of which only some batches were asked for."""
        if self._outputs:
            self._end_round(trainer)

    def _end_round(self, trainer: Trainer) -> None:
        assert self.reading is not None
        ended, outputs = rounds_of(trainer).popleft(), self._outputs
        self._outputs = []
        found = of_all((ended.number, self.reading.part(ended, outputs)))
        answered = [(number, part) for number, part in found if number is not None and part is not None]
        wrong: UserError | None = None
        if self.parts is not None:  # on the first process
            try:
                for number, part in answered:
                    self.parts.write(number, part)
                    self._done += len(part.answers)
                self._tell_progress(self.parts)
            except OSError as error:
                wrong = not_kept(self.parts.folder, self.parts, error)
        wrong = trainer.strategy.broadcast(wrong)
        if wrong is not None:
            raise wrong

    def _tell_progress(self, parts: Parts) -> None:
        left = self._rows - self._done
        if not left:
            return
        seconds = time.monotonic() - self._begun
        note(
            "{n:,} of {rows:,} row is answered and kept in {folder}; {time} left",
            "{n:,} of {rows:,} rows are answered and kept in {folder}; {time} left",
            n=self._done,
            rows=self._rows,
            folder=parts.folder,
            time=duration(seconds / self._done * left),
        )


def rounds_of(trainer: Trainer) -> deque[Round]:
    """Returns the rounds that were begun, and whose answers nobody has fetched yet."""
    batches = trainer.predict_dataloaders
    assert isinstance(batches, WindowBatches)
    return batches.rounds


def not_kept(place: Path, parts: Parts, error: OSError) -> DiskError:
    """Returns what is said where answers cannot be kept, or the file cannot be written."""
    return DiskError(
        "{place} cannot be written: {why}. What was answered before is kept in {folder}: make room and give the "
        "command again, and it goes on from there.",
        place=place,
        why=reason(error),
        folder=parts.folder,
    )
