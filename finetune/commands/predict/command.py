"""finetune predict: a label and a confidence for each row of a table. Trains nothing."""

from contextlib import nullcontext
from dataclasses import replace
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from finetune.cli.lightning_cli import run
from finetune.cli.typed_text import TypedText
from finetune.cli.verb import Ready
from finetune.commands.predict.cast_once import CastOnce
from finetune.commands.predict.inputs import put_down, with_several
from finetune.commands.predict.one_text import answer_text, refuse_beside_a_text
from finetune.commands.predict.prediction import Prediction
from finetune.errors import ConfigError
from finetune.evaluation.answering import Answering
from finetune.evaluation.predicted.more_columns import check_columns
from finetune.evaluation.predicted.parts import alone
from finetune.evaluation.predicted.place import output_path
from finetune.evaluation.printed import show_predicted
from finetune.evaluation.review_workbook import review_path
from finetune.evaluation.wishes import check_wishes, leaving_open
from finetune.language.say import say
from finetune.language.say import show as tell


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

    --run RUN takes a run's settings and best model; RUN is a folder, its number or its name, or latest;
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
        output: File to write; <table>_predicted.csv by default. In a workbook (.xlsx) abstained says Sim or Não where
            Portuguese is spoken; every other file keeps True and False, for programs.
        overwrite: Replace the file even if it holds something else than predictions for this table, and the workbook of
            --review even if somebody has filled it in.
        guard_formulas: Put an apostrophe before cells that a spreadsheet would run (=, +, -, @) in your own columns,
            too; without it, a text that was in a spreadsheet or a text table before comes back as it was.
    """
    check_limit(ready.trainer.limit_predict_batches)
    asked = ready.trained()
    check_columns(ready.model.task, top=top, probabilities=probabilities)
    check_wishes(
        ready.model.task,
        wanted_precision=ready.options.wanted_precision,
        abstain_below=abstain_below,
        abstain_wider=abstain_wider,
    )
    answering = ready.answering()
    threshold = ready.threshold(answering, abstain_below)

    def answer() -> Answering:
        return leaving_open(ready.answered(answering, threshold), abstain_wider)

    if text is not None:
        refuse_beside_a_text(ready, output=output, review=review)
        return answer_text(ready, text, text_pair=text_pair, answered=answer, top=top, all_bars=probabilities)
    file = output_path(ready.data.paths["predict"], output)
    prediction = Prediction(
        ready,
        answer,
        file,
        guard_formulas=guard_formulas,
        overwrite=overwrite,
        top=top,
        probabilities=probabilities,
        review=None if review is None else review_path(review, others=[file], overwrite=overwrite),
    )
    ready.data.todo = prediction.begin
    ready.trainer.callbacks.extend([CastOnce(), prediction.keeping])  # type: ignore[attr-defined]
    with alone(file) if ready.trainer.is_global_zero else nullcontext():
        ready.trainer.predict(
            ready.model,
            datamodule=ready.data,
            return_predictions=False,
            ckpt_path=asked["ckpt_path"],
            weights_only=asked["weights_only"],
        )
        counts = prediction.end() if ready.trainer.is_global_zero else None
    if counts is not None:
        calibration = prediction.how.calibration
        show_predicted(
            file, rows=counts["answered"], unsure=counts["unsure"], threshold=calibration.abstain_below
        )
        if counts["cut"]:
            tell(
                say(
                    "Of {n:,} row the model read the beginning alone: it is longer than it can read.",
                    "Of {n:,} rows the model read the beginning alone: they are longer than it can read.",
                    n=counts["cut"],
                )
            )
        if abstain_wider is not None:
            tell(
                say(
                    "It leaves {n:,} row open, whose interval is wider than {wider:g}.",
                    "It leaves {n:,} rows open, whose intervals are wider than {wider:g}.",
                    n=counts["unsure"],
                    wider=abstain_wider,
                )
            )
        prediction.show_beside()
    return 0


def check_limit(batches: int | float | None) -> None:
    """Refuses batches by which Lightning would look at no row, or at a share of a table that nobody has counted.

    Raises:
        ConfigError: if there are none, or a share of all.
    """
    if batches == 0:
        raise ConfigError(
            "--trainer.limit_predict_batches 0: no row would be answered. Give 1 or more, or leave it away."
        )
    if isinstance(batches, float) and batches != 1:
        raise ConfigError(
            "--trainer.limit_predict_batches {given:g}: a share of the rows, which are counted while they are read. "
            "Give how many batches are to be answered, such as 10, or leave it away.",
            given=batches,
        )


def by_run(typed: TypedText) -> int:
    """Runs the command for what torch answers: a run or a model; returns the exit status.

    Args:
        typed: The command, its options and the text.
    """
    if typed.text is not None:  # of several devices all but one had nothing to do
        typed = replace(typed, argv=[*typed.argv, "--trainer.devices=1"])

    with TemporaryDirectory(prefix="finetune_") as folder:

        @wraps(predict)
        def asked(ready: Ready, **options: Any) -> int:
            put_down(ready, Path(folder))
            return predict(ready, **options | {"text": typed.text, "text_pair": typed.text_pair})

        return run(with_several(typed.argv), asked)
