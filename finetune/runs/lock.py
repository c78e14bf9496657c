"""RunLock: one process at a time in a run folder. Two that train in it would write over each other's files."""

import os
from pathlib import Path
from typing import IO

from lightning_utilities.core.rank_zero import rank_zero_only

from finetune.errors import ConfigError
from finetune.files.lock import locked, release
from finetune.language.say import note

NAME = ".lock"


class RunLock:
    """Holds a run folder for rank zero, until `release`; of a process that was killed the system releases it."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None

    def hold(self, folder: Path) -> None:
        """Takes the folder, if none is held yet.

        Raises:
            ConfigError: if another process has it.
        """
        if self._file is not None or getattr(rank_zero_only, "rank", 0) != 0:
            return
        file = _locked(folder / NAME)
        if file is None:
            raise ConfigError(
                "{folder} is being trained by another process (PID {process}). Wait until it has ended, or end it; "
                "without --run and --resume a run of its own begins.",
                folder=folder,
                process=_owner(folder / NAME),
            )
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file
        if hasattr(
            os, "register_at_fork"
        ):  # Windows starts processes anew, and they have no files of this one
            # a process that makes batches would hold on to it when this one is killed
            os.register_at_fork(after_in_child=self._forget)

    def release(self) -> None:
        """Gives the folder back and removes the file."""
        if self._file is not None:
            release(self._file)
            self._file = None

    def _forget(self) -> None:
        if self._file is not None:
            self._file.close()  # nothing is unlocked as long as the parent has it open
            self._file = None


def holder(folder: Path) -> str | None:
    """Returns the process that trains in a folder, or in one below as the folds do; None if none does."""
    for path in sorted(folder.rglob(NAME)):
        file = _locked(path)
        if file is None:
            return _owner(path)
        file.close()
    return None


def _locked(path: Path) -> IO[str] | None:
    def unable(error: OSError) -> None:
        note(
            "{folder}: this file system cannot lock files; let no other process train in it",
            folder=path.parent,
        )

    return locked(path, unable=unable)


def _owner(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip() or "?"
    except FileNotFoundError:  # it has just ended
        return "?"
