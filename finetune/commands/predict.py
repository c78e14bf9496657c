"""finetune predict: a label and a confidence for each row of a table. Trains nothing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from lightning.pytorch import Callback, LightningModule, Trainer

from finetune.cli.lightning_cli import run
from finetune.cli.take_option import take_option
from finetune.cli.verb import Ready
from finetune.errors import ConfigError, UserError
from finetune.evaluation.answering import Answering
from finetune.evaluation.predicted.place import output_path
from finetune.evaluation.predicted_table import Outgoing, prepared, write_predictions
from finetune.evaluation.printed import show_predicted
from finetune.evaluation.wishes import check_wishes, leaving_open
from finetune.language.say import say
from finetune.language.say import show as tell
from finetune.runs.exported import is_export, is_without_torch
from finetune.tasks.gather import gather


class Preparing(Callback):
    """Looks, before a row is computed, that the network is the run's and the table can be written; else all end.

    Args:
        ready: What the verb works with.
        answer: Gives how the network's logits become answers.
        file: To write.
        guard_formulas: Whether the user's own formulas are guarded in every spreadsheet.
        overwrite: Whether any file may be replaced.
    """

    def __init__(
        self,
        ready: Ready,
        answer: Callable[[], Answering],
        file: Path,
        *,
        guard_formulas: bool,
        overwrite: bool,
    ) -> None:
        self.ready = ready
        self.answer = answer
        self.file = file
        self.guard_formulas = guard_formulas
        self.overwrite = overwrite
        self.how: Answering | None = None
        self.outgoing: Outgoing | None = None

    def on_predict_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Prepares what goes out of the user's own, once the table was read and the classes are known."""
        self.how = self.answer()
        wrong: UserError | OSError | None = None
        if trainer.is_global_zero:
            try:
                self.outgoing = prepared(
                    self.file,
                    self.ready.data.tables["predict"],
                    labels=self.ready.model.hparams["labels"],
                    task=self.ready.model.task,
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
        abstain_below: Confidence below which an answer counts as don't know; the run's own when left out.
        abstain_wider: Of numbers, width of the interval above which an answer counts as don't know.
        output: File to write; <table>_predicted.csv by default.
        overwrite: Replace the file even if it holds something else than predictions for this table.
        guard_formulas: Put an apostrophe before cells that a spreadsheet would run (=, +, -, @) in your own columns,
            too; without it, a text that was in a spreadsheet or a text table before comes back as it was.
    """
    threshold, answering, asked = ready.threshold(abstain_below), ready.answering(), ready.trained()
    file = output_path(ready.data.paths["predict"], output)

    def answer() -> Answering:
        check_wishes(
            ready.model.task,
            wanted_precision=ready.options.wanted_precision,
            abstain_below=abstain_below,
            abstain_wider=abstain_wider,
        )
        return leaving_open(ready.answered(answering, threshold), abstain_wider)

    preparing = Preparing(ready, answer, file, guard_formulas=guard_formulas, overwrite=overwrite)
    ready.trainer.callbacks.append(preparing)  # type: ignore[attr-defined]
    outputs = ready.trainer.predict(
        ready.model, datamodule=ready.data, ckpt_path=asked["ckpt_path"], weights_only=asked["weights_only"]
    )
    rows, logits = gather(outputs or [], "logits")  # on every process
    how = preparing.how
    if how is not None and preparing.outgoing is not None:  # on the first process
        calibration = how.calibration
        texts = ready.data.texts("predict", np.searchsorted(ready.data.parts["predict"].row, rows))
        probabilities = ready.model.task.probabilities(how.logits(logits, how.said(texts)), calibration)
        written = write_predictions(preparing.outgoing, rows, probabilities, calibration)
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
    return 0


TAKEN = {
    "--data.predict_path": "",
    "--output": "",
    "--data.text_column": "--text_column",
    "--data.text_pair_column": "--text_pair_column",
}
"""Options that an export which answers by itself takes with a value, and what it calls them."""

FLAGS = ("--overwrite", "--guard_formulas")


def by_export(folder: Path, words: list[str]) -> int:
    """Labels a table with an export that answers by itself: by this program's own copy of what is in the folder.

    Args:
        folder: The export.
        words: The options, without `--run`.

    Raises:
        ConfigError: if one is given that it does not know, or no table.
    """
    from finetune.runtime.answering.command import main as answer

    given, left = {}, words
    for name in TAKEN:
        left, values = take_option(left, (name,))
        given[name] = values[-1] if values else None
    true = [name for name in FLAGS if name in left or f"{name}=true" in left]
    known = {each for name in FLAGS for each in (name, f"{name}=true", f"{name}=false")}
    strange = [word for word in left if word not in known]
    if strange:
        raise ConfigError(
            "{folder} answers by itself, without torch, and takes these options alone: {known}. It does not know "
            "{options}.",
            folder=folder,
            known=", ".join([*TAKEN, *FLAGS]),
            options=" ".join(strange),
        )
    if given["--data.predict_path"] is None:
        raise ConfigError("which table is to be labelled? Add --data.predict_path TABLE.")
    files = [value for name, own in TAKEN.items() if not own and (value := given[name]) is not None]
    options = [f"{own}={given[name]}" for name, own in TAKEN.items() if own and given[name] is not None]
    return answer(folder, [*files, *options, *true])


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    words, runs = take_option(argv[1:], ("--run",))
    if len(runs) == 1 and is_export(Path(runs[0])) and is_without_torch(Path(runs[0])):
        return by_export(Path(runs[0]), words)
    return run(argv, predict)
