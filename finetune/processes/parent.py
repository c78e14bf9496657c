"""A process that ends when the one that started it does, however that ends: on Linux, where the system can be asked."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From Linux' `sys/prctl.h`: the signal that a process gets when the one that started it ends."""

FIRST = "FINETUNE_FIRST_PROCESS"
"""Environment variable: the number of the process that others of the same training are started from."""


def end_with_the_parent(number: int) -> None:
    """Has the system send this process a signal when the one that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def end_with_the_first() -> None:
    """Has a process that Lightning has started from the first one end with it, and leaves its number for such ones.

    In the middle of a collective, on GPUs, it would otherwise wait for a first process that was killed. Of processes
    that somebody else starts, as torchrun does, that one takes care.
    """
    first = os.environ.get(FIRST)
    if os.environ.get("LOCAL_RANK", "0") == "0" or first is None or "TORCHELASTIC_RUN_ID" in os.environ:
        os.environ[FIRST] = str(os.getpid())
        return
    if (
        sys.platform == "win32"
    ):  # there another one may stand between, which starts the Python of an environment
        return
    end_with_the_parent(signal.SIGKILL)
    if os.getppid() != int(first):  # it has ended already
        sys.exit(1)
