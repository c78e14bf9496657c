"""fit --adapt_first: a model learns the language of texts in a process of its own, and the fit begins from it."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from finetune.cli.lightning_cli import run
from finetune.cli.take_option import take_option
from finetune.cli.taken_apart import names, runs_root
from finetune.cli.verb import Ready
from finetune.data.held_out import held_out
from finetune.data.reading.sums import write_sums
from finetune.errors import ConfigError
from finetune.language.say import note, say, show
from finetune.language.typed import command_line
from finetune.processes.fit_apart import adapt
from finetune.runs.checkpoints import begins_again
from finetune.runs.effort import BEST
from finetune.runs.folder import CONFIG, LAST, LEFT_OUT, claim
from finetune.runs.kind import ADAPT, KINDS

OPTION = "--adapt_first"

SHARED = ("accelerator", "devices", "strategy", "precision", "default_root_dir", "deterministic", "num_nodes")
"""Options of the Trainer that both trainings have in common: where they run, and how they compute."""

AS_READ = ("fix_encoding", "max_characters")
"""How a text is read by both."""

OF_THE_DATA = {
    "num_workers": "num_workers",
    "tokenizer": "tokenizer_name",
    "lower_capitals": "lower_capitals",
}
"""Options that both have in common, and what the data call them."""


def adapted_first(argv: list[str], *, check: Callable[[Ready], None]) -> tuple[list[str], int]:
    """Adapts the model, where that is asked for; returns the command line of the fit that begins from it.

    Args:
        argv: The command and its options, as typed.
        check: Refuses what the fit would refuse before its training: it is not to be told after hours.

    Returns:
        The command line without the wish, and the exit status of the adapting: where it is not 0, no fit begins.

    Raises:
        ConfigError: if the options do not fit together, or the table cannot be used.
    """
    options, given = take_option(argv[1:], (OPTION,))
    if not given or "-h" in argv or "--help" in argv:
        return argv, 0
    refuse_what_goes_on(options)
    root = runs_root(argv)
    folder = claim(root, KINDS[ADAPT])
    try:
        arguments = prepared(options, given[-1], folder, check=check)
    except BaseException:
        shutil.rmtree(folder)
        raise
    note("first the language of {texts}, in {folder}; then the labels", texts=given[-1], folder=folder)
    left, _ = take_option(options, ("--model.name",))
    fit, status = ["fit", *left, f"--model.name={folder}"], 1
    try:
        status = adapt(arguments)
    finally:
        if status != 0:
            say_how_to_go_on(folder, fit)
    return fit, status


def refuse_what_goes_on(options: list[str]) -> None:
    """Refuses to adapt for a run that has begun, or once in each process of a training.

    Raises:
        ConfigError: if it is asked for.
    """
    if names(("--run", "--resume", "--ckpt_path"), options):
        raise ConfigError(
            "--adapt_first goes with a new run: one that goes on began from what was adapted. Leave it away to go on."
        )
    if BEST in take_option(options, ("--effort",))[1]:
        raise ConfigError(
            "--adapt_first reads texts that the folds of --effort best are measured on. Adapt once, on texts of which "
            "none is in the table, and name that run:\n"
            "  finetune adapt --data.path TEXTS --data.leave_out TABLE\n"
            "  finetune fit --effort best --data.path TABLE --model.name lightning_logs/adapt_0"
        )
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError(
            "--adapt_first is started once, without torchrun. With it adapt first, then train from that run:\n"
            "  finetune adapt --data.path TEXTS\n  finetune fit --model.name RUN --data.path TABLE"
        )


def prepared(options: list[str], texts: str, folder: Path, *, check: Callable[[Ready], None]) -> list[str]:
    """Returns what the adapting is started with; leaves in its folder which texts it is not to learn from.

    Args:
        options: Of the fit.
        texts: What it is to learn from.
        folder: Of its run.
        check: Refuses what cannot be asked of the fit.

    Raises:
        ConfigError: if the fit is only to be tried, or it is refused.
    """
    arguments = [f"--data.path={texts}", f"--data.leave_out={folder / LEFT_OUT}", f"--folder={folder}"]

    def look(ready: Ready) -> int:
        """Read the table of a fit, and train nothing.

        What the adapting has in common with it is taken over.
        """
        if ready.trainer.fast_dev_run:  # type: ignore[attr-defined]
            raise ConfigError(
                "--adapt_first learns from all of its texts, and --trainer.fast_dev_run tries a step: leave one of "
                "them away."
            )
        check(ready)
        write_sums(folder / LEFT_OUT, held_out(ready.data))
        arguments.extend(in_common(ready))
        return 0

    run(["fit", *options], look)
    return arguments


def in_common(ready: Ready) -> list[str]:
    """Returns the options of a fit by which the model is adapted, too."""
    trainer, reading = ready.options.trainer, ready.data.reading
    values: dict[str, Any] = {"model.name": ready.model.hparams["name"]}
    values |= {f"trainer.{name}": trainer.get(name) for name in SHARED}
    values |= {f"data.{name}": getattr(reading, name) for name in AS_READ}
    values |= {f"data.{option}": getattr(ready.data, name) for option, name in OF_THE_DATA.items()}
    values["seed_everything"] = ready.options.seed_everything
    values["write_report"] = ready.options.write_report
    return [
        f"--{name}={str(value).lower() if isinstance(value, bool) else value}"
        for name, value in values.items()
        if isinstance(value, (str, int, bool))
    ]


def say_how_to_go_on(folder: Path, fit: list[str]) -> None:
    """Says how to go on behind an adapting that was stopped; one that left nothing has said why."""
    begun = (folder / CONFIG).is_file() and ((folder / LAST).exists() or begins_again(folder))
    if begun:
        said = say("Once that has finished:\n  {command}", command=command_line(["finetune", *fit]))
        show(said, file=sys.stderr)
    else:
        shutil.rmtree(folder, ignore_errors=True)
