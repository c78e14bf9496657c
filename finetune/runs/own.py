"""The record of one's own runs: sums of what they were started with, kept outside of every run folder.

A folder can be given to others, copied and moved; what stands in it proves nothing. So the sums stand in a file of the
user's own, which nobody else can write.
"""

import hashlib
import os
import stat
from pathlib import Path

from finetune.files.state import state_dir
from finetune.language.say import note, reason

RECORD = "own_runs.txt"
"""One SHA-256 a line."""


def record_file() -> Path:
    """Returns where the sums are kept."""
    return state_dir() / RECORD


def sum_of(content: bytes) -> str:
    """Returns what a content is known by."""
    return hashlib.sha256(content).hexdigest()


def is_own(content: bytes) -> bool:
    """Returns whether a run of this user's was started with a content, or the user has allowed it."""
    return sum_of(content) in known()


def known() -> frozenset[str]:
    """Returns all sums; none of a file that others could have written."""
    try:
        file = os.open(record_file(), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:  # there is none, or it is none of ours: nothing is known
        return frozenset()
    with os.fdopen(file, encoding="ascii", errors="replace") as lines:
        if not _of_this_user_alone(os.fstat(lines.fileno())):
            note(
                "{file} could have been written by others, so no run counts as your own. It has to belong to you, "
                "with the rights 600.",
                file=record_file(),
            )
            return frozenset()
        return frozenset(lines.read().split())


def remember(content: bytes) -> None:
    """Adds the sum of a content; where that cannot be written, says so and goes on."""
    if is_own(content):
        return
    try:
        record_file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # appended in one write: two processes that do so at once leave two lines
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        file = os.open(record_file(), flags, 0o600)
        try:
            os.write(file, f"{sum_of(content)}\n".encode("ascii"))
        finally:
            os.close(file)
    except OSError as error:
        note(
            "{file} cannot be written ({why}): what this run names of your own will have to be allowed with --trust",
            file=record_file(),
            why=reason(error),
        )


def _of_this_user_alone(found: os.stat_result) -> bool:
    if os.name == "nt":  # it has no such rights; the folder is the user's own
        return True
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
