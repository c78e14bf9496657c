"""How large a table may be, so that a damaged file or a bomb is refused before it takes all memory. Reads no table."""

import os
import stat
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TextIO

import psutil

from finetune.errors import ConfigError, DataError
from finetune.language.lists import quoted

MOST_COLUMNS = 16_384
"""As many as Excel has."""

LONGEST_LINE = 1 << 27
"""Letters of a line, and of a cell: more is a file without line ends, or one that is no table."""

SHARE = 2
"""Of the memory that is free a table may take one part in so many: its texts stand there twice when they are cut into
tokens."""

MOST_GIB = "FINETUNE_MOST_GIB"
"""The environment variable that says another limit."""

GIB = 2**30

BYTES_OF_PLACE, BYTES_OF_TEXT = 8, 64
"""What a cell takes at least, which is its place in its column, and what a row does: its text as a string of Python."""


def most_bytes() -> int:
    """Returns what a table may take: half of the memory that was free, or what `FINETUNE_MOST_GIB` says.

    Raises:
        ConfigError: That is no number.
    """
    given = os.environ.get(MOST_GIB)
    if not given:
        return _free_bytes() // SHARE
    try:
        asked = float(given.replace(",", "."))
    except ValueError:
        asked = 0
    if not 0 < asked < float("inf"):
        raise ConfigError(
            '{variable} is "{given}": give it a number of GiB, such as 16, or take it away',
            variable=MOST_GIB,
            given=given,
        )
    return int(asked * GIB)


def least_bytes(rows: int, cells: int) -> int:
    """Returns what a table of so many rows and cells takes at least, whatever stands in them."""
    return BYTES_OF_TEXT * rows + BYTES_OF_PLACE * cells


def refuse_what_is_no_file(path: Path, *, whole: bool = True) -> None:
    """Refuses a pipe, a device or a socket: a table is gone through several times, and they give all once or forever.

    Args:
        path: The table.
        whole: Whether it will be in memory as a whole, so that it may only be so large.

    Raises:
        DataError: The path is one of these.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise DataError(
            "{path}: not a file on a disk but a pipe, a device or a socket: save the table to a file first, and give "
            "that one",
            path=path,
        )
    if whole:
        refuse_too_large(path, path.stat().st_size)


def refuse_too_large(path: Path, size: int) -> None:
    """Refuses a table that takes, or unpacks to, so many bytes.

    Raises:
        DataError: They are more than fit.
    """
    most = most_bytes()
    if size > most:
        raise DataError(
            "{path}: the table needs more than {most:.3g} GiB of memory, as much as it may take on this machine: give "
            "a part of it, or set the environment variable {variable} to the GiB that it may take",
            path=path,
            most=most / GIB,
            variable=MOST_GIB,
        )


def bounded_lines(stream: TextIO, path: Path) -> Iterator[str]:
    """Yields the lines of a file.

    Raises:
        DataError: One does not end.
    """
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise DataError(
                "{path}: line {line} is longer than {most:,} characters: does the file have line ends, and is it a "
                "table? Export it again, one row a line",
                path=path,
                line=number,
                most=LONGEST_LINE,
            )
        yield line


def refuse_too_many_columns(source: object, names: Sequence[object]) -> None:
    """Refuses a table that has more columns than any sheet of Excel.

    Raises:
        DataError: It has.
    """
    if len(names) > MOST_COLUMNS:
        raise DataError(
            "{source}: the table has {n:,} columns ({names}), and at most {most:,} can be read: keep those of the "
            "text, of the label and what you need beside them",
            source=source,
            n=len(names),
            names=quoted(names),
            most=MOST_COLUMNS,
        )


@cache
def _free_bytes() -> int:
    """The memory that was free when the first table was read: that which it takes does not make the next one fewer."""
    free = [psutil.virtual_memory().available, *_left_in_cgroup(Path("/sys/fs/cgroup"))]
    if hasattr(psutil, "RLIMIT_AS"):
        process = psutil.Process()
        limit, _ = process.rlimit(psutil.RLIMIT_AS)
        if limit not in (-1, psutil.RLIM_INFINITY):
            free.append(limit - process.memory_info().vms)
    return max(0, min(free))


def _left_in_cgroup(folder: Path) -> list[int]:
    """What the limit of a container leaves, where there is one."""
    for limit, used, cached in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "total_inactive_file"),
    ):
        try:
            most = (folder / limit).read_text(encoding="ascii").strip()
            taken = int((folder / used).read_text(encoding="ascii"))
            notes = (folder / limit).with_name("memory.stat").read_text(encoding="ascii").splitlines()
        except OSError:  # no such limit, or none of our business
            continue
        if most.isdecimal():
            # files that were read count as used, and are given back when the memory is needed
            kept = next((int(line.split()[1]) for line in notes if line.startswith(f"{cached} ")), 0)
            return [int(most) - taken + kept]
    return []
