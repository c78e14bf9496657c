"""A file of corrections, opened: by one process alone where it writes, and of the training that is meant."""

import sqlite3
from pathlib import Path
from typing import IO

from finetune.corrections.database import connected, damaged, refuse_damaged, refuse_foreign, told_as_ours
from finetune.corrections.identity import Identity, from_json
from finetune.errors import ConfigError, DiskError
from finetune.files.lock import locked
from finetune.language.say import reason


def lock_of(file: Path) -> IO[str]:
    """Returns the lock beside a file.

    Raises:
        UserError: Another process has it, or it cannot be made.
    """

    def unable(error: OSError) -> None:
        raise DiskError(
            "{folder} stands on a disk that cannot lock files, such as some network shares: two people would lose each "
            "other's corrections. Copy the run to a disk of this machine; others reach the page over the network.",
            folder=file.parent,
        ) from error

    try:
        lock = locked(file.with_name(f"{file.name}.lock"), unable=unable)
    except OSError as error:
        raise DiskError(
            "{folder} cannot be written ({why}): corrections are kept beside the run. Give yourself the right to write "
            "there, or copy the run to where you may.",
            folder=file.parent,
            why=reason(error),
        ) from error
    if lock is None:
        raise ConfigError(
            "{file} is open in another process, which alone may write: others go through its page. Open the address "
            "that it has told, or end it first.",
            file=file,
        )
    return lock


def connection_to(file: Path, of: Identity | None) -> tuple[sqlite3.Connection, Identity]:
    """Returns a connection to a file, and the training that it is of.

    Raises:
        UserError: It is another's than is meant, damaged, newer than this program, or cannot be read.
    """
    refuse_foreign(file)
    with told_as_ours(file):
        connection = connected(file)
        try:
            refuse_damaged(connection, file)
            identity = _identity(connection, file)
            _refuse_another(identity, of, file)
        except BaseException:
            connection.close()
            raise
    return connection, identity


def _identity(connection: sqlite3.Connection, file: Path) -> Identity:
    try:
        [(text,)] = connection.execute("SELECT value FROM about WHERE name = 'identity'").fetchall()
        return from_json(text)
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(file, str(error)) from error


def _refuse_another(theirs: Identity, ours: Identity | None, file: Path) -> None:
    if ours is not None and (theirs.training, theirs.task) != (ours.training, ours.task):
        raise ConfigError(
            "{file} holds the corrections of another training ({theirs}), and not of {ours}: its rows stand in other "
            "parts. Use it with that run; to take its labels over, write them as a table and read it:\n"
            "  finetune label --run {theirs} --output corrections.csv\n"
            "  finetune label --run {ours} --import corrections.csv",
            file=file,
            theirs=theirs.run,
            ours=ours.run,
        )
