"""A table that was sent: where it lies, what it is called, how far it is. Labels none."""

import re
import threading
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finetune.language.say import say, visible
from finetune.runtime.answering.cells import whole
from finetune.runtime.answering.reading import FAMILIES
from finetune.web.refusal import LONGEST, Refusal

SENDING, WAITING, RUNNING, DONE, FAILED, CANCELLED = (
    *("sending", "waiting", "running"),
    *("done", "failed", "cancelled"),
)

LONGEST_NAME = 80
MOST_REMARKS = 20


@dataclass
class Table:
    """A table that was sent.

    Attributes:
        number: By which alone it is found; nobody can guess it.
        folder: Where it lies.
        shown: What its file is called by whoever sent it, which names no path.
        suffix: What kind of file it is.
        language: Of whoever sent it.
        pasted: Whether it was copied out of a spreadsheet, and is no file.
        state: How far it is.
        rows: How many it has; None where that is not known yet.
        answered: Of these.
        without_text: Of these, up to the last window.
        unsure: Of these, likewise.
        error: Why it failed, in that language.
        remarks: What was noticed of it, a sentence each, likewise.
        ended: When.
        fetched: Whether somebody has it.
    """

    number: str
    folder: Path
    shown: str
    suffix: str
    language: str
    pasted: bool = False
    state: str = SENDING
    rows: int | None = None
    answered: int = 0
    without_text: int = 0
    unsure: int = 0
    error: str | None = None
    remarks: list[str] = field(default_factory=list)
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
            "remarks": list(self.remarks),
            "name": self.name,
        }

    @property
    def idle(self) -> float:
        """Seconds since it has ended; 0 until then."""
        return 0.0 if self.ended is None else time.monotonic() - self.ended

    def is_spare(self, unfetched_seconds: float) -> bool:
        """Returns whether it may go where room is needed: nobody has come for it for so long, or it is of no use."""
        return self.idle > (unfetched_seconds if self.state == DONE and not self.fetched else 0)

    def told(self, line: str) -> str:
        """Returns a sentence as it is sent: short, and with the name of the sender's file in place of ours."""
        return visible(whole(line.replace(str(self.source), f"{self.shown}{self.suffix}")[:LONGEST]))

    def remark(self, line: str) -> None:
        """Takes down what was noticed of it."""
        if len(self.remarks) < MOST_REMARKS:
            self.remarks.append(self.told(line))

    def end(self, state: str, error: str | None = None) -> None:
        """Takes down how it has ended."""
        self.error, self.ended, self.state = error, time.monotonic(), state


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
