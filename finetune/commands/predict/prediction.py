"""A prediction from when its table was gone through to when its file is written. Knows no options."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import torch

from finetune import __version__
from finetune.cli.verb import Ready
from finetune.commands.predict.answers import KeepAnswers, Reading, not_kept
from finetune.commands.predict.beside import Beside, begun, without_kept
from finetune.data.windows import Windows
from finetune.errors import UserError
from finetune.evaluation.answering import Answering
from finetune.evaluation.predicted.more_columns import with_more_columns
from finetune.evaluation.predicted.parts import Parts
from finetune.evaluation.predicted.place import refuse_input
from finetune.evaluation.predicted.sums import refuse_changed, settings_of, sum_of, sum_of_rows
from finetune.evaluation.predicted_table import (
    Outgoing,
    nothing_answered,
    own_columns,
    prepared,
    write_predictions,
)
from finetune.language.say import note
from finetune.model.network import fingerprint
from finetune.tasks.calibration import Calibration
from finetune.tasks.multi_label import joined_by
from finetune.tasks.task import Task


class Prediction:
    """What is known of a prediction from when the table was gone through to when the file is written.

    Args:
        ready: What the verb works with.
        answer: Gives how the network's logits become answers.
        file: To write.
        guard_formulas: Whether the user's own formulas are guarded in every spreadsheet.
        overwrite: Whether any file may be replaced.
        top: Answers beside each row.
        probabilities: Whether each class has a column.
        review: The workbook of rows that a person should see.
    """

    def __init__(
        self,
        ready: Ready,
        answer: Callable[[], Answering],
        file: Path,
        *,
        guard_formulas: bool,
        overwrite: bool,
        top: int | None = None,
        probabilities: bool = False,
        review: Path | None = None,
    ) -> None:
        self.ready = ready
        self.answer = answer
        self.file = file
        self.guard_formulas = guard_formulas
        self.overwrite = overwrite
        self.top = top
        self.probabilities = probabilities
        self.review = review
        self.beside: Beside | None = None  # where the table has labels, or rows are to be reviewed
        self.how = Answering(Calibration())
        self.keeping = KeepAnswers()
        self.outgoing: Outgoing | None = None  # on the first process
        self.parts: Parts | None = None

    def begin(self, windows: Windows) -> Sequence[int]:
        """Looks, before a row is computed, that the network is the run's and the file can be written; else all end.

        Returns:
            The windows that have no answers yet.
        """
        model, trainer = self.ready.model, self.ready.trainer
        self.how = how = self.answer()
        labels, task = model.hparams["labels"], self.task
        self.beside = begun(
            how,
            windows.whole,
            task=model.task,
            labels=labels,
            reading=self.ready.data.reading,
            review=self.review is not None,
            run=self.ready.prepared.run,
        )
        own = own_columns(task, labels)
        assert model.network is not None
        network = fingerprint(model.network)  # every process has a part of it
        kept: set[int] = set()
        wrong: UserError | OSError | None = None
        if trainer.is_global_zero:
            try:
                if self.review is not None:
                    refuse_input(self.review, [part.name for part in windows.whole.parts], option="review")
                self.outgoing = prepared(
                    self.file,
                    windows,
                    labels=labels,
                    own=own,
                    guard_formulas=self.guard_formulas,
                    overwrite=self.overwrite,
                )
                settings = settings_of(how) | {
                    "columns": [own, self.beside is not None],
                    "task": [task.name, model.hparams["mark"]],
                    "names": list(labels),
                    "reading": repr(self.ready.data.reading),
                    "max_length": self.ready.data.max_length,
                    "lower_capitals": self.ready.data.lower_capitals,
                    "window": windows.size,
                    "limit": trainer.limit_predict_batches,  # rows of a window that it left out have no answer
                }
                self.parts = Parts(
                    self.file,
                    {
                        "table": sum_of_rows(windows),
                        "run": network,
                        "options": sum_of(settings),
                        "precision": str(trainer.precision),
                        "versions": f"finetune {__version__}, torch {torch.__version__}",
                    },
                )
                kept = self.parts.kept({number: windows.rows_of(number) for number in range(windows.count)})
                self._tell_kept(windows, kept)
            except (UserError, OSError) as error:
                wrong = error
        wrong, kept = trainer.strategy.broadcast((wrong, kept))
        if wrong is not None:
            raise wrong
        todo = [number for number in range(windows.count) if number not in kept]
        reading = Reading(how, task, labels, self.beside is not None)
        self.keeping.begin(reading, self.parts, rows=sum(map(windows.rows_of, todo)))
        return todo

    @property
    def task(self) -> Task:
        """What is asked, with the columns that are wanted beside its own."""
        task = self.ready.model.task
        joined = joined_by(self.ready.model.hparams["mark"], task)
        return with_more_columns(joined, top=self.top, probabilities=self.probabilities)

    def _tell_kept(self, windows: Windows, kept: set[int]) -> None:
        assert self.parts is not None
        n = sum(map(windows.rows_of, kept))
        if n:
            note(
                "{folder}: {n:,} of {rows:,} rows was answered before: going on with the others",
                "{folder}: {n:,} of {rows:,} rows were answered before: going on with the others",
                n=n,
                folder=self.parts.folder,
                rows=windows.rows,
            )

    def show_beside(self) -> None:
        """Prints what is told beside the file, where anything is."""
        if self.beside is not None and self.ready.data.windows is not None:
            self.beside.show(self.review, self.ready.data.windows.whole)

    def end(self) -> Counter[str]:
        """Puts the file together from the parts, on the first process, and takes these away.

        Returns:
            How many rows were `answered`, of how many the model is `unsure`, of how many it read the beginning alone.

        Raises:
            DataError: if the table was changed since; the parts stay.
            DiskError: if the disk is full or gone; the parts stay.
        """
        windows, outgoing, parts = self.ready.data.windows, self.outgoing, self.parts
        assert windows is not None
        assert outgoing is not None
        assert parts is not None
        blank = nothing_answered(self.task, self.ready.model.hparams["labels"])
        there = parts.kept({number: windows.rows_of(number) for number in range(windows.count)})
        counts: Counter[str] = Counter()

        def answers(number: int) -> pd.DataFrame:
            if number not in there:  # of a prediction that was limited to some batches
                return blank(windows.rows_of(number))
            part = parts.read(number)
            counts.update(part.counts)
            return without_kept(part.answers)

        try:
            before = parts.of["table"]
            write_predictions(outgoing, windows, answers, check=lambda: refuse_changed(windows, before))
            if self.beside is not None:
                for number, table in enumerate(windows.each()):
                    if number in there:
                        self.beside.take(table, windows.first_row(number), parts.read(number).answers)
                self.beside.write(self.review, windows)
        except OSError as error:
            raise not_kept(self.file, parts, error) from error
        parts.remove()
        return counts
