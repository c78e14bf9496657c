"""Runs that wait: before which a fit trains something else, and keeps how far it is in a file of theirs."""

import shutil
import sys
from pathlib import Path

from finetune.cli.take_option import take_option
from finetune.language.say import say, show
from finetune.language.typed import command_line
from finetune.runs.corrected import CORRECTED
from finetune.runs.effort import EFFORT
from finetune.runs.folder import CONFIG, all_runs, newest
from finetune.runs.named import places
from finetune.runs.run_name import name_of
from finetune.runs.seeds import SEEDS

RECORDS = (EFFORT, SEEDS, CORRECTED)
"""What a run that waits keeps of how far it is."""


def begun(options: list[str], root: Path, *, record: str) -> Path | None:
    """Returns the folder of a run that waits, where one is to go on; None for all else.

    Args:
        options: Of the fit, as typed.
        root: Folder of the runs.
        record: The file that such a run has, one of `RECORDS`.
    """
    left, given = take_option(options, ("--run",))
    if not given or "--resume" not in left:
        return None
    if given[-1] == "latest":
        last = max(filter(is_waiting, all_runs(root)), key=_written, default=None)
        run = newest(root, begun=True)
        newer = last is not None and (run is None or _written(last) > _written(run))
        found = [last] if last is not None and newer else []
    else:
        found = [folder for folder in places(given[-1], root) if is_waiting(folder)]
    return next((folder for folder in found if (folder / record).is_file()), None)


def is_waiting(folder: Path) -> bool:
    """Returns whether the run of a folder has not begun, as something else is still trained for it."""
    return any((folder / name).is_file() for name in RECORDS) and not (folder / CONFIG).is_file()


def _written(folder: Path) -> int:
    return max((folder / name).stat().st_mtime_ns for name in (*RECORDS, CONFIG) if (folder / name).exists())


def is_there(options: list[str], root: Path) -> bool:
    """Returns whether a run that is to go on is there: a scheduler starts the same command the first time, too."""
    _, given = take_option(options, ("--run",))
    return given[-1:] != ["latest"] or newest(root, begun=True) is not None


def say_how_to_go_on(folder: Path, *, below: str) -> None:
    """Says how to go on behind what was stopped; what left nothing has said why, and its folder goes.

    Args:
        folder: Of the run that waits.
        below: The folder in it that holds what is trained for it.
    """
    if any((folder / below).rglob("*.ckpt")) or any((folder / below).rglob("metrics.json")):
        command = command_line(["finetune", "fit", "--run", str(folder), "--resume"])
        show("\n" + say("To go on:\n  {command}", command=command), file=sys.stderr)
    elif name_of(folder) is None:
        shutil.rmtree(folder, ignore_errors=True)
