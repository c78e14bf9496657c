"""All that people said of rows, in one file beside the run, which is only added to. Knows not what counts of it."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import IO, Any, Self

from finetune.corrections.corrections import Corrections, counted
from finetune.corrections.database import make, told_as_ours
from finetune.corrections.identity import Identity
from finetune.corrections.label import as_written
from finetune.corrections.mark import Mark
from finetune.corrections.opening import connection_to, lock_of
from finetune.corrections.row import Row, keys_of
from finetune.errors import DataError
from finetune.files.lock import release

ROWS = "SELECT number, texts, cells, source, position, line, given, part, reason FROM row"
MARKS = """
SELECT mark.number, mark.row, mark.label, mark.who, mark.at, mark.note, later.number IS NOT NULL, mark.settles
FROM mark LEFT JOIN mark AS later ON later.undoes = mark.number WHERE mark.undoes IS NULL
"""


class Store:
    """A file of corrections that this process alone has open.

    Any thread may call it: calls wait for each other, and one that writes returns when what it wrote is on the disk,
    some milliseconds later. So a server of asyncio calls it in a thread (`asyncio.to_thread`), and never in its loop.
    """

    def __init__(
        self, file: Path, identity: Identity, connection: sqlite3.Connection, lock: IO[str] | None
    ) -> None:
        self.file, self.identity = file, identity
        self._connection, self._lock, self._turn = connection, lock, RLock()
        self._task = identity.made_task

    @classmethod
    def opened(cls, file: Path, *, of: Identity) -> Self:
        """Opens a file, which is made where it is not there.

        Args:
            file: The file.
            of: The training that it has to be of.

        Raises:
            UserError: It is another's, damaged, newer than this program, open elsewhere, or cannot be written.
        """
        lock = lock_of(file)
        try:
            if not file.exists():
                make(file, of.as_json())
            connection, identity = connection_to(file, of)
        except BaseException:
            release(lock)
            raise
        return cls(file, identity, connection, lock)

    @classmethod
    def looked_at(cls, file: Path, *, of: Identity | None = None) -> Self:
        """Opens a file that is there to read it, while another process may be writing.

        Args:
            file: The file.
            of: The training that it has to be of; any where left out.

        Raises:
            UserError: It is another's, damaged, newer than this program, or cannot be read.
        """
        connection, identity = connection_to(file, of)
        with told_as_ours(file):
            connection.execute("PRAGMA query_only = ON")
        return cls(file, identity, connection, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file, and lets others open it."""
        with self._turn:
            self._connection.close()
            if self._lock is not None:
                release(self._lock)
                self._lock = None

    # ---- what is added ------------------------------------------------------------------------------------------

    def take(self, rows: Iterable[Row], *, reason: str) -> list[int]:
        """Makes rows known, each once, and returns their numbers.

        Args:
            rows: The rows.
            reason: Why they are shown; one that is known already keeps its own.
        """
        return self.take_each([(row, reason) for row in rows])

    def take_each(self, rows: Iterable[tuple[Row, str]]) -> list[int]:
        """Makes rows known, each with why it is shown, and returns their numbers."""
        some = list(rows)
        keys = keys_of([row.texts for row, _ in some])
        with self._writing() as ask:
            return [_row_taken(ask, row, key, reason) for (row, reason), key in zip(some, keys, strict=True)]

    def say(self, number: int, *, label: str | None, who: str, note: str = "", settles: bool = False) -> int:
        """Adds what somebody says of a row; on the disk when it returns.

        Args:
            number: The row's.
            label: Its label, as its task writes it; None where the row is skipped.
            who: Who says it.
            note: What they write beside it.
            settles: Whether it ends what others have said of the row.

        Returns:
            The number of the mark.

        Raises:
            UserError: There is no such row, it is no label of the task, or it cannot be written.
        """
        given = None if label is None else self.written(label)
        with self._writing() as ask:
            if not ask("SELECT 1 FROM row WHERE number = ?", (number,)).fetchone():
                raise self._no_row(number)
            return _added(ask, (number, given, _storable(who), _storable(note), settles, None))

    def say_each(self, said: Iterable[tuple[Row, str, str, str]]) -> int:
        """Adds what people say of rows elsewhere: all of it is on the disk when it returns, or nothing.

        Args:
            said: Row, label, who says it, and what they wrote beside it.

        Returns:
            How many marks were added: what somebody says already is not said again.

        Raises:
            UserError: One is no label of the task, or it cannot be written.
        """
        some = [(row, self.written(label), _storable(who), _storable(note)) for row, label, who, note in said]
        keys = keys_of([row.texts for row, *_ in some])
        with self._writing() as ask:
            numbers = [_row_taken(ask, each[0], key, "") for each, key in zip(some, keys, strict=True)]
            standing = {
                (mark.row, mark.who): mark.label
                for mark in self.marks()
                if not mark.undone and mark.label is not None
            }
            added = 0
            for number, (_, label, who, note) in zip(numbers, some, strict=True):
                if standing.get((number, who)) != label:
                    _added(ask, (number, label, who, note, False, None))
                    standing[number, who] = label
                    added += 1
            return added

    def undo(self, who: str) -> Mark | None:
        """Takes back the last mark of a person that stands, and returns it; None where there is none."""
        with self._writing() as ask:
            last = ask(
                f"{MARKS} AND later.number IS NULL AND mark.who = ? ORDER BY mark.number DESC LIMIT 1",
                (_storable(who),),
            ).fetchone()
            if last is None:
                return None
            mark = _mark(last)
            _added(ask, (mark.row, None, mark.who, "", False, mark.number))
            return Mark(**{**vars(mark), "undone": True})

    def written(self, label: str) -> str:
        """Returns a label as its task writes it.

        Raises:
            DataError: It is none.
        """
        return as_written(_storable(label), self._task, self.identity.labels)

    # ---- what there is ------------------------------------------------------------------------------------------

    def row(self, number: int) -> Row:
        """Returns a row by its number.

        Raises:
            DataError: There is none.
        """
        found = self._read(f"{ROWS} WHERE number = ?", (number,))
        if not found:
            raise self._no_row(number)
        return _row(found[0])

    def rows(self) -> dict[int, Row]:
        """Returns all rows by their numbers."""
        return {record[0]: _row(record) for record in self._read(f"{ROWS} ORDER BY number")}

    def reasons(self) -> dict[int, str]:
        """Returns why each row is shown, by its number."""
        return dict(self._read("SELECT number, reason FROM row"))

    def marks(self, number: int | None = None) -> list[Mark]:
        """Returns all that was said, oldest first; of one row where its number is given."""
        only, values = ("", ()) if number is None else (" AND mark.row = ?", (number,))
        return [_mark(record) for record in self._read(f"{MARKS}{only} ORDER BY mark.number", values)]

    def corrections(self) -> Corrections:
        """Returns what counts of it."""
        with self._turn:
            return counted(self.marks(), self.rows(), reasons=self.reasons(), source=str(self.file))

    # ---- how ----------------------------------------------------------------------------------------------------

    def _read(self, question: str, values: tuple[object, ...] = ()) -> list[Any]:
        with self._turn, told_as_ours(self.file):
            return self._connection.execute(question, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        """Has the file alone; all that is written by the block is on the disk at its end, or nothing."""
        with self._turn, told_as_ours(self.file):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has ended it already
                    self._connection.execute("ROLLBACK")
                raise

    def _no_row(self, number: int) -> DataError:
        return DataError("{file} has no row {number}.", file=self.file, number=number)


def _row_taken(ask: Callable[..., sqlite3.Cursor], row: Row, key: str, reason: str) -> int:
    """The number of a row, which becomes known where it was not."""
    source = _storable(row.source)
    known = ask(
        "SELECT number FROM row WHERE source = ? AND position = ? AND key = ?", (source, row.position, key)
    ).fetchone()
    if known:
        return int(known[0])
    cells = json.dumps(dict(row.cells))
    given = None if row.given is None else _storable(row.given)
    made = ask(
        "INSERT INTO row (texts, cells, source, position, line, given, part, key, reason) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (json.dumps(row.texts), cells, source, row.position, row.line, given, row.part, key, reason),
    )
    return int(made.lastrowid or 0)


def _added(ask: Callable[..., sqlite3.Cursor], mark: tuple[object, ...]) -> int:
    row, label, who, note, settles, undoes = mark
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    made = ask(
        "INSERT INTO mark (row, label, who, at, note, settles, undoes) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (row, label, who, at, note, settles, undoes),
    )
    return int(made.lastrowid or 0)


def _row(record: tuple[Any, ...]) -> Row:
    _, texts, cells, source, position, line, given, part, _ = record
    return Row(tuple(json.loads(texts)), json.loads(cells), source, position, line, given, part)


def _mark(record: tuple[Any, ...]) -> Mark:
    number, row, label, who, at, note, undone, settles = record
    return Mark(number, row, label, who, at, note, bool(undone), bool(settles))


def _storable(text: str) -> str:
    """A text as UTF-8 can have it: half a surrogate pair, as broken JSON has it, becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
