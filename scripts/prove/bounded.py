"""A function in a child of its own, whose memory is measured and whose seconds are bounded. Knows nothing of tables."""

import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

LOOK_EVERY = 0.01
"""Seconds between two looks at the children."""


@dataclass(frozen=True)
class Bounds:
    """What a child may take.

    Attributes:
        cpu_seconds: Of the processor.
        seconds: In all: a child that waits for ever takes no processor.
        memory_gib: More than it has when it is forked, with all processes that it starts.
    """

    cpu_seconds: int
    seconds: float
    memory_gib: float


@dataclass(frozen=True)
class Ended:
    """How a child ended.

    Attributes:
        name: Which it was.
        said: What its function returned, or its traceback; "" where it came to neither.
        fault: `traceback`, `signal`, `hang` or `memory`; "" where it ended well.
        cpu_seconds: What it took of the processor.
        memory_gib: The most that it took more than at its start.
    """

    name: str
    said: str
    fault: str
    cpu_seconds: float
    memory_gib: float


class Child:
    """A child that runs."""

    def __init__(self, name: str, function: Callable[[], str], bounds: Bounds, file: Path) -> None:
        self.name = name
        self.bounds = bounds
        self.file = file
        self.since = time.monotonic()
        self.killed = ""
        sys.stdout.flush()
        self.number = os.fork()
        if self.number == 0:
            self._run(function)
        self.before = self.most = resident(self.number)

    def _run(self, function: Callable[[], str]) -> None:
        status = 1
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_CPU, (self.bounds.cpu_seconds, self.bounds.cpu_seconds + 1))
            void = os.open(os.devnull, os.O_WRONLY)
            os.dup2(void, 1)
            os.dup2(void, 2)
            said = function()
            status = 0
        except BaseException:  # noqa: BLE001 - whatever it is, it is what this looks for
            said = traceback.format_exc()
        finally:
            self.file.write_text(said, encoding="utf-8", errors="surrogatepass")
            os._exit(status)

    def look(self) -> Ended | None:
        """Measures its memory, and kills it where it takes too much; returns how it ended, if it has."""
        number, status, usage = os.wait4(self.number, os.WNOHANG)
        if number:
            return self._ended(os.waitstatus_to_exitcode(status), usage)
        self.most = max(self.most, resident(self.number))
        if self.most - self.before > self.bounds.memory_gib * 2**30:
            self._kill("memory")
        elif time.monotonic() - self.since > self.bounds.seconds:
            self._kill("hang")
        return None

    def _kill(self, why: str) -> None:
        self.killed = self.killed or why
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.number, signal.SIGKILL)

    def _ended(self, status: int, usage: resource.struct_rusage) -> Ended:
        with suppress(ProcessLookupError, PermissionError):  # what it has started
            os.killpg(self.number, signal.SIGKILL)
        said = self.file.read_text(encoding="utf-8", errors="surrogatepass") if self.file.exists() else ""
        self.file.unlink(missing_ok=True)
        fault = self.killed
        if not fault and status < 0:
            fault = (
                "hang"
                if -status in (signal.SIGXCPU, signal.SIGKILL)
                else f"signal {signal.Signals(-status).name}"
            )
        most = max(self.most, usage.ru_maxrss * 1024) - self.before
        if not fault and most > self.bounds.memory_gib * 2**30:
            fault = "memory"
        return Ended(
            self.name,
            said,
            fault or ("traceback" if status else ""),
            usage.ru_utime + usage.ru_stime,
            max(0.0, most / 2**30),
        )


def resident(number: int) -> int:
    """Returns the bytes in memory of a process and of all that it has started."""
    total = 0
    with suppress(psutil.Error):
        parent = psutil.Process(number)
        for each in [parent, *parent.children(recursive=True)]:
            total += each.memory_info().rss
    return total


def run_all(
    jobs: Iterable[tuple[str, Callable[[], str]]], bounds: Bounds, *, at_once: int, folder: Path
) -> Iterator[Ended]:
    """Runs functions in children, so many at a time; yields how each ended, as they end."""
    running: list[Child] = []
    coming = iter(jobs)
    while True:
        while len(running) < at_once and (job := next(coming, None)) is not None:
            running.append(Child(job[0], job[1], bounds, folder / f"{job[0]}.said"))
        if not running:
            return
        time.sleep(LOOK_EVERY)
        for child in list(running):
            if (ended := child.look()) is not None:
                running.remove(child)
                yield ended
