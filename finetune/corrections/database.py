"""The SQLite file that corrections are kept in: made whole, known as ours before it is opened, its complaints told."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from finetune.errors import DataError, DiskError
from finetune.files.whole import write_through
from finetune.language.say import Message, reason

APPLICATION = 0x46546C62
"""By this number in its head the file is known as ours, and as no other program's."""

VERSION = 1
"""Of what stands in it. A change that an older program would misread makes it one more."""

BEGINNING = b"SQLite format 3\0"
HEAD_BYTES = 100
"""Of the head of a SQLite file (https://www.sqlite.org/fileformat2.html): numbers of four bytes, the high one first."""
VERSION_AT, APPLICATION_AT = 60, 68

TABLES = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE row (
    number INTEGER PRIMARY KEY AUTOINCREMENT, texts TEXT NOT NULL, cells TEXT NOT NULL, source TEXT NOT NULL,
    position INTEGER NOT NULL, line INTEGER NOT NULL, given TEXT, part TEXT NOT NULL, key TEXT NOT NULL,
    reason TEXT NOT NULL, UNIQUE (source, position, key)
);
CREATE TABLE mark (
    number INTEGER PRIMARY KEY AUTOINCREMENT, row INTEGER NOT NULL REFERENCES row, label TEXT, who TEXT NOT NULL,
    at TEXT NOT NULL, note TEXT NOT NULL, settles INTEGER NOT NULL, undoes INTEGER UNIQUE REFERENCES mark
);
CREATE INDEX mark_of_row ON mark (row);
CREATE TRIGGER no_mark_is_changed BEFORE UPDATE ON mark BEGIN SELECT RAISE(ABORT, 'marks are only added'); END;
CREATE TRIGGER no_mark_is_removed BEFORE DELETE ON mark BEGIN SELECT RAISE(ABORT, 'marks are only added'); END;
"""

FULL = {sqlite3.SQLITE_FULL}
READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
FROM_BACKUP = Message("Put a copy of it back, or rename it to begin anew.")


def connected(file: Path) -> sqlite3.Connection:
    """Returns a connection to a file that is there, on whose answers one can rely.

    A file beside it holds what is being written (`-journal`) and is gone once that is on the disk: so the one file is
    whole whenever nobody writes, and a copy of it is a copy of all.
    """
    made = sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, check_same_thread=False)
    made.isolation_level = None
    made.execute("PRAGMA foreign_keys = ON")
    made.execute("PRAGMA journal_mode = DELETE")
    made.execute(
        "PRAGMA synchronous = EXTRA"
    )  # a commit is on the disk, the name of its journal gone from there too
    return made


def make(file: Path, about: str) -> None:
    """Makes an empty one, whole or not at all.

    Args:
        file: Where.
        about: Which training it is of.

    Raises:
        UserError: It cannot be made.
    """
    journal = file.with_name(f"{file.name}-journal")
    if journal.exists():
        raise DataError(
            "{journal} holds what was being written into {file}, which is not there. Put {file} back beside it, or "
            "remove both.",
            journal=journal,
            file=file.name,
        )

    def write(temporary: Path) -> None:
        with closing(sqlite3.connect(temporary)) as made:
            made.executescript(TABLES)
            made.execute("INSERT INTO about VALUES ('identity', ?)", (about,))
            made.commit()

    try:
        with told_as_ours(file):
            write_through(file, write)
    except OSError as error:
        raise DiskError(
            "{file} cannot be made ({why}): corrections are kept beside the run. Give yourself the right to write into "
            "{folder}, or copy the run to where you may.",
            file=file,
            why=reason(error),
            folder=file.parent,
        ) from error


def refuse_foreign(file: Path) -> None:
    """Refuses a file that is none of ours by its head alone: it is not opened, and stays as it is.

    Raises:
        UserError: It is none, or cannot be read.
    """
    try:
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
    except OSError as error:
        raise DiskError("{file} cannot be read ({why}).", file=file, why=reason(error)) from error
    if not head.startswith(BEGINNING) or len(head) < HEAD_BYTES:
        raise DataError(
            "{file} is no file of corrections: it is empty, cut, or of another kind. {remedy}",
            file=file,
            remedy=FROM_BACKUP,
        )
    application, version = (int.from_bytes(head[at : at + 4]) for at in (APPLICATION_AT, VERSION_AT))
    if application != APPLICATION:
        raise DataError(
            "{file} is a SQLite file of another program, and no file of corrections. {remedy}",
            file=file,
            remedy=FROM_BACKUP,
        )
    if version > VERSION:
        raise DataError(
            "{file} was written by a newer version of finetune (format {theirs}, here {ours}). Install that version; "
            "this one leaves the file as it is.",
            file=file,
            theirs=version,
            ours=VERSION,
        )


def refuse_damaged(connection: sqlite3.Connection, file: Path) -> None:
    """Refuses a file of ours that is cut or damaged.

    Raises:
        DataError: It is.
    """
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise damaged(file, str(found).splitlines()[-1])


@contextmanager
def told_as_ours(file: Path) -> Iterator[None]:
    """Has what SQLite complains of be told as what the user can mend.

    Raises:
        UserError: It complains.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in FULL:
            raise DiskError(
                "{file} cannot be written: there is no space left on the disk. What was said before is kept; this last "
                "is not. Free some, and say it again.",
                file=file,
            ) from error
        if code in READ_ONLY:
            raise DiskError(
                "{file} cannot be written: give yourself the right to write it, and into {folder}.",
                file=file,
                folder=file.parent,
            ) from error
        if code in DAMAGED:
            raise damaged(file, str(error)) from error
        raise DiskError(
            "{file} cannot be read or written ({why}). What was said before is kept.",
            file=file,
            why=str(error),
        ) from error


def damaged(file: Path, why: str) -> DataError:
    """Returns that a file of ours is damaged, and why."""
    return DataError("{file} is damaged ({why}). {remedy}", file=file, why=why, remedy=FROM_BACKUP)
