"""How a command ends that something goes wrong in: told as what the user can mend, on all processes. Runs none."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from lightning.pytorch import Trainer
from lightning.pytorch.utilities.exceptions import SIGTERMException

from callbacks.saving.stop_signals import STOPPED
from finetune.errors import UserError, WorkerError
from finetune.language.say import say
from finetune.processes.failing_together import end_launched, let_the_others_end, take_turns, tell_torchrun
from finetune.processes.failures import as_user_error


def mendable(error: BaseException) -> UserError | None:
    """Returns what the user can mend in place of an error; None where that is nothing."""
    told = as_user_error(error)
    if isinstance(told, WorkerError) and hasattr(
        signal, "SIGCHLD"
    ):  # Windows tells of no end; else each further one would raise again, wherever this process is by then
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return told


@contextmanager
def ending_the_launched(trainer: Trainer) -> Iterator[None]:
    """Has an error end the processes that a Trainer has started; it goes on as what the user can mend."""
    try:
        yield
    except BaseException as error:
        told = mendable(error)
        if isinstance(error, Exception):  # those that stop or are interrupted end together
            end_launched(trainer, told or error)
        if told is None or told is error:
            raise
        raise told from error


@contextmanager
def ending_in_turns() -> Iterator[None]:
    """Has processes that fail alike tell it once, and gives a stop its exit status back from Lightning."""
    try:
        yield
    except Exception as error:
        told = as_user_error(error) or error
        take_turns(told)
        if told is error:
            raise
        raise told from error
    except SystemExit as error:
        if isinstance(error.__context__, KeyboardInterrupt):  # Lightning makes status 1 of it
            raise KeyboardInterrupt from error
        if isinstance(error, SIGTERMException):  # and 0 of this
            raise SystemExit(128 + signal.SIGTERM) from error
        if error.code == STOPPED:
            tell_torchrun(say("this process was asked to stop"))
            let_the_others_end()
        raise
