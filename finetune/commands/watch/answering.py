"""One file answered: copied, asked, its answers put in their place in one move, and noted. Looks at no folder."""

import errno
import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from callbacks.saving.patience import patiently
from finetune.commands.watch.drift.drift import Drift
from finetune.commands.watch.journal import ANSWERED, BEGUN, LEFT, SAME, Done, Journal
from finetune.commands.watch.log import Log
from finetune.commands.watch.names import named
from finetune.commands.watch.places import Places
from finetune.commands.watch.snapshot import Snapshot, copied
from finetune.commands.watch.wrong import set_aside
from finetune.engines.engine import Engine
from finetune.language.say import Message, reason
from finetune.runtime.answering.of_table import label_table
from finetune.runtime.answering.said import NoColumn, Refused, quoted
from finetune.runtime.answering.table import Table

MOST_KILLED = 3
"""So often in a row the program may be killed while it answers a file: then it is the file."""

OF_THE_FILE = (None, errno.EINVAL)
"""What the system says of a damaged workbook: no error of a disk."""


class Later(Exception):  # noqa: N818 - nothing is lost: the file stays
    """A file cannot be answered now, for a reason that is none of its own."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass
class Answering:
    """What answers files.

    Attributes:
        engine: The model.
        places: Where everything is.
        journal: What was answered.
        log: Is told of each.
        now: What day and time it is.
        drift: What looks at the rows that are answered; None where nothing can.
    """

    engine: Engine
    places: Places
    journal: Journal
    log: Log
    now: Callable[[], datetime]
    drift: Drift | None = None
    killed: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.killed = {number: times for number, (_, times) in self.journal.unfinished().items()}

    def settle(self) -> None:
        """Notes what a killed process had answered, and not noted any more.

        Raises:
            OSError: It cannot be noted.
        """
        for number, (done, _) in self.journal.unfinished().items():
            if (self.places.answers / done.answers).exists():
                self.journal.add(ANSWERED, number, done, at=self.now().isoformat())

    def answer(self, file: Path) -> Snapshot:
        """Answers a file, or moves it out of the way; returns what it was like.

        Raises:
            Changed: It has changed meanwhile.
            Later: The disk is full, or another program has it open.
        """
        try:
            for folder in (self.places.own, self.places.at_hand):
                # who tidies a machine up may have taken it away; the folder of the answers is not made anew: where
                # that is gone, a disk is
                folder.mkdir(exist_ok=True)
            snapshot = copied(file, self.places.at_hand)
            self._answer(snapshot)
        except OSError as error:
            raise Later(error) from error
        finally:
            with suppress(OSError):  # where the disk is gone: the next start clears it
                for left in self.places.at_hand.glob("*"):
                    left.unlink()
        return snapshot

    def _answer(self, snapshot: Snapshot) -> None:
        self.settle()
        before, name = self.journal.done(snapshot.number), snapshot.file.name
        if before is not None:
            if not self.journal.knows(snapshot.number, name):
                self._note(SAME, snapshot, Done(name, before.answers))
                self.log.tell(
                    Message(
                        '{name}: holds the same as "{other}", which was answered: {answers}',
                        name=name,
                        other=before.name,
                        answers=before.answers,
                    )
                )
            return
        if self.killed.get(snapshot.number, 0) >= MOST_KILLED:
            del self.killed[snapshot.number]
            why = Message(
                "{path}: the program was killed {n:,} time while it answered this file",
                "{path}: the program was killed {n:,} times while it answered this file",
                path=name,
                n=MOST_KILLED,
            )
            self._move(snapshot, str(why))
            self._note(LEFT, snapshot, Done(name, ""))
            return
        paths = named(self.places.answers, snapshot.file, f"_{self.now():%Y-%m-%d_%H%M}")
        # a killed process may have meant to write one that is not there
        meant = {done.answers for done, _ in self.journal.unfinished().values()}
        target = next(path for path in paths if path.name not in meant and not path.exists())
        self._begin(snapshot, Done(name, target.name))

    def _begin(self, snapshot: Snapshot, done: Done) -> None:
        """Answers a file that has not been; what is noted first says where its answers will be."""
        self._note(BEGUN, snapshot, done)
        try:
            seen = self._labelled(snapshot, done)
        except BaseException:
            # where the answers are there already they are whole, and `settle` notes them
            if not (self.places.answers / done.answers).exists():
                with suppress(OSError):
                    self._note(LEFT, snapshot, done)
            raise
        if seen is None:
            self._note(LEFT, snapshot, done)
        else:
            self._note(ANSWERED, snapshot, done)
            self.log.tell(_told(done, seen))
            if self.drift is not None:
                self.drift.end()

    def _note(self, what: str, snapshot: Snapshot, done: Done) -> None:
        self.journal.add(what, snapshot.number, done, at=self.now().isoformat())

    def _labelled(self, snapshot: Snapshot, done: Done) -> "Counter[str] | None":
        draft = snapshot.draft
        if self.drift is not None:
            self.drift.begin()
        try:
            seen = label_table(
                self.engine.model,
                self.engine.making,
                snapshot.copy,
                draft,
                guard=False,
                overwrite=True,
                remark=lambda line: self.log.tell(snapshot.told(line)),
                watch=_unwatched,
                ask=None if self.drift is None else self.drift.ask,
            )
        except NoColumn as error:
            self._move(snapshot, str(self._needed(snapshot, error)))
        except Refused as error:
            self._move(snapshot, snapshot.told(str(error)))
        except OSError as error:
            if error.errno not in OF_THE_FILE:
                raise
            self._move(snapshot, str(_failed(snapshot, error)))
        except Exception as error:  # noqa: BLE001 (whatever is wrong with one file, others are answered)
            self._move(snapshot, str(_failed(snapshot, error)))
        else:
            _to_disk(draft)
            patiently(lambda: draft.replace(self.places.answers / done.answers))
            return seen
        return None

    def _move(self, snapshot: Snapshot, told: str) -> None:
        self.log.tell(told)
        try:
            target = set_aside(snapshot, self.places.wrong, told)
        except OSError as error:
            self.log.tell(
                Message(
                    "{name}: it cannot be moved to {folder} ({why}), and stays unanswered where it is",
                    name=snapshot.file.name,
                    folder=self.places.wrong,
                    why=reason(error),
                )
            )
            return
        if target is not None:
            self.log.tell(Message("{name}: moved to {target}", name=snapshot.file.name, target=target))

    def _needed(self, snapshot: Snapshot, error: NoColumn) -> Message:
        columns = self.engine.columns
        return Message(
            "{path}: the model reads the column {columns}. Give the column of your texts this name, and put the file "
            "into the folder again. Now its columns are {names}.",
            "{path}: the model reads the columns {columns}. Give the columns of your texts these names, and put the "
            "file into the folder again. Now its columns are {names}.",
            n=len(columns),
            path=snapshot.file.name,
            columns=quoted(columns),
            names=quoted(error.names),
        )


def _unwatched(seen: "Counter[str]", table: Table) -> None:
    """How far a file is, nobody is told."""


def _failed(snapshot: Snapshot, error: Exception) -> Message:
    return Message(
        "{path}: it cannot be answered ({kind}): save it again, as .csv or .xlsx, and put it into the folder again",
        path=snapshot.file.name,
        kind=type(error).__name__,
    )


def _told(done: Done, seen: "Counter[str]") -> Message:
    parts = [
        Message("{n:,} row answered", "{n:,} rows answered", n=seen["answered"]),
        Message("not sure of {n:,}", n=seen["unsure"]),
        Message("{n:,} without a text", n=seen["rows"] - seen["answered"]),
    ]
    return Message(
        "{name}: {answered}, {unsure}, {left}: {answers}",
        name=done.name,
        answered=parts[0],
        unsure=parts[1],
        left=parts[2],
        answers=done.answers,
    )


def _to_disk(file: Path) -> None:
    """Has the system write a file out before it gets its name: after a power cut it would else be there, and empty."""
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())
