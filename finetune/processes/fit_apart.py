"""The process in which a training of several goes on: it ends with ours, and is told of signals that ask to stop."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

from callbacks.saving.stop_signals import STOPPED, handling
from finetune.processes.parent import end_with_the_parent


def fit(arguments: list[str]) -> int:
    """Runs `finetune fit` in a process of its own, which gives all memory back; returns the exit status."""
    return apart("fit", arguments)


def adapt(arguments: list[str]) -> int:
    """Runs `finetune adapt` in the same way."""
    return apart("adapt", arguments)


def crossval(arguments: list[str]) -> int:
    """Runs `finetune crossval` in the same way."""
    return apart("crossval", arguments)


def plan(arguments: list[str]) -> int:
    """Runs `finetune plan` in the same way."""
    return apart("plan", arguments)


def apart(name: str, arguments: list[str]) -> int:
    """Runs a command of this program in a process of its own; returns the exit status."""
    command = [sys.executable, "-m", "finetune", name, *arguments]
    # else Python itself would search the current folder first, in it and in the processes that the Trainer starts
    safe = {**os.environ, "PYTHONSAFEPATH": "1"}
    # else a resume would meet it in its folder
    ends_too = None if os.name == "nt" else partial(end_with_the_parent, signal.SIGTERM)
    process = subprocess.Popen(command, env=safe, preexec_fn=ends_too)
    received: list[int] = []

    def ask_to_stop(number: int) -> None:
        if os.name != "nt":  # there any signal ends it at once; and the console has asked the fold by itself
            process.send_signal(number)

    def send_on(number: int, frame: FrameType | None) -> None:
        received.append(number)
        ask_to_stop(number)

    with handling(send_on):
        try:
            status = process.wait()
        except KeyboardInterrupt:
            # not SIGINT: a terminal's Ctrl-C has reached the fold by itself, sooner or later, and one more would be the
            # second, which interrupts at once. This asks for the same, however often it is asked
            ask_to_stop(signal.SIGTERM)
            status = process.wait()
            if status != STOPPED:
                raise
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if received and status == 0:
        return STOPPED  # it was at its end: no other begins
    return status if status >= 0 else 128 - status  # as shells count a signal


@contextmanager
def ending_between_folds() -> Iterator[None]:
    """Has a signal that comes while no fold is trained end this process by an exception: all is saved."""

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit(STOPPED)

    with handling(end):
        yield
