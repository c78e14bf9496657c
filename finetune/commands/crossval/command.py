"""finetune crossval: `fit` once for each fold, so that every row but those of the test is measured unseen."""

import os
import shutil
import sys

from callbacks.saving.last_and_previous import newest_whole
from callbacks.saving.stop_signals import STOPPED
from finetune.cli.taken_apart import runs_root
from finetune.commands.crossval.folder import Crossval, begin
from finetune.commands.crossval.options import asked, taken_up, usage
from finetune.errors import ConfigError
from finetune.language.say import say, show
from finetune.language.typed import command_line
from finetune.processes.fit_apart import ending_between_folds, fit
from finetune.runs.effort import is_compared
from finetune.runs.folder import FOLD, LAST
from finetune.runs.lock import RunLock, holder


def fit_arguments(crossval: Crossval, seed: int, number: int) -> list[str]:
    """Returns the arguments of the `fit` of one fold; goes on from its last checkpoint where it has one."""
    run = crossval.run_folder(seed, number)
    resumed = newest_whole(run / LAST) is not None and (run / FOLD).is_file()
    if not resumed:
        process = holder(run)
        if process is not None:  # of a crossval that was killed, and just about to end
            raise ConfigError(
                "{run} is being trained by another process (PID {process}). Wait until it has ended.",
                run=run,
                process=process,
            )
        shutil.rmtree(run, ignore_errors=True)  # stopped before its first checkpoint
    table = crossval.table()
    same_table = ["--same_table", table] if table is not None else []
    if resumed:
        return ["--run", str(run), "--resume", *same_table, *(["--trust"] if crossval.trust else [])]
    cut = {"--data.folds": crossval.plan.folds, "--data.fold": number, "--data.fold_seed": seed}
    set_here = [f"{name}={value}" for name, value in (cut | {"--seed_everything": seed}).items()]
    # the data are the same in every fold: what is wrong with them is told once, unless it is asked for each time
    asked_for = any("on_findings" in option for option in crossval.plan.options)
    checked = ["--data.on_findings=skip"] if same_table and not asked_for else []
    return [*crossval.plan.options, *set_here, *checked, "--folder", str(run), *same_table]


def train(crossval: Crossval) -> int:
    """Trains what is not done yet; returns the exit status of the first fold that fails, 0 if none does."""
    plan = crossval.plan
    told = plan.keep_models or is_compared(crossval.folder)  # a fit that compares keeps none
    for seed, number in plan.pairs():
        name = say("fold {number} of {folds} (seed {seed})", number=number, folds=plan.folds, seed=seed)
        if (seed, number) in crossval.runs:
            show(say("{fold} is done already", fold=name))
        else:
            show(f"\n{name}")
            status = fit(fit_arguments(crossval, seed, number))
            if status != 0:
                return status
            crossval.finish(seed, number)
            if not told:
                show(say("Once measured, a fold's checkpoints and model go; --keep_models keeps them."))
                told = True
        if not plan.keep_models:
            crossval.remove_weights(seed, number)
    return 0


def say_how_to_go_on(crossval: Crossval, *, asked_to_stop: bool) -> None:
    """Says what is done and how to go on, after an end before the end; an error before anything was leaves nothing.

    Args:
        crossval: What ended.
        asked_to_stop: Whether a signal ended it: whoever sent it will start the same again, and must find it.
    """
    if not asked_to_stop and crossval.discard_untrained():
        return
    command = command_line(["finetune", "crossval", "--run", str(crossval.folder), "--resume"])
    said = say(
        "{n} of {every} folds is done. To go on:\n  {command}",
        "{n} of {every} folds are done. To go on:\n  {command}",
        n=len(crossval.runs),
        every=len(crossval.plan.pairs()),
        command=command,
    )
    show(f"\n{said}", file=sys.stderr)


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    if "-h" in argv or "--help" in argv:
        show(usage())
        return 0
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError(
            "crossval is started once, without torchrun: each fold uses all GPUs, or those of --trainer.devices."
        )
    given = asked(argv[1:])
    root = runs_root(given.options)
    crossval = taken_up(given, root) if given.resume else begin(root, given.plan())
    lock = RunLock()
    lock.hold(crossval.folder)
    status = 1
    try:
        with ending_between_folds():
            status = train(crossval)
    except SystemExit as end:
        status = int(end.code or 0)
        raise
    finally:
        lock.release()
        if status != 0 and not is_compared(crossval.folder):  # else what compares it says how to go on
            say_how_to_go_on(crossval, asked_to_stop=status == STOPPED)
    if status == 0:
        from finetune.commands.crossval.report import conclude  # pandas, scipy: not before they are needed

        conclude(crossval, told=not is_compared(crossval.folder))
    return status
