"""Signals by which a system or a user asks a training to stop, noted and nothing else. Stops nothing itself."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

from lightning_utilities.core.rank_zero import rank_zero_only

from callbacks.language.say import say
from callbacks.language.wrapped import wrapped

if TYPE_CHECKING:
    from lightning.pytorch import Trainer

STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGBREAK")
"""Ctrl-C; a system's or scheduler's end of the job; a terminal that was closed; the warning SLURM sends before the end
(`--signal=USR1@120`, or another of them); Ctrl-Break of Windows. Each would end the process, if nothing listened."""

STOPPED = 75
"""Exit status of a training that stopped because it was asked to, with all it needs to go on: `EX_TEMPFAIL` of
sysexits.h, "try the same command again"."""

SAME_REQUEST_SECONDS = 1.0
"""Two SIGINTs within this time are one Ctrl-C: a launcher may send on what the terminal has sent too, a slow one late.
Nobody has read by then what a second one does."""


class Stopped(SystemExit):
    """Ends a process whose training was asked to stop, once its state was saved."""


class StopSignals:
    """Notes the first signal that asks to stop; a second SIGINT interrupts at once, as without this."""

    def __init__(self) -> None:
        self.received: str | None = None
        self._interrupted_at: float | None = None
        self._process = 0
        self._told: dict[int, bytes] = {}  # what is said when one comes
        self._before: dict[int, Any] = {}

    def listen(self) -> None:
        """Begins to listen in place of the handlers that are there; a signal that is ignored (`nohup`) stays so.

        Python lets only the main thread do this; in another one nothing is changed. What is said when a signal comes is
        said in the language of now.
        """
        if self._before:
            return  # already
        self.received, self._interrupted_at, self._process = None, None, os.getpid()
        if threading.current_thread() is not threading.main_thread():
            return
        letters = os.device_encoding(2) or "utf-8"  # the console of Windows has its own
        for name in STOP_SIGNALS:
            number = getattr(signal, name, None)  # Windows has three of them
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._told[number] = _told(name).encode(letters, errors="replace")
                self._before[number] = signal.signal(number, self._note)

    def release(self) -> None:
        """Gives the signals back to whoever had them."""
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        # Nothing else here: the main thread may be anywhere, in the middle of a collective or of a write
        if os.getpid() != self._process:
            return  # one that makes batches has inherited this; it is ended by the one that trains
        now = time.monotonic()
        if number == signal.SIGINT:
            if self._interrupted_at is not None and now - self._interrupted_at > SAME_REQUEST_SECONDS:
                self.release()
                raise KeyboardInterrupt
            self._interrupted_at = self._interrupted_at or now
        if self.received is None:
            self.received = signal.Signals(number).name
            _tell(self._told[number])


@contextmanager
def handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Has a function take the signals that ask to stop, but for Ctrl-C; one that is ignored (`nohup`) stays so.

    Python lets only the main thread do this; in another one nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in STOP_SIGNALS if name != "SIGINT" and hasattr(signal, name)]
    heard = [
        getattr(signal, name)
        for name in names
        if signal.getsignal(getattr(signal, name)) is not signal.SIG_IGN
    ]
    before = {number: signal.signal(number, handler) for number in heard}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextmanager
def stopping_at_once() -> Iterator[None]:
    """Has a signal that asks to stop end the process at once where nothing is trained, so that all is saved already.

    While a training listens by itself (`StopSignals`), that goes before.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(STOPPED)

    with handling(stop):
        yield


def exit_status(trainer: "Trainer") -> int:
    """Returns the status with which a process ends that has stopped and saved.

    Of those that Lightning itself has started, and of a SLURM job's, only the first may fail: Lightning would kill it
    for another one's status, and srun may.
    """
    # here, for those who only listen and load no Lightning
    from lightning.fabric.plugins.environments.lightning import LightningEnvironment
    from lightning.fabric.plugins.environments.slurm import SLURMEnvironment

    environment = getattr(trainer.strategy, "cluster_environment", None)
    launched = isinstance(environment, LightningEnvironment) and trainer.local_rank != 0
    of_job = isinstance(environment, SLURMEnvironment) and not trainer.is_global_zero
    return 0 if launched or of_job else STOPPED


def _told(name: str) -> str:
    text = say(
        "{signal}: the step is finished and saved first. Ctrl-C once more interrupts at once."
        if name == "SIGINT"
        else "{signal}: the step is finished and saved first.",
        signal=name,
    )
    return f"\n{wrapped(text)}\n"


@rank_zero_only
def _tell(text: bytes) -> None:
    # past Python's own buffers, which the main thread may be writing to; and nobody may be listening any more
    with suppress(OSError):
        os.write(2, text)
