"""A run given as the model to begin from, by its name or that of its folder: once, before anything else is asked."""

import sys
from pathlib import Path

from lightning_utilities.core.rank_zero import rank_zero_only

from finetune.cli.take_option import take_option
from finetune.language.say import say, show
from finetune.runs.named import run_named, there_are

MODEL_NAME = "--model.name"


def with_model_of_run(argv: list[str], root: Path) -> list[str]:
    """Returns a command line whose model is the folder of a run, where one was named by its name or that of its folder.

    The folder is what the new run keeps: the name may be another run's by the time that it goes on.

    Raises:
        ConfigError: if several runs have the name, or a folder here does, too.
    """
    left, given = take_option(argv, (MODEL_NAME,))
    if not given or Path(given[-1]).exists():
        return argv
    run = run_named(given[-1], root) or next(
        (each for each in there_are(root) if each.name == given[-1]), None
    )
    if run is None:
        return argv
    if getattr(rank_zero_only, "rank", 0) == 0:  # crossval asks, too, which loads no Lightning to log by
        said = say("{option} {name} is the run {run}", option=MODEL_NAME, name=given[-1], run=run)
        show(said, file=sys.stderr)
    return [*left, f"{MODEL_NAME}={run}"]
