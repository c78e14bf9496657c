"""How several processes end when one of them fails: it is told once, the cause on top, and none is left waiting."""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
from lightning.pytorch import Trainer
from lightning.pytorch.strategies.launchers import _SubprocessScriptLauncher
from lightning_utilities.core.rank_zero import rank_zero_only

from finetune.errors import LostProcessError, UserError

GRACE_SECONDS = 3.0
"""In this time whoever started the processes ends all of them once one has failed: torchrun, srun or the first one."""

LOOK_EVERY_SECONDS = 0.05


def is_first() -> bool:
    """Returns whether this is the only process, or the first of several."""
    return getattr(rank_zero_only, "rank", 0) == 0


def take_turns(error: BaseException) -> None:
    """Has processes that fail alike tell it once, and one that fails before others tell it before them.

    The first process speaks at once, any other a little later: if the first has failed too, it is ended before. What
    only follows from the failure of another comes last, and under torchrun, which tells of that one, mostly not at all.
    """
    lost = isinstance(error, LostProcessError)
    if not is_first() or (lost and "TORCHELASTIC_RUN_ID" in os.environ):
        time.sleep(GRACE_SECONDS)
    tell_torchrun(str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}")


def tell_torchrun(message: str) -> None:
    """Leaves a message where torchrun looks for it: its own last words name the process that failed first, and this."""
    file = os.environ.get("TORCHELASTIC_ERROR_FILE")
    if file is not None and not Path(file).exists():
        content = json.dumps({"message": message, "timestamp": int(time.time())})
        with suppress(OSError):  # what is to be told is told on the terminal, too
            Path(file).write_text(content, encoding="utf-8")


def let_the_others_end() -> None:
    """Waits in the first process of a SLURM job that was stopped: srun ends all once one has a status that is not 0."""
    if is_first() and SLURMEnvironment.detect():
        time.sleep(GRACE_SECONDS)


def end_launched(trainer: Trainer, error: BaseException) -> None:
    """Ends the processes that a Trainer has started: they may wait for this one, and on GPUs for half an hour.

    Args:
        trainer: The one whose training has failed.
        error: Why. Where another process was lost, that one gets the time to say what it was, and the error its exit
            status.
    """
    launcher = trainer.strategy.launcher
    if not isinstance(launcher, _SubprocessScriptLauncher):
        return
    processes = list(launcher.procs)
    launcher.procs.clear()  # Lightning watches the same list, and would end this process at once, with status 137
    if isinstance(error, LostProcessError):
        # those that end after the first one have lost that one, as this one has
        error.status = max(error.status, _first_status(processes))
    for process in processes:
        process.kill()  # in the middle of a collective they would hear no other signal


def _first_status(processes: Sequence[subprocess.Popen[bytes]]) -> int:
    """Returns the exit status of the process that ends first, minus the signal if one killed it; 0 if none ends."""
    until = time.monotonic() + 2 * GRACE_SECONDS
    while time.monotonic() < until:
        for process in processes:
            if process.poll():
                return int(process.returncode)
        time.sleep(LOOK_EVERY_SECONDS)
    return 0
