"""finetune test: a run's best model on its test rows, or on another table. Trains nothing."""

from finetune.cli.lightning_cli import run
from finetune.cli.of_words import measure_words
from finetune.cli.verb import Ready
from finetune.evaluation.printed import show_measured


def test(ready: Ready) -> int:
    """Measure a run's best model on the test rows, or on another table.

    --run RUN takes a run's settings and best model; RUN is a folder, its number or its name, or latest;
    or best, of all runs of the same rows the one of the best validation.
    """
    if ready.prepared.of_words:
        return measure_words(ready, "test")
    answering = ready.answering()
    threshold = ready.threshold(answering)
    ready.model.answers = []  # it keeps them
    ready.trainer.test(ready.model, datamodule=ready.data, **ready.trained())
    how = ready.answered(answering, threshold)
    show_measured(ready.model, ready.data, "test", how=how, run=ready.prepared.run)
    return 0


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    return run(argv, test)
