"""The processes of a browser that show pages: how much room they take, and how slow they are made. Opens no page."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

PROGRAM = Path(__file__).with_name("slow_program.py")

SECONDS = 0.25
"""Between two looks."""


@dataclass
class Watched:
    """What was seen.

    Attributes:
        most: Bytes of the largest of these processes, at most.
        slowed: How many of them were made slow, known at the end.
    """

    most: int = 0
    slowed: int = 0


def own_processes() -> set[psutil.Process]:
    """Returns all processes that this one has started, and these in turn."""
    return set(psutil.Process().children(recursive=True))


@contextmanager
def watched(before: set[psutil.Process], *, slowly: bool) -> Iterator[Watched]:
    """Looks at the processes of a browser until the block ends.

    Args:
        before: Processes that are none of the browser's.
        slowly: Whether they are to run a quarter of the time. The driver's own way slows a page, and not its worker.
    """
    seen, over = Watched(), threading.Event()
    with ExitStack() as stack:
        slow = stack.enter_context(slowing(seen)) if slowly else lambda process: None

        def look() -> None:
            known = set[psutil.Process]()
            while True:
                showing = {each for each in own_processes() - before if _shows_pages(each)}
                for each in showing - known:
                    slow(each)
                known |= showing
                seen.most = max([seen.most, *map(_bytes_of, showing)])
                if over.wait(SECONDS):
                    return

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join()


@contextmanager
def slowing(seen: Watched) -> Iterator[Callable[[psutil.Process], None]]:
    """Gives a function that makes a process four times as slow, until the block ends or this process does.

    Args:
        seen: Told in the end how many were slowed.
    """
    child = subprocess.Popen(
        [sys.executable, "-P", str(PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,  # what interrupts this process lets it put everything right
    )
    assert child.stdin is not None
    assert child.stdout is not None
    stdin = child.stdin
    child.stdout.readline()

    def slow(process: psutil.Process) -> None:
        try:
            print(process.pid, file=stdin, flush=True)
        except OSError:  # it was killed: then it says in the end that none was slowed
            return

    try:
        yield slow
    finally:
        said, _ = child.communicate()
        seen.slowed = int(said or 0)


def _shows_pages(process: psutil.Process) -> bool:
    try:
        return any("--type=renderer" in word for word in process.cmdline())
    except psutil.Error:  # it has ended since
        return False


def _bytes_of(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:  # it has ended since
        return 0
