"""A file or folder in the making, beside its place; what a killed process left of one is removed by the next."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from callbacks.saving.patience import patiently
from finetune.files.lock import locked

MARK = "finetune.lock"
"""By which a draft is known as one of ours; its process has it locked as long as it lives."""

NEW, OLD = "new", "old"


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """Gives a hidden folder beside a place, for what is new and for what is old while their names change.

    Args:
        folder: The file or folder that is to be made.
    """
    remove_left(folder)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    lock = None
    try:
        lock = locked(beside / MARK, unable=lambda error: None)
        yield beside
    finally:
        if lock is not None:
            lock.close()  # before it is removed: Windows keeps what is open
        remove_draft(beside)


def remove_left(folder: Path) -> None:
    """Removes drafts of a folder whose process is gone; an old folder that it was about to replace comes back."""
    try:
        there = sorted(folder.parent.iterdir())
    except PermissionError:  # a folder into which one may write, and not look
        return
    for beside in there:
        if not beside.name.startswith(f".{folder.name}.") or not is_left(beside):
            continue
        if (beside / OLD).is_dir() and not folder.exists():
            patiently(partial((beside / OLD).rename, folder))
        remove_draft(beside)


def remove_draft(beside: Path) -> None:
    """Removes a draft that no process works at; where a file is still in use, the rest stays known as one of ours."""
    for each in _held(beside):
        with suppress(OSError):
            shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
    if not _held(beside):
        shutil.rmtree(beside, ignore_errors=True)


def _held(beside: Path) -> list[Path]:
    """Returns what lies in a draft beside its mark; nothing where another process has just removed it."""
    with suppress(OSError):
        return [each for each in beside.iterdir() if each.name != MARK]
    return []


def is_left(beside: Path) -> bool:
    """Whether a folder is a draft that no process has locked; where the system knows no locks, nobody can say."""
    mark = beside / MARK
    if mark.is_symlink() or not mark.is_file():
        return False
    if not _held(beside):
        return False  # what was made just now is not locked yet, and nothing is in it before
    unknown: list[OSError] = []
    with suppress(OSError):  # another process has just removed it
        lock = locked(mark, unable=unknown.append)
        if lock is not None:
            lock.close()
            return not unknown
    return False
