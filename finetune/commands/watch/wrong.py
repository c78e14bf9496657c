"""A file that cannot be answered: moved out of the way, with what is wrong in a text beside it."""

from itertools import count
from pathlib import Path

from callbacks.saving.patience import patiently
from finetune.commands.watch.snapshot import Snapshot
from finetune.files.whole import write_text
from finetune.runtime.answering.cells import whole

LONGEST_NAME = 200
"""Bytes of a name that is made of another: file systems take 255, and something is put behind."""


def set_aside(snapshot: Snapshot, folder: Path, told: str) -> Path | None:
    """Moves a file, and writes its message beside it; returns where to, or None where it is another file by now.

    Args:
        snapshot: The file.
        folder: Where to; made where it is not there.
        told: What is wrong with it.

    Raises:
        OSError: It cannot be moved, and stays.
    """
    folder.mkdir(exist_ok=True)
    target = free(folder, snapshot.file.stem, snapshot.file.suffix)
    message = target.with_name(f"{target.name}.txt")
    write_text(message, f"{whole(told)}\n")
    if not snapshot.is_as_it_was:
        message.unlink(missing_ok=True)
        return None
    try:
        patiently(lambda: snapshot.file.rename(target))
    except OSError:
        message.unlink(missing_ok=True)
        raise
    return target


def free(folder: Path, stem: str, suffix: str) -> Path:
    """Returns a path in a folder that no file has: with a number where one has the name."""
    while len(stem.encode("utf-8", "surrogateescape")) > LONGEST_NAME:
        stem = stem[:-1]
    names = (f"{stem}{suffix}" if number == 1 else f"{stem}_{number}{suffix}" for number in count(1))
    return next(path for path in (folder / name for name in names) if not path.exists())
