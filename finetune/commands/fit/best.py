"""fit --effort best: ways to train are compared by cross-validation, each in a process of its own, before the fit."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from finetune.cli.candidates import CANDIDATES, FOLDS, Candidate, open_to, trained
from finetune.cli.lightning_cli import run
from finetune.cli.take_option import take_option
from finetune.cli.taken_apart import LOOKED_AT, names, runs_root
from finetune.cli.trusted import look_at_options, remember_options
from finetune.cli.verb import Ready
from finetune.commands.fit.comparison import Comparison, opened
from finetune.commands.fit.waiting import begun, is_there, say_how_to_go_on
from finetune.errors import ConfigError
from finetune.language.say import note
from finetune.processes.fit_apart import crossval, plan
from finetune.runs.corrected import is_corrected
from finetune.runs.effort import BEST, EFFORT
from finetune.runs.effort import CANDIDATES as BELOW
from finetune.runs.folder import claim
from finetune.runs.lock import RunLock

OPTION = "--effort"
ALONE = ("--baselines=null", "--write_report=false")
"""What a fold need not do to be compared; words are measured beside it where they are a way of their own."""


def compared_first(argv: list[str], *, check: Callable[[Ready], None]) -> tuple[list[str], int]:
    """Compares ways to train, where that is asked for or was begun; returns the command line of the fit that follows.

    Args:
        argv: The command and its options, as typed.
        check: Refuses what the fit would refuse before its training: it is not to be told after hours.

    Returns:
        The command line without the wish, and the exit status of the comparing: where it is not 0, no fit begins.

    Raises:
        ConfigError: if the options do not fit together, or the table cannot be used.
    """
    if "-h" in argv or "--help" in argv:
        return argv, 0
    options, given = take_option(argv[1:], (OPTION,))
    asked, root = given[-1:] == [BEST], runs_root(argv)
    folder = begun(options, root, record=EFFORT)
    if folder is not None:
        return compared(folder, opened(folder), trust="--trust" in options)
    if not asked:
        return argv, 0
    left, folders = take_option(options, ("--folder",))
    claimed = Path(folders[-1]) if folders and is_corrected(Path(folders[-1])) else None
    options = options if claimed is None else left
    if "--resume" in options:
        if is_there(options, root):  # it has been compared for: the run itself goes on
            return ["fit", *options], 0
        options, _ = take_option([option for option in options if option != "--resume"], ("--run",))
    refuse_with_it(options)
    ways = looked_at(options, check=check)
    if len(ways) < 2:
        note("your options leave one way to train only: there is nothing to compare")
        return ["fit", *options, *([] if claimed is None else [f"--folder={claimed}"])], 0
    remember_options(options)
    folder = claimed or claim(root)
    comparison = Comparison(options, [each.name for each in ways], folder=folder, folds=FOLDS)
    comparison.write()
    note(
        "first {ways} ways to train are compared, in {folder}; then the best one is trained",
        ways=len(ways),
        folder=folder,
    )
    return compared(folder, comparison, planned=True)


def refuse_with_it(options: list[str]) -> None:
    """Refuses what several trainings cannot do, or not from one command.

    Raises:
        ConfigError: if it is asked for.
    """
    if names(("--run", "--ckpt_path", "--folder"), options):
        raise ConfigError("--effort best begins a new run: leave --run and --ckpt_path away.")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError(
            "--effort best is started once, without torchrun: each training uses all GPUs, or those of "
            "--trainer.devices."
        )


def looked_at(options: list[str], *, check: Callable[[Ready], None]) -> list[Candidate]:
    """Returns the ways that are compared, once the table was read and the wishes were looked at.

    Raises:
        ConfigError: if the fit is only to be tried, or it is refused.
    """
    found: list[Candidate] = []

    def look(ready: Ready) -> int:
        """Read the table of a fit, and train nothing.

        What it asks for is looked at.
        """
        if ready.trainer.fast_dev_run:  # type: ignore[attr-defined]
            raise ConfigError(
                "--effort best trains many times, and --trainer.fast_dev_run tries a step: leave one of them away."
            )
        if ready.data.division.fold is not None:
            raise ConfigError(
                "--effort best cuts the rows into folds itself: leave --data.fold and --data.folds away."
            )
        check(ready)
        table, _ = ready.data.divided()["train"]
        found.extend(open_to(ready, table.task.problem_type))
        return 0

    run(["fit", *options], look)
    return found


def compared(
    folder: Path, comparison: Comparison, *, planned: bool = False, trust: bool = False
) -> tuple[list[str], int]:
    """Compares what is not compared yet; returns the command line of the fit, and the exit status.

    Args:
        folder: Of the run.
        comparison: How far it is.
        planned: Whether its time is foretold.
        trust: Whether functions that its options name may run; of a comparison that was left.
    """
    if not planned:
        look_at_options(comparison.options, place=folder / EFFORT, trust=trust)
    lock, status = RunLock(), 1
    lock.hold(folder)
    try:
        status = foretold(comparison) if planned else 0
        ways = [each for each in CANDIDATES if each.name in comparison.names]
        for number, way in enumerate(trained(ways), 1):
            if status == 0 and not comparison.is_done(way):
                comparison.tell(way, number=number, every=len(trained(ways)))
                status = measured(comparison, way, trust=trust)
                if status == 0:
                    comparison.tell_time(way)
        if status == 0:
            comparison.choose(ways)
            comparison.show()
    finally:
        lock.release()
        if status != 0:
            say_how_to_go_on(folder, below=BELOW)
    taken = (
        next(each for each in CANDIDATES if each.name == comparison.taken) if status == 0 else CANDIDATES[0]
    )
    return ["fit", *comparison.options, *taken.options, f"--folder={folder}"], status


def foretold(comparison: Comparison) -> int:
    """Has the time of it all be told by steps that are timed, in a process that gives all memory back."""
    if names(("--hardware_tier",), comparison.options):  # without it there is no plan
        note("how long it takes is not foretold where --hardware_tier is set; each way says what it took")
        return 0
    return plan([*comparison.options, f"{OPTION}={BEST}", LOOKED_AT])


def measured(comparison: Comparison, way: Candidate, *, trust: bool) -> int:
    """Cross-validates a way, or goes on with that; returns the exit status."""
    root = comparison.root_of(way)
    there = comparison.crossval_of(way)
    if there is None:
        shutil.rmtree(root, ignore_errors=True)  # stopped before there was anything
        alone = ["--baselines=[tfidf]", ALONE[1]] if comparison.words_beside(way) else ALONE
        arguments = [*comparison.options, *way.options, *alone, f"--trainer.default_root_dir={root}"]
        arguments += ["--folds", str(comparison.folds)]
    else:
        arguments = ["--run", str(there), "--resume", *(["--trust"] if trust else [])]
    begin = time.monotonic()
    try:
        return crossval(arguments)
    finally:
        comparison.add_seconds(way, time.monotonic() - begin)
