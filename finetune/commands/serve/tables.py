"""Tables that were sent: labelled one after the other as predict does, followed, cancelled, fetched, and taken away."""

import asyncio
import queue
import re
import secrets
import shutil
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from finetune.commands.serve.engine import Engine
from finetune.commands.serve.limits import Limits
from finetune.commands.serve.refusal import LONGEST, Refusal
from finetune.commands.serve.waiting import Unanswered, Waiting
from finetune.language.say import reason, say, visible
from finetune.language.which import language, speaking
from finetune.runtime.answering.answers import Floats
from finetune.runtime.answering.cells import whole
from finetune.runtime.answering.of_table import label_table
from finetune.runtime.answering.reading import FAMILIES
from finetune.runtime.answering.said import Refused, speak
from finetune.runtime.answering.table import Table as Read
from finetune.runtime.answering.texts import Texts

SENDING, WAITING, RUNNING, DONE, FAILED, CANCELLED = (
    *("sending", "waiting", "running"),
    *("done", "failed", "cancelled"),
)

ROWS, CHARACTERS = 64, 8_000
"""Of a table that are answered before people who ask meanwhile have their turn."""

LONGEST_NAME = 80


@dataclass
class Table:
    """A table that was sent.

    Attributes:
        number: By which alone it is found; nobody can guess it.
        folder: Where it lies.
        shown: What its file is called by whoever sent it, which names no path.
        suffix: What kind of file it is.
        language: Of whoever sent it.
        state: How far it is.
        rows: How many it has; None where that is not known yet.
        answered: Of these.
        without_text: Of these, up to the last window.
        unsure: Of these, likewise.
        error: Why it failed, in that language.
        ended: When.
        fetched: Whether somebody has it.
    """

    number: str
    folder: Path
    shown: str
    suffix: str
    language: str
    state: str = SENDING
    rows: int | None = None
    answered: int = 0
    without_text: int = 0
    unsure: int = 0
    error: str | None = None
    ended: float | None = None
    fetched: bool = False
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def source(self) -> Path:
        """The file that was sent."""
        return self.folder / f"table{self.suffix}"

    @property
    def output(self) -> Path:
        """The file with its answers."""
        return self.folder / f"answers{self.suffix}"

    @property
    def name(self) -> str:
        """What the file with its answers is called where it is fetched."""
        return f"{self.shown}_predicted{self.suffix}"

    def progress(self) -> dict[str, Any]:
        """Returns how far it is."""
        return {
            "state": WAITING if self.state == SENDING else self.state,
            "rows": self.rows,
            "done": min(self.answered + self.without_text, self.rows or 0),
            "unsure": self.unsure,
            "without_text": self.without_text,
            "error": self.error,
            "name": self.name,
        }

    @property
    def idle(self) -> float:
        """Seconds since it has ended; 0 until then."""
        return 0.0 if self.ended is None else time.monotonic() - self.ended

    def is_spare(self, unfetched_seconds: float) -> bool:
        """Returns whether it may go where room is needed: nobody has come for it for so long, or it is of no use."""
        return self.idle > (unfetched_seconds if self.state == DONE and not self.fetched else 0)

    def end(self, state: str, error: str | None = None) -> None:
        """Takes down how it has ended."""
        self.error, self.ended, self.state = error, time.monotonic(), state


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
        self._folder = Path(tempfile.mkdtemp(prefix="finetune_serve_"))
        self._todo: queue.SimpleQueue[Table | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        # a daemon: a table that takes long to be read keeps nothing from ending
        self._thread = threading.Thread(target=self._work, name="finetune-tables", daemon=True)
        self._thread.start()

    def begin(self, name: str) -> Table:
        """Returns a place for a table that is to be sent.

        Args:
            name: What its file is called; it is looked at for its suffix and shown again.

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
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir()
        self.kept[number] = table = Table(number, folder, shown, suffix, language())
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

    async def close(self) -> None:
        """Takes all tables away, once what is done with them has ended."""
        self.cancel()
        await asyncio.to_thread(self._thread.join, 10)
        shutil.rmtree(self._folder, ignore_errors=True)

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
                guard=False,
                overwrite=True,
                remark=lambda line: None,
                watch=watch,
                ask=lambda texts: self._ask(table, texts),
            )
        except Refused as error:
            told = str(error).replace(str(table.source), f"{table.shown}{table.suffix}")
            table.end(FAILED, visible(whole(told[:LONGEST])))
        except (CancelledError, RuntimeError) as error:
            if table.stop.is_set():
                table.end(CANCELLED)
            else:
                table.end(FAILED, failed(error))
        except Exception as error:  # noqa: BLE001 (a stranger's table must not end those of others)
            table.end(FAILED, failed(error))
        else:
            table.end(DONE)

    def _ask(self, table: Table, texts: Sequence[Texts]) -> Floats:
        """Asks a window of rows in turn with all others, those of one length together."""
        found = np.zeros((len(texts), len(self.engine.model.labels)))
        for places in portions([sum(map(len, text)) for text in texts]):
            if table.stop.is_set():
                raise CancelledError
            some = [texts[place] for place in places]
            asked = asyncio.run_coroutine_threadsafe(self.waiting.asked(some, of_table=True), self._loop)
            found[places] = asked.result()
            table.answered += len(places)
        return found


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


def shown_name(name: str) -> tuple[str, str]:
    """Returns what a file is called without its folders and suffix, with nothing in it that steers, and its suffix.

    Raises:
        Refusal: No such file is known.
    """
    last = re.split(r"[/\\]", whole(name))[-1]
    stem, point, end = last.rpartition(".")
    suffix = f"{point}{end}".lower()
    if suffix not in FAMILIES:
        raise Refusal(
            415,
            "suffix",
            say(
                "The name of the table has to end in one of {suffixes}: ?name=dados.csv",
                suffixes=", ".join(FAMILIES),
            ),
        )
    kept = "".join(sign if sign.isalnum() or sign in " -_()" else "_" for sign in stem)
    return kept.strip()[:LONGEST_NAME] or "table", suffix


def unpacked(file: Path) -> int:
    """Returns how many bytes a workbook holds; none where it is no zip file, which is told when it is read."""
    try:
        with zipfile.ZipFile(file) as packed:
            return sum(each.file_size for each in packed.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return 0
