"""Which of a run's checkpoints to take, and whether there is one to go on from. Opens none, and loads no torch."""

from pathlib import Path

from callbacks.saving.checksum import damage
from callbacks.saving.last_and_previous import newest_whole, previous_to
from finetune.errors import ConfigError
from finetune.language.say import AnyMessage
from finetune.runs.effort import QUICK
from finetune.runs.folder import CONFIG, LAST, METRICS, RunFolder
from finetune.runs.kind import trained_by
from finetune.runs.seeds import is_averaged
from finetune.runs.tidied import freed, is_tidied


def begins_again(run: Path) -> bool:
    """Returns whether a run was stopped before its first `last.ckpt`, so that it can begin with its first step only."""
    if any((run / name).exists() for name in (LAST, previous_to(LAST))):
        return False
    if is_tidied(run):  # it had one, and would lose what it has learned
        return False
    config = RunFolder(run).config()
    # it takes no step from which to go on, and soon all is done again
    if config.get("effort") == QUICK or is_averaged(run):
        return not RunFolder(run).finished()
    if (run / METRICS).exists():
        return False
    meant = config.get("last_checkpoint", {}) is not None
    return meant or not any(run.glob("checkpoints/*.ckpt"))


def ended_without_last(run: Path) -> bool:
    """Returns whether a run has finished and kept no `last.ckpt`: there is nothing to go on from, and no need."""
    return not (run / LAST).exists() and (run / METRICS).is_file()


def whole_checkpoint(run: Path) -> tuple[Path, AnyMessage | None]:
    """Returns the checkpoint to go on from: the last one, or the one before and what is wrong with the last.

    Raises:
        ConfigError: if neither is there and whole.
    """
    found = newest_whole(run / LAST)
    if found is not None:
        return found
    if is_tidied(run):
        raise freed(run, run / LAST)
    last = checkpoint(run, LAST)
    raise ConfigError(
        "{last} cannot be used: {wrong}; and there is no {before} that can. Train anew:\n"
        "  finetune {command} --config {config}",
        command=trained_by(RunFolder(run).config()),
        last=last,
        wrong=damage(last),
        before=previous_to(last).name,
        config=run / CONFIG,
    )


def checkpoint(run: Path, name: Path) -> Path:
    """Returns a run's checkpoint.

    Raises:
        ConfigError: if it is not there.
    """
    if (run / name).exists():
        return run / name
    if name == LAST and is_tidied(run):
        raise freed(run, run / name)
    there = sorted(file.name for file in (run / "checkpoints").glob("*.ckpt"))
    if not there:
        raise ConfigError("{run} has no {name}, nor any other checkpoint. Train anew.", run=run, name=name)
    raise ConfigError(
        "{run} has no {name}; its checkpoints are: {there}. Name one with --ckpt_path {run}/checkpoints/...",
        run=run,
        name=name,
        there=", ".join(there),
    )
