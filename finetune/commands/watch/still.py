"""Which files of a folder are there whole: those that have stood still for a while. Opens none."""

import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from finetune.commands.watch.places import DRIFT, LOG

UNDER_WAY = (".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart")
"""How programs end the name of a file that they have not written yet."""

LEFT_ALONE = {"thumbs.db", "desktop.ini", LOG, DRIFT}
"""What Windows leaves in folders; and what we do beside answers, which another model may be asked next."""

LONG = 12
"""So many times as long its size alone has to stand still: on some network shares the time of a file never does."""


@dataclass
class Seen:
    """A file as it was when it last changed, and since when it is so."""

    size: int
    changed: int
    since: float
    size_since: float


class Still:
    """The files of a folder, looked at again and again.

    Args:
        folder: The folder.
        seconds: How long a file has to stand still.
        clock: Seconds, of which only differences are looked at.
    """

    def __init__(self, folder: Path, *, seconds: float, clock: Callable[[], float]) -> None:
        self.folder, self.seconds, self.clock = folder, seconds, clock
        self._seen: dict[str, Seen] = {}
        self._taken: dict[str, tuple[int, int]] = {}

    def look(self) -> list[Path]:
        """Returns the files that count and are not taken yet, by their names.

        Raises:
            OSError: The folder cannot be read.
        """
        now, there = self.clock(), {file.name: found for file, found in files_in(self.folder)}
        self._seen = {name: self._looked_at(name, found, now) for name, found in there.items()}
        self._taken = {name: was for name, was in self._taken.items() if name in there}
        counts = [name for name, seen in self._seen.items() if self._counts(name, seen, now)]
        return [self.folder / name for name in sorted(counts)]

    def take(self, file: Path, found: os.stat_result) -> None:
        """Takes down that a file was dealt with as it was then: it counts again once it has changed."""
        self._taken[file.name] = found.st_size, found.st_mtime_ns

    @property
    def changing(self) -> list[str]:
        """Names of the files that do not stand still yet, as of the last look."""
        now = self.clock()
        return sorted(
            name
            for name, seen in self._seen.items()
            if not self._is_taken(name, seen) and not self._is_still(seen, now)
        )

    def _looked_at(self, name: str, found: os.stat_result, now: float) -> Seen:
        before = self._seen.get(name)
        since = size_since = now
        if before is not None and before.size == found.st_size:
            size_since = before.size_since
            since = before.since if before.changed == found.st_mtime_ns else now
        return Seen(found.st_size, found.st_mtime_ns, since, size_since)

    def _counts(self, name: str, seen: Seen, now: float) -> bool:
        return not self._is_taken(name, seen) and self._is_still(seen, now)

    def _is_taken(self, name: str, seen: Seen) -> bool:
        return self._taken.get(name) == (seen.size, seen.changed)

    def _is_still(self, seen: Seen, now: float) -> bool:
        return now - seen.since >= self.seconds or now - seen.size_since >= LONG * self.seconds


def files_in(folder: Path) -> list[tuple[Path, os.stat_result]]:
    """Returns the files of a folder that may be meant: no hidden ones, none of other programs, no links out of it.

    Raises:
        OSError: The folder cannot be read.
    """
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            file = folder / entry.name
            try:
                if is_meant(entry.name) and (
                    not entry.is_symlink() or file.resolve().parent == folder.resolve()
                ):
                    state = file.stat()
                    if stat.S_ISREG(state.st_mode) and not _is_hidden(state):
                        found.append((file, state))
            except OSError:  # it has just gone, or is a link to nothing
                continue
    return found


def is_meant(name: str) -> bool:
    """Returns whether a name may be that of a table: not where it is hidden, locks another file or is under way."""
    low = name.lower()
    return not (low.startswith((".", "~$")) or low.endswith(UNDER_WAY) or low in LEFT_ALONE)


def _is_hidden(found: os.stat_result) -> bool:
    if sys.platform == "win32":
        return bool(found.st_file_attributes & (stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM))
    return False
