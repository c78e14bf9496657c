"""How several processes end when one of them fails: it is told once, the cause on top, and none is left waiting."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from lightning.pytorch import Trainer
from lightning.pytorch.strategies.launchers import _SubprocessScriptLauncher
from lightning_utilities.core.rank_zero import rank_zero_only

from finetune.errors import LostProcessError

GRACE_SECONDS = 3.0
"""In this time whoever started the processes ends all of them once one has failed: torchrun looks every 0.1 s."""

PR_SET_PDEATHSIG = 1
"""From Linux' `sys/prctl.h`: the signal that a process gets when the one that started it ends."""


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
    tell_torchrun(str(error) or type(error).__name__)


def tell_torchrun(message: str) -> None:
    """Leaves a message where torchrun looks for it: its own last words name the process that failed first, and this."""
    file = os.environ.get("TORCHELASTIC_ERROR_FILE")
    if file is not None and not Path(file).exists():
        Path(file).write_text(
            json.dumps({"message": message, "timestamp": int(time.time())}), encoding="utf-8"
        )


def end_launched(trainer: Trainer, error: BaseException) -> None:
    """Ends the processes that a Trainer has started: they may wait for this one, and on GPUs for half an hour.

    Args:
        trainer: The one whose training has failed.
        error: Why. One that another process has lost its life by is given that process's exit status, and that process
            the time to say what it was.
    """
    launcher = trainer.strategy.launcher
    if not isinstance(launcher, _SubprocessScriptLauncher):
        return
    if isinstance(error, LostProcessError):
        until = time.monotonic() + 2 * GRACE_SECONDS
        for process in launcher.procs:
            try:
                status = process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
            if status > 0:
                error.status = status
    for process in launcher.procs:
        process.kill()  # in the middle of a collective they would hear no other signal


def end_with_the_first() -> None:
    """Has the system end this process when the one that started it is killed, where it is one of several on Linux."""
    if sys.platform == "linux" and os.environ.get("LOCAL_RANK", "0") != "0":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
