"""What was answered already, known by its sum: a line is added before a file is answered, and one once it is."""

import errno
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.files.whole import write_text

BEGUN, ANSWERED, LEFT, SAME = "begun", "answered", "left", "same"
"""What a line says of a file: it is being answered; it is; it was left before it was, and nobody was killed; another
that was answered holds the same."""

DAMAGED = ".damaged"


@dataclass(frozen=True)
class Done:
    """A file that was answered: what it was called, and where its answers went."""

    name: str
    answers: str


class Journal:
    """The lines of a folder, as a file that is only ever added to.

    Args:
        file: It; made if it is not there.

    Attributes:
        damaged: How many lines could not be read; the file as it was stays beside.

    Raises:
        OSError: It cannot be read or written.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._done: dict[str, Done] = {}
        self._begun: dict[str, tuple[Done, int]] = {}
        self._same: set[tuple[str, str]] = set()
        content = file.read_bytes() if file.exists() else b""
        read = [_read(line) for line in content.splitlines()]
        good = [each for each in read if each is not None]
        self.damaged = len(read) - len(good)
        for each in good:
            self._heard(each)
        if self.damaged:
            file.replace(file.with_name(file.name + DAMAGED))
        if self.damaged or not content.endswith(b"\n"):  # else the next line would stand behind a torn one
            write_text(file, "".join(map(_line, good)))

    def done(self, number: str) -> Done | None:
        """Returns what is known of a content that was answered."""
        return self._done.get(number)

    def knows(self, number: str, name: str) -> bool:
        """Returns whether a content was answered, or told to be so already, under this name."""
        done = self._done.get(number)
        return (done is not None and done.name == name) or (number, name) in self._same

    def unfinished(self) -> dict[str, tuple[Done, int]]:
        """Returns, by their sums, the files that were begun and never ended, and how many times in a row."""
        return dict(self._begun)

    def add(self, what: str, number: str, done: Done, *, at: str) -> None:
        """Adds a line, which is on the disk when this returns.

        Args:
            what: `BEGUN`, `ANSWERED`, `LEFT` or `SAME`.
            number: The sum of the file.
            done: What it is called, and its answers.
            at: When.

        Raises:
            OSError: It cannot be written; no half of a line stays.
        """
        line = {"what": what, "sum": number, "name": done.name, "answers": done.answers, "at": at}
        written = _line(line).encode("ascii")
        with self.file.open("ab", buffering=0) as file:
            size = file.tell()
            try:
                if file.write(written) != len(written):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
            except OSError:
                file.truncate(size)
                raise
        self._heard(line)

    def _heard(self, line: dict[str, Any]) -> None:
        number, done = line["sum"], Done(line["name"], line["answers"])
        if line["what"] == SAME:
            self._same.add((number, done.name))
            return
        times = self._begun.pop(number, (done, 0))[1]
        if line["what"] == ANSWERED:
            self._done[number] = done
        elif line["what"] == BEGUN:
            self._begun[number] = done, times + 1


def _line(content: dict[str, Any]) -> str:
    return json.dumps(content) + "\n"


def _read(line: bytes) -> dict[str, Any] | None:
    """A line; None where it is none of ours: torn by a crash, or changed by hand."""
    try:
        content: dict[str, Any] = json.loads(line)
        return (
            content
            if all(isinstance(content[name], str) for name in ("what", "sum", "name", "answers"))
            else None
        )
    except (ValueError, KeyError, TypeError):
        return None
