"""A program that has processes stand still three quarters of the time, until its input ends.

It ends when whoever started it is killed, too, and then leaves nobody standing: for that it is a process of its own.
"""

import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

import psutil

RUNNING, STANDING = 0.01, 0.03
"""Seconds in turn of a processor that is four times as slow."""


def main() -> None:
    """Reads numbers of processes, one a line; says a line once it begins, and at the end how many it has slowed."""
    slowed, over = list[psutil.Process](), threading.Event()
    print("ready", flush=True)
    threading.Thread(target=_read, args=(slowed, over), daemon=True).start()
    once = set[psutil.Process]()
    while not over.wait(RUNNING):
        stopped = _each(list(slowed), "suspend")
        once |= set(stopped)
        over.wait(STANDING)
        _each(stopped, "resume")
    with suppress(BrokenPipeError):  # who has started it is gone
        os.write(
            sys.stdout.fileno(), b"%d\n" % len(once)
        )  # not by print, which would try once more at the end


def _read(slowed: list[psutil.Process], over: threading.Event) -> None:
    for line in sys.stdin:
        try:
            slowed.append(psutil.Process(int(line)))
        except psutil.Error:  # it has ended since
            continue
    over.set()


def _each(processes: Sequence[psutil.Process], what: str) -> list[psutil.Process]:
    done = list[psutil.Process]()
    for each in processes:
        try:
            getattr(each, what)()
        except psutil.Error:  # it has ended since
            continue
        done.append(each)
    return done


if __name__ == "__main__":
    main()
