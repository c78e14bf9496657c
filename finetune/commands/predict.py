"""finetune predict: a label and a confidence for each row of a table. Trains nothing."""

import numpy as np

from finetune.cli.lightning_cli import run
from finetune.cli.verb import Ready
from finetune.evaluation.predicted_table import output_path, write_predictions
from finetune.evaluation.printed import show_predicted
from finetune.model.calibration import softmax
from finetune.tasks.gather import gather


def predict(ready: Ready, abstain_below: float | None = None, output: str | None = None) -> int:
    """Label the rows of a table with a run's best model.

    --run RUN takes a run's settings and best model; RUN is a folder, its number, or latest;
    or best, of all runs of the same rows the one of the best validation.

    Args:
        ready: What it works with.
        abstain_below: Confidence below which an answer counts as don't know; the run's own when left out.
        output: File to write; <table>_predicted.csv by default.
    """
    threshold, answering, asked = ready.threshold(abstain_below), ready.answering(), ready.trained()
    file = output_path(ready.data.paths["predict"], output)
    outputs = ready.trainer.predict(
        ready.model, datamodule=ready.data, ckpt_path=asked["ckpt_path"], weights_only=asked["weights_only"]
    )
    rows, logits = gather(outputs or [], "logits")  # on every process
    how = ready.answered(answering, threshold)
    if ready.trainer.is_global_zero:
        table, below = ready.data.tables["predict"], how.calibration.abstain_below
        texts = ready.data.texts("predict", np.searchsorted(ready.data.parts["predict"].row, rows))
        probabilities = softmax(how.logits(logits, how.said(texts)), how.calibration.temperature)
        write_predictions(
            file,
            table,
            rows,
            probabilities,
            labels=ready.model.hparams["labels"],
            abstain_below=below,
        )
        show_predicted(file, probabilities.max(axis=1), threshold=below)
    return 0


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    return run(argv, predict)
