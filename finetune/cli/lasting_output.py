"""Output that outlives its reader: a terminal that was closed, a pipe that nobody reads. Says nothing itself."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

LASTING = ("fit", "adapt", "crossval")
"""Commands that work for hours: they go on where their output cannot. Of the others `| head` has seen enough."""


class LastingStream:
    """A text stream that writes to nowhere once nobody can read it any more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes text, if anybody can read it."""
        try:
            return self._stream.write(text)
        except OSError:
            self._give_up()
            return len(text)

    def flush(self) -> None:
        """Hands on what was written, if anybody can read it."""
        try:
            self._stream.flush()
        except OSError:
            self._give_up()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _give_up(self) -> None:
        with suppress(OSError):  # what is no file, as in a notebook, stays as it is
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


@contextmanager
def lasting_output(command: str) -> Iterator[None]:
    """Has a command that works for hours write to streams that last."""
    before = sys.stdout, sys.stderr
    if command in LASTING:
        sys.stdout, sys.stderr = (cast(TextIO, LastingStream(stream)) for stream in before)
    try:
        yield
    finally:
        if command in LASTING:
            sys.stdout.flush()  # what is left is written when Python ends, which must not change the exit status
            sys.stderr.flush()
        sys.stdout, sys.stderr = before
