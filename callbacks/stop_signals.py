"""Signals by which a system or a user asks a training to stop, noted and nothing else. Stops nothing itself."""

import os
import signal
import threading
import time
from types import FrameType
from typing import Any

from lightning_utilities.core.rank_zero import rank_zero_only

STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
"""Ctrl-C; a system's or scheduler's end of the job; a terminal that was closed; the warning SLURM sends before the end
(`--signal=USR1@120`, or another of them). Each would end the process, if nothing listened."""

STOPPED = 75
"""Exit status of a training that stopped because it was asked to, with all it needs to go on: `EX_TEMPFAIL` of
sysexits.h, "try the same command again"."""

SAME_REQUEST_SECONDS = 1.0
"""Two SIGINTs within this time are one Ctrl-C: a launcher such as torchrun sends on what the terminal has sent too."""


class Stopped(SystemExit):
    """Ends a process whose training was asked to stop, once its state was saved."""


class StopSignals:
    """Notes the first signal that asks to stop; a second SIGINT interrupts at once, as without this."""

    def __init__(self) -> None:
        self.received: str | None = None
        self._received_at = 0.0
        self._before: dict[int, Any] = {}

    def listen(self) -> None:
        """Begins to listen in place of the handlers that are there; a signal that is ignored (`nohup`) stays so.

        Python lets only the main thread do this; in another one nothing is changed.
        """
        self.received = None
        if threading.current_thread() is not threading.main_thread() or self._before:
            return
        for name in STOP_SIGNALS:
            number = getattr(signal, name, None)  # Windows has two of them
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note)

    def release(self) -> None:
        """Gives the signals back to whoever had them."""
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        # Nothing else here: the main thread may be anywhere, in the middle of a collective or of a write
        again = self.received is not None and time.monotonic() - self._received_at > SAME_REQUEST_SECONDS
        if number == signal.SIGINT and again:
            self.release()
            raise KeyboardInterrupt
        if self.received is None:
            self.received, self._received_at = signal.Signals(number).name, time.monotonic()
            _tell(self.received)


@rank_zero_only
def _tell(name: str) -> None:
    more = " Ctrl-C once more interrupts at once." if name == "SIGINT" else ""
    # past Python's own buffers, which the main thread may be writing to
    os.write(2, f"\n{name}: the step is finished and saved first.{more}\n".encode())
