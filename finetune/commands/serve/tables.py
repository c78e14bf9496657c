"""Tables that were sent: labelled one after the other as predict does, followed, cancelled, fetched, and taken away."""

import asyncio
import os
import queue
import secrets
import shutil
import stat
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import CancelledError
from pathlib import Path

import numpy as np

from finetune.commands.serve.table import (
    CANCELLED,
    DONE,
    FAILED,
    RUNNING,
    WAITING,
    Table,
    shown_name,
    unpacked,
)
from finetune.commands.serve.waiting import Unanswered, Waiting
from finetune.engines.engine import Engine
from finetune.language.say import reason, say
from finetune.language.which import language, speaking
from finetune.runtime.answering.answers import Floats
from finetune.runtime.answering.of_table import label_table
from finetune.runtime.answering.said import NoColumn, Refused, quoted, speak
from finetune.runtime.answering.table import Table as Read
from finetune.runtime.answering.texts import Texts
from finetune.web.limits import Limits
from finetune.web.refusal import Refusal

ROWS, CHARACTERS = 64, 8_000
"""Of a table that are answered before people who ask meanwhile have their turn."""


class Tables:
    """All tables of a server, in a folder that goes with it.

    Args:
        engine: What answers.
        waiting: Where its turn is waited for.
        limits: How much is taken.
    """

    def __init__(self, engine: Engine, waiting: Waiting, limits: Limits) -> None:
        self.engine, self.waiting, self.limits = engine, waiting, limits
        self.kept: dict[str, Table] = {}
        self._place, self._folder = own_folder()
        self._todo: queue.SimpleQueue[Table | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        # a daemon: a table that takes long to be read keeps nothing from ending
        self._thread = threading.Thread(target=self._work, name="finetune-tables", daemon=True)
        self._thread.start()

    def begin(self, name: str, *, pasted: bool = False) -> Table:
        """Returns a place for a table that is to be sent.

        Args:
            name: What its file is called; it is looked at for its suffix and shown again.
            pasted: Whether it was copied out of a spreadsheet, where a text of a formula's form was not run.

        Raises:
            Refusal: No such file is known, or too many are kept.
        """
        self.tidy()
        self.make_room()
        shown, suffix = shown_name(name)
        if len(self.kept) >= self.limits.tables:
            raise Refusal(
                429, "tables", say("Too many tables are under way. Send it in a moment."), retry_after=30
            )
        number = secrets.token_urlsafe(18)
        if not is_ours(self._folder):  # who tidies a machine up may have taken it away
            self._place, self._folder = own_folder()
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir()
        self.kept[number] = table = Table(number, folder, shown, suffix, language(), pasted)
        return table

    def start(self, table: Table) -> None:
        """Has a table labelled when it is its turn.

        Raises:
            Refusal: It is empty, or a workbook that holds too much.
        """
        if not table.source.stat().st_size:
            raise Refusal(422, "empty", say("The file is empty."))
        if table.suffix == ".xlsx" and unpacked(table.source) > self.limits.unpacked_bytes:
            raise Refusal(413, "too_large", say("The workbook is too large once it is unpacked."))
        table.state = WAITING
        self._todo.put(table)

    def find(self, number: str) -> Table:
        """Returns a table.

        Raises:
            Refusal: There is none of that number, or it is gone.
        """
        self.tidy()
        if number not in self.kept:
            raise Refusal(404, "no_table", say("There is no such table: it was taken away, or never sent."))
        return self.kept[number]

    def remove(self, table: Table) -> None:
        """Ends what is done with a table, and takes it away."""
        table.stop.set()
        self.kept.pop(table.number, None)
        if table.state != RUNNING:  # else its own thread does, once it has ended
            shutil.rmtree(table.folder, ignore_errors=True)

    def tidy(self) -> None:
        """Takes tables away that are old."""
        for table in list(self.kept.values()):
            if table.idle > self.limits.table_seconds:
                self.remove(table)

    def make_room(self) -> None:
        """Takes the oldest table away that nobody will miss, where there is no room for another."""
        spare = [table for table in self.kept.values() if table.is_spare(self.limits.unfetched_seconds)]
        if len(self.kept) >= self.limits.tables and spare:
            self.remove(spare[0])

    def cancel(self) -> None:
        """Ends all that is done with tables."""
        self._todo.put(None)
        for table in list(self.kept.values()):
            table.stop.set()

    def leave(self) -> None:
        """Takes the folder away at once, whatever is done in it."""
        self.cancel()
        self._place.cleanup()

    async def close(self) -> None:
        """Takes all tables away, once what is done with them has ended."""
        self.cancel()
        await asyncio.to_thread(self._thread.join, 10)
        self._place.cleanup()

    def _work(self) -> None:
        while (table := self._todo.get()) is not None:
            if table.stop.is_set():
                continue
            table.state = RUNNING
            with speaking(table.language):
                speak(table.language, table.language)
                self._label(table)
            if table.number not in self.kept:
                shutil.rmtree(table.folder, ignore_errors=True)

    def _label(self, table: Table) -> None:
        def watch(seen: "Counter[str]", read: Read) -> None:
            if read.count * len(read.names) > self.limits.cells:
                raise Refused(
                    say("the table has more than {most:,} cells: send it in parts", most=self.limits.cells)
                )
            table.rows, table.unsure = read.count, seen["unsure"]
            table.answered, table.without_text = seen["answered"], seen["rows"] - seen["answered"]

        try:
            label_table(
                self.engine.model,
                self.engine.making,
                table.source,
                table.output,
                guard=table.pasted,
                overwrite=True,
                remark=table.remark,
                watch=watch,
                ask=lambda texts: self._ask(table, texts),
            )
        except NoColumn as error:
            table.end(FAILED, table.told(self._needed(table, error.names)))
        except Refused as error:
            table.end(FAILED, table.told(str(error)))
        except (CancelledError, RuntimeError) as error:
            if table.stop.is_set():
                table.end(CANCELLED)
            else:
                table.end(FAILED, failed(error))
        except Exception as error:  # noqa: BLE001 (a stranger's table must not end those of others)
            table.end(FAILED, failed(error))
        else:
            table.end(DONE)

    def _needed(self, table: Table, names: Sequence[str]) -> str:
        """What a table needs, for whoever can name its columns, but gives no options."""
        columns = self.engine.columns
        return say(
            "{path}: the model reads the column {columns}. Give the column of your texts this name, and send the table "
            "again. Now its columns are {names}.",
            "{path}: the model reads the columns {columns}. Give the columns of your texts these names, and send the "
            "table again. Now its columns are {names}.",
            n=len(columns),
            path=table.source,
            columns=quoted(columns),
            names=quoted(names),
        )

    def _ask(self, table: Table, texts: Sequence[Texts]) -> Floats:
        """Asks a window of rows in turn with all others, those of one length together."""
        found = np.zeros((len(texts), len(self.engine.model.labels)))
        for places in portions([sum(map(len, text)) for text in texts]):
            if table.stop.is_set():
                raise CancelledError
            some = [texts[place] for place in places]
            turn = self.waiting.asked(some, behind=True, bounded=False)
            asked = asyncio.run_coroutine_threadsafe(turn, self._loop)
            found[places] = asked.result()
            table.answered += len(places)
        return found


def own_folder() -> tuple["tempfile.TemporaryDirectory[str]", Path]:
    """Returns a folder that nobody else may look into, of which nothing is left even where nobody waits for the end."""
    place = tempfile.TemporaryDirectory(prefix="finetune_serve_", ignore_cleanup_errors=True)
    return place, Path(place.name)


def is_ours(folder: Path) -> bool:
    """Returns whether a folder is there, and was made by nobody else in its place."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    owner = found.st_uid if sys.platform == "win32" else os.geteuid()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner


def failed(error: Exception) -> str:
    """Returns what is said where a table cannot be labelled for a reason that is none of the table's own."""
    if isinstance(error, OSError):
        return say("The server cannot write the answers ({why}).", why=reason(error))
    if isinstance(error, Unanswered):
        return say("The model could not answer.")
    return say("The table cannot be labelled: save it again, as .csv or .xlsx.")


def portions(lengths: Sequence[int]) -> list[list[int]]:
    """Returns positions of rows, of like length and so many together that nobody waits long for them."""
    found: list[list[int]] = [[]]
    letters = 0
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if found[-1] and (len(found[-1]) >= ROWS or letters + lengths[place] > CHARACTERS):
            found.append([])
            letters = 0
        found[-1].append(place)
        letters += lengths[place]
    return [each for each in found if each]
