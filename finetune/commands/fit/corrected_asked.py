"""What is asked of fit --with: of which run, by what options, and what does not go with it. Reads no table."""

import os
from pathlib import Path

from finetune.cli.take_option import take_option
from finetune.cli.taken_apart import names
from finetune.data.held_out import DIVIDES
from finetune.errors import ConfigError
from finetune.language.lists import listed
from finetune.language.say import Message
from finetune.runs.changes import TABLES
from finetune.runs.exported import is_export, refuse_without_run
from finetune.runs.find import find
from finetune.runs.folder import FOLD, RunFolder
from finetune.runs.kind import FIT, refuse_adapted, refuse_words
from finetune.runs.named import run_named
from finetune.runs.seeds import averaged, is_averaged, is_of_several

OPTION, START, NEW_LABELS = "--with", "--from", "--new_labels"
RUN, BASE = "run", "base"
STARTS = (BASE, RUN)
"""From which weights the new run begins: of the model that the older began from, or of the older itself."""

OF_THE_PARTS = (*(f"--data.{name}" for name in DIVIDES if f"data.{name}" not in TABLES), "--task")
"""Options that would make other rows or parts of the same table."""

WHERE = tuple(f"--{name}" for name in sorted(TABLES))
"""Options that say where the tables of the older run lie by now."""


def take_several(argv: list[str], option: str) -> tuple[list[str], list[str]]:
    """Splits off every `--option a b` and `--option=a`: the rest, and the values, "" where none stands behind it."""
    rest: list[str] = []
    found: list[list[str]] = []
    taking = False
    for word in argv:
        name, equals, value = word.partition("=")
        if name == option:
            taking = not equals
            found.append([value] if equals else [])
        elif taking and not word.startswith("-"):
            found[-1].append(word)
        else:
            taking = False
            rest.append(word)
    return rest, [value for values in found for value in values or [""]]


def take_files(argv: list[str]) -> tuple[list[str], list[str]]:
    """Splits off the files of corrections: the rest, and the files in their order.

    Raises:
        ConfigError: if none stands behind the option.
    """
    rest, files = take_several(argv, OPTION)
    if "" in files:
        raise ConfigError(
            "--with needs a file of corrections: what finetune label has kept (RUN/corrections.sqlite), a workbook of "
            "predict --review, or a table of texts and labels."
        )
    return rest, files


def refuse_with_it(options: list[str], starts: list[str]) -> None:
    """Refuses what does not go with corrections.

    Raises:
        ConfigError: if it is asked for.
    """
    if "--resume" in options:
        raise ConfigError(
            "--with makes a new run, and --resume goes on with one: leave one of them away. A run that was made with "
            "--with and stopped goes on by itself:\n  finetune fit --run RUN --resume"
        )
    if names(("--ckpt_path", "--folder"), options):
        raise ConfigError(
            "--with takes the weights of the run that --run names, or those that it began from (--from base): leave "
            "--ckpt_path away."
        )
    if not names(("--run",), options):
        raise ConfigError(
            "--with corrects the rows of a run: name it, as in\n  finetune fit --run latest --with corrections.sqlite"
        )
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError(
            "--with is started once, without torchrun: the training uses all GPUs, or those of --trainer.devices."
        )
    wrong = [start for start in starts if start not in STARTS]
    if wrong:
        raise ConfigError(
            "{option} {value}: give {base}, for the model that the older run began from, or {run}, for its weights.",
            option=START,
            value=wrong[0],
            base=BASE,
            run=RUN,
        )
    if starts and names(("--model.name",), options):
        raise ConfigError(
            "--from and --model.name both say from which weights the new run begins: leave one away."
        )
    parts = [name for name in OF_THE_PARTS if names((name,), options)]
    if parts:
        raise ConfigError(
            "{options} would make other rows or other parts of the table, and with --with they stay those of the run: "
            "old and new are measured on the same rows. Leave that away.",
            options=listed(parts),
        )


def run_of(options: list[str], root: Path) -> tuple[list[str], Path]:
    """Returns the options without the run, and its folder.

    Raises:
        ConfigError: if there is no such run, or it is none that can be corrected.
    """
    options, given = take_option(options, ("--run",))
    if len(given) > 1:
        raise ConfigError(
            "--with corrects one run, and --run is given {times} times: give one.", times=len(given)
        )
    if is_export(Path(given[0])):
        raise refuse_without_run(FIT, Path(given[0]))
    named = run_named(given[0], root)
    run = find(str(named or given[0]), root)
    refuse_words(run, Message("fit --with"))
    refuse_adapted(run)
    if (run / FOLD).is_file() or is_of_several(run):
        raise ConfigError(
            "{run} is one training of several, whose test is not its own: correct a run that was trained on the whole "
            "table.",
            run=run,
        )
    if not RunFolder(run).finished():
        raise ConfigError(
            "{run} has not finished, so that there is nothing to hold a new run against. Go on with it first:\n"
            "  finetune fit --run {run} --resume",
            run=run,
        )
    return options, run


def kept_ways(run: Path, options: list[str]) -> list[str]:
    """Returns the options of the older run that its configuration does not say: how many networks its mean is of."""
    if not is_averaged(run) or names(("--seeds", "--effort"), options):
        return []
    return [f"--seeds={len(averaged(run)['seeds'])}"]
