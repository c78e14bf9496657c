"""A command that is asked to end puts away what it has begun, as one does that is interrupted. Knows no command."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = ("SIGTERM", "SIGHUP")
"""Of the system's usual end of a program, and of a terminal that is closed, which Windows knows not."""


@contextmanager
def ending_tidily() -> Iterator[None]:
    """Has these signals end the block as an error does; one that is ignored, as by nohup, stays so."""
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    taken = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
