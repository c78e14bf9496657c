"""The two folders of a watch, and what we keep in them: checked and locked before any model is opened."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from finetune.errors import ConfigError
from finetune.files.lock import locked, release
from finetune.language.say import Message, reason, show

WRONG = "erros"
"""In the folder that is watched: files that cannot be answered, each with its message beside it."""

OWN = ".finetune_watch"
"""In the folder of the answers: what we keep. Also how the lock of the folder that is watched begins."""

LOG, DRIFT = "finetune_watch.log", "drift.json"


@dataclass(frozen=True)
class Places:
    """Where everything is.

    Attributes:
        source: Where tables come.
        answers: Where answers go.
    """

    source: Path
    answers: Path

    @property
    def wrong(self) -> Path:
        """Where files go that cannot be answered."""
        return self.source / WRONG

    @property
    def own(self) -> Path:
        """Where we keep what we need."""
        return self.answers / OWN

    @property
    def journal(self) -> Path:
        """What was answered."""
        return self.own / "done.jsonl"

    @property
    def at_hand(self) -> Path:
        """Where a file lies while it is answered, and its answers until they are whole."""
        return self.own / "at_hand"

    @property
    def window(self) -> Path:
        """What is kept of the rows since the last look for drift."""
        return self.own / "window.npz"

    @property
    def log(self) -> Path:
        """What was told."""
        return self.answers / LOG

    @property
    def drift(self) -> Path:
        """What the last look for drift has found, for programs."""
        return self.answers / DRIFT


def checked(source: Path, answers: Path) -> Places:
    """Returns the places, once it is known that they are there and can be written.

    Raises:
        ConfigError: One cannot be used.
    """
    for option, folder in (("--in", source), ("--out", answers)):
        _refuse_unusable(option, folder)
    places = Places(source, answers)
    if source.samefile(answers) or (places.wrong.exists() and places.wrong.samefile(answers)):
        raise ConfigError(
            "--out {answers} is the folder that is watched, or that of its errors: every file of answers would be "
            "answered again. Give another folder.",
            answers=answers,
        )
    try:
        places.wrong.mkdir(exist_ok=True)
        places.own.mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigError(
            "{folder} cannot be made ({why}).", folder=error.filename, why=reason(error)
        ) from error
    return places


def _refuse_unusable(option: str, folder: Path) -> None:
    if not folder.is_dir():
        what = Message("is no folder") if folder.exists() else Message("is not there")
        raise ConfigError("{option} {folder} {what}: make it first.", option=option, folder=folder, what=what)
    try:
        os.scandir(folder).close()
        handle, name = tempfile.mkstemp(prefix=f"{OWN}.", dir=folder)
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        raise ConfigError(
            "{option} {folder} cannot be read and written ({why}): what is answered is kept there, and files that "
            "cannot be answered are moved. Give this user the right to, or another folder.",
            option=option,
            folder=folder,
            why=reason(error),
        ) from error


@contextmanager
def held(places: Places) -> Iterator[None]:
    """Holds both folders, so that no other process watches one of them; removes what a killed one has left.

    Raises:
        ConfigError: Another process has one of them.
    """
    locks = {places.source: places.source / f"{OWN}.lock", places.answers: places.own / "lock"}
    with ExitStack() as stack:
        for folder, path in locks.items():
            stack.callback(release, _locked(folder, path))
        shutil.rmtree(places.at_hand, ignore_errors=True)
        try:
            places.at_hand.mkdir(exist_ok=True)
        except OSError as error:
            raise ConfigError(
                "{folder} cannot be made ({why}).", folder=error.filename, why=reason(error)
            ) from error
        try:
            yield
        finally:
            shutil.rmtree(places.at_hand, ignore_errors=True)


def _locked(folder: Path, path: Path) -> IO[str]:
    def unable(error: OSError) -> None:
        show(
            Message(
                "{folder}: this disk cannot lock files; let no other process watch the folder", folder=folder
            )
        )

    try:
        file = locked(path, unable=unable)
    except OSError as error:
        raise ConfigError(
            "{file} cannot be locked ({why}), by which no two processes watch one folder. Remove it, or give this user "
            "the right to write it.",
            file=path,
            why=reason(error),
        ) from error
    if file is None:
        raise ConfigError(
            "{folder} is watched by another process already (PID {process}): two would answer each file twice. End it "
            "first, or give other folders.",
            folder=folder,
            process=_owner(path),
        )
    with suppress(OSError):  # on a full disk nobody reads whose it is, and it is locked all the same
        os.ftruncate(file.fileno(), 0)
        os.write(file.fileno(), f"{os.getpid()}\n".encode("ascii"))
    return file


def _owner(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip() or "?"
    except (OSError, ValueError):  # it has just ended
        return "?"
