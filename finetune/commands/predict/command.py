"""finetune predict: a label and a confidence for each row of a table. Trains nothing."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from lightning.pytorch import Callback, LightningModule, Trainer

from finetune.cli.lightning_cli import run
from finetune.cli.typed_text import typed_text
from finetune.cli.verb import Ready
from finetune.commands.predict.beside import begun
from finetune.commands.predict.inputs import put_down, with_several
from finetune.commands.predict.one_text import answer_text, refuse_beside_a_text
from finetune.errors import UserError
from finetune.evaluation.answering import Answering
from finetune.evaluation.predicted.more_columns import check_columns, with_more_columns
from finetune.evaluation.predicted.place import output_path
from finetune.evaluation.predicted_table import Outgoing, prepared, write_predictions
from finetune.evaluation.printed import show_predicted
from finetune.evaluation.review_workbook import review_path
from finetune.evaluation.wishes import check_wishes, leaving_open
from finetune.language.say import say
from finetune.language.say import show as tell
from finetune.tasks.gather import gather


class Preparing(Callback):
    """Looks, before a row is computed, that the network is the run's and the table can be written; else all end.

    Args:
        ready: What the verb works with.
        answer: Gives how the network's logits become answers.
        file: To write.
        guard_formulas: Whether the user's own formulas are guarded in every spreadsheet.
        overwrite: Whether any file may be replaced.
        top: Answers beside each row.
        probabilities: Whether each class has a column.
    """

    def __init__(
        self,
        ready: Ready,
        answer: Callable[[], Answering],
        file: Path,
        *,
        guard_formulas: bool,
        overwrite: bool,
        top: int | None,
        probabilities: bool,
    ) -> None:
        self.ready = ready
        self.answer = answer
        self.file = file
        self.guard_formulas = guard_formulas
        self.overwrite = overwrite
        self.top = top
        self.probabilities = probabilities
        self.how: Answering | None = None
        self.outgoing: Outgoing | None = None

    def on_predict_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Prepares what goes out of the user's own, once the table was read and the classes are known."""
        self.how = self.answer()
        check_columns(self.ready.model.task, top=self.top, probabilities=self.probabilities)
        wrong: UserError | OSError | None = None
        if trainer.is_global_zero:
            try:
                self.outgoing = prepared(
                    self.file,
                    self.ready.data.tables["predict"],
                    labels=self.ready.model.hparams["labels"],
                    task=with_more_columns(
                        self.ready.model.task, top=self.top, probabilities=self.probabilities
                    ),
                    guard_formulas=self.guard_formulas,
                    overwrite=self.overwrite,
                )
            except (UserError, OSError) as error:
                wrong = error
        wrong = trainer.strategy.broadcast(wrong)
        if wrong is not None:
            raise wrong


def predict(
    ready: Ready,
    text: str | None = None,
    text_pair: str | None = None,
    top: int | None = None,
    probabilities: bool = False,
    review: str | None = None,
    abstain_below: float | None = None,
    abstain_wider: float | None = None,
    output: str | None = None,
    overwrite: bool = False,
    guard_formulas: bool = False,
) -> int:
    """Label the rows of a table with a run's best model.

    --run RUN takes a run's settings and best model; RUN is a folder, its number, or latest;
    or best, of all runs of the same rows the one of the best validation.

    Args:
        ready: What it works with.
        text: A text to answer at once, between quotes: it is printed, and no file is read or written. Where the texts
            are made of several columns (--data.template), these between braces: "{estado: MG, texto: choveu}".
        text_pair: The second text, where the model reads two.
        top: So many answers beside each row, the likeliest first: also label_2, confidence_2 and so on.
        probabilities: Add a column for each class, p:NAME, with its probability.
        review: Workbook (.xlsx) to write beside, for a person: unsure and contradictory rows first, the text whole, the
            first and second answer, and an empty column with a list of the classes to choose the right one from.
        abstain_below: Confidence below which an answer counts as don't know; the run's own when left out.
        abstain_wider: Of numbers, width of the interval above which an answer counts as don't know.
        output: File to write; <table>_predicted.csv by default.
        overwrite: Replace the file even if it holds something else than predictions for this table, and the workbook of
            --review even if somebody has filled it in.
        guard_formulas: Put an apostrophe before cells that a spreadsheet would run (=, +, -, @) in your own columns,
            too; without it, a text that was in a spreadsheet or a text table before comes back as it was.
    """
    threshold, answering, asked = ready.threshold(abstain_below), ready.answering(), ready.trained()

    def answer() -> Answering:
        check_wishes(
            ready.model.task,
            wanted_precision=ready.options.wanted_precision,
            abstain_below=abstain_below,
            abstain_wider=abstain_wider,
        )
        return leaving_open(ready.answered(answering, threshold), abstain_wider)

    if text is not None:
        refuse_beside_a_text(ready, output=output, review=review)
        return answer_text(ready, text, text_pair=text_pair, answered=answer, top=top, all_bars=probabilities)
    file = output_path(ready.data.paths["predict"], output)
    to_review = None if review is None else review_path(review, others=[file], overwrite=overwrite)
    preparing = Preparing(
        ready,
        answer,
        file,
        guard_formulas=guard_formulas,
        overwrite=overwrite,
        top=top,
        probabilities=probabilities,
    )
    ready.trainer.callbacks.append(preparing)  # type: ignore[attr-defined]
    outputs = ready.trainer.predict(
        ready.model, datamodule=ready.data, ckpt_path=asked["ckpt_path"], weights_only=asked["weights_only"]
    )
    rows, logits = gather(outputs or [], "logits")  # on every process
    how = preparing.how
    if how is not None and preparing.outgoing is not None:  # on the first process
        calibration = how.calibration
        texts = ready.data.texts("predict", np.searchsorted(ready.data.parts["predict"].row, rows))
        said = how.said(texts)
        shares = ready.model.task.probabilities(how.logits(logits, said), calibration)
        written = write_predictions(preparing.outgoing, rows, shares, calibration)
        show_predicted(file, written, threshold=calibration.abstain_below)
        if abstain_wider is not None:
            tell(
                say(
                    "It leaves {n:,} row open, whose interval is wider than {wider:g}.",
                    "It leaves {n:,} rows open, whose intervals are wider than {wider:g}.",
                    n=int(written.abstained.sum()),
                    wider=abstain_wider,
                )
            )
        table = ready.data.tables["predict"]
        beside = begun(
            how,
            table,
            task=ready.model.task,
            labels=ready.model.hparams["labels"],
            reading=ready.data.reading,
            review=to_review is not None,
        )
        beside.take(table, rows, 0, logits, said)
        beside.finish(to_review, table, [table])
    return 0


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    typed = typed_text(argv)
    if typed.text is not None:  # of several devices all but one had nothing to do
        typed = replace(typed, argv=[*typed.argv, "--trainer.devices=1"])

    with TemporaryDirectory(prefix="finetune_") as folder:

        @wraps(predict)
        def asked(ready: Ready, **options: Any) -> int:
            put_down(ready, Path(folder))
            return predict(ready, **options | {"text": typed.text, "text_pair": typed.text_pair})

        return run(with_several(typed.argv), asked)
