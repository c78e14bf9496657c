"""Writing files so that a reader sees all of one or nothing. Knows nothing of what is in them."""

import os
from collections.abc import Callable
from pathlib import Path

from callbacks.saving.patience import patiently
from finetune.files.draft import NEW, OLD, draft


def write_through(path: Path, write: Callable[[Path], None], *, private: bool = False) -> None:
    """Lets `write` fill a temporary file beside `path`, then puts it in its place in one move.

    What a killed process left of one is removed by the next that writes the same file.

    Args:
        path: The file.
        write: Fills it.
        private: Whether nobody but the user may read it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with draft(path) as beside:
        temporary = beside / NEW
        temporary.touch()
        write(temporary)
        if private:
            temporary.chmod(0o600)
        else:
            make_usual(temporary)  # whatever it was made by
        patiently(lambda: temporary.replace(path))


def write_folder_through(folder: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill a new folder beside, then gives it the name; the one that had it goes once that is done.

    Raises:
        OSError: if it cannot be written, or a program has a file of the old one open on Windows; the old one stays.
    """
    with draft(folder) as beside:
        new, old = beside / NEW, beside / OLD
        new.mkdir()
        write(new)
        for file in new.iterdir():
            make_usual(file)
        try:
            if folder.exists():
                patiently(lambda: folder.rename(old))
            try:
                patiently(lambda: new.rename(folder))
            except OSError:
                if old.exists():
                    patiently(lambda: old.rename(folder))
                raise
        except OSError as error:
            error.filename, error.filename2 = str(folder), None  # the user knows neither of the others
            raise


GENERATOR = "finetune report"
"""What the head of a page says of who made it: by this a page is known as one of ours, and may be replaced."""


def make_usual(path: Path) -> None:
    """Gives a file or folder that was made in private the rights of one that is made in the usual way."""
    umask = os.umask(0)
    os.umask(umask)
    path.chmod((0o777 if path.is_dir() else 0o666) & ~umask)


HEAD = 2000
"""Bytes within which a page says who made it."""


def may_be_replaced(page: Path, *, by: str = GENERATOR) -> bool:
    """Whether a page is not there yet, or one of ours: whatever else has its name is the user's own.

    Args:
        page: Its file.
        by: What the head of a page says that may be made anew.
    """
    if not page.exists():
        return True
    with page.open("rb") as file:
        return f'name="generator" content="{by}'.encode() in file.read(HEAD)


def write_text(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Writes a text file, its line ends as they are in `text`."""

    def write(temporary: Path) -> None:
        temporary.write_bytes(text.encode(encoding))

    write_through(path, write)
