"""How progress is shown: one line redrawn on a terminal, or plain lines. Knows nothing of training."""

import logging
import math
import sys
import time
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from callbacks.language.say import say
from callbacks.language.wrapped import columns, wrapped

PLAIN_SECONDS = 60.0  # from one plain line to the next where no total is known
PLAIN_APART_SECONDS = 2.0  # at least, however short the run: the last line comes always


def open_display(title: str, total: int | None, *, refresh_seconds: float, plain: bool) -> "Bar | Lines":
    """Starts a display of `total` steps (None: not known)."""
    console = Console()
    drawn = (console.is_terminal or console.is_jupyter) and not console.is_dumb_terminal and not plain
    return Bar(console, title, total, refresh_seconds=refresh_seconds) if drawn else Lines(title, total)


class Bar:
    """The line that is redrawn, by Rich, in a thread of its own."""

    def __init__(self, console: Console, title: str, total: int | None, *, refresh_seconds: float) -> None:
        self.title, self.total = title, total
        self._refresh_seconds = refresh_seconds
        self._at = -math.inf
        before = sys.stderr
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:>3.0f}%" if total is not None else ""),
            TextColumn("{task.fields[facts]}", markup=False),
            console=console,
            expand=True,
            transient=True,  # the lines of the epochs stay
        )
        self._task: TaskID = self._progress.add_task(title, total=total, facts="")
        self._progress.start()
        self._moved_handlers = _log_above(before)

    def wants(self, done: int) -> bool:
        """Whether it is time to show this step."""
        return done == self.total or time.monotonic() - self._at >= self._refresh_seconds

    def show(self, title: str, done: int, facts: str) -> None:
        """Shows where the run stands."""
        self._at = time.monotonic()
        self._progress.update(self._task, description=title, completed=done, facts=facts)

    def note(self, facts: str) -> None:
        """Changes what stands beside the bar."""
        self._progress.update(self._task, facts=facts)

    def line(self, text: str) -> None:
        """Writes a line that stays."""
        console = self._progress.console
        console.print(_folded(text, console.width), markup=False, highlight=False)

    def close(self) -> None:
        """Ends the display; may be called twice."""
        self._progress.stop()
        for handler, stream in self._moved_handlers:
            handler.setStream(stream)
        self._moved_handlers = []


class Lines:
    """Plain lines: one for each tenth of the run that is done, or one a minute where no total is known."""

    def __init__(self, title: str, total: int | None) -> None:
        self.title, self.total = title, total
        self._tenths = 0
        self._at = time.monotonic()

    def wants(self, done: int) -> bool:
        """Whether it is time to show this step."""
        waited = time.monotonic() - self._at
        if self.total is None:
            return waited >= PLAIN_SECONDS
        return self._tenth(done) > self._tenths and (waited >= PLAIN_APART_SECONDS or done == self.total)

    def show(self, title: str, done: int, facts: str) -> None:
        """Shows where the run stands."""
        if not self.wants(done):
            return
        self._tenths, self._at = self._tenth(done), time.monotonic()
        share = (
            say("batch {number:,}", number=done)
            if self.total is None
            else f"{100 * done // max(1, self.total):3d}%"
        )
        self.line("  ".join(part for part in (title, share, facts) if part))

    def line(self, text: str) -> None:
        """Writes a line that stays."""
        sys.stdout.write(_folded(text, columns()) + "\n")
        sys.stdout.flush()

    def close(self) -> None:
        """Ends the display; may be called twice."""
        return

    def _tenth(self, done: int) -> int:
        return 0 if not self.total else 10 * done // self.total


def _log_above(before: TextIO) -> list[tuple[logging.StreamHandler[Any], TextIO]]:
    """Sends log messages above the bar as well; gives what to undo.

    Rich takes over sys.stderr for that; a log handler made earlier holds the old one and would write into the
    bar.
    """
    names = ("", "lightning", "lightning.pytorch", "lightning.fabric")
    handlers = [handler for name in names for handler in logging.getLogger(name or None).handlers]
    moved = []
    for handler in handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is before:
            handler.setStream(sys.stderr)
            moved.append((handler, before))
    return moved


def _folded(text: str, width: int) -> str:
    # Two spaces part what belongs together: a name and its number stay in one line
    held = "  ".join(part.replace(" ", "\xa0") for part in text.split("  "))
    return wrapped(held, width=width, indent="    ").replace("\xa0", " ")
