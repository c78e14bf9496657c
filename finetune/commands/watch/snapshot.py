"""A file as it stood when it was looked at: a copy that nobody changes, and its sum. Reads no table."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from finetune.commands.watch.names import suffix_of

PIECE = 2**20


class Changed(Exception):  # noqa: N818 - it is no fault: the file is looked at again
    """The file has changed while it was copied, or is gone."""


@dataclass(frozen=True)
class Snapshot:
    """A copy.

    Attributes:
        file: The file that was copied.
        copy: Where.
        found: What the file was like.
        number: The sum of what it holds.
    """

    file: Path
    copy: Path
    found: os.stat_result
    number: str

    @property
    def draft(self) -> Path:
        """Where its answers are written."""
        return self.copy.with_name(f"answers{self.copy.suffix}")

    @property
    def is_as_it_was(self) -> bool:
        """Whether the file is still the one that was copied."""
        try:
            return same(self.file.stat(), self.found)
        except OSError:
            return False

    def told(self, line: str) -> str:
        """Returns a sentence with the name of the file in place of those of the copy and of its answers."""
        return line.replace(str(self.copy), self.file.name).replace(str(self.draft), self.file.name)


def copied(file: Path, folder: Path) -> Snapshot:
    """Returns the copy of a file.

    Args:
        file: The file.
        folder: Where the copy goes.

    Raises:
        Changed: The file has changed meanwhile, or is gone.
        OSError: It cannot be read, or the copy not be written.
    """
    copy, digest = folder / f"table{suffix_of(file)}", hashlib.sha256()
    try:
        source = file.open("rb")
    except FileNotFoundError as error:
        raise Changed from error
    with source, copy.open("wb") as target:
        before = os.fstat(source.fileno())
        while piece := source.read(PIECE):
            digest.update(piece)
            target.write(piece)
    found = Snapshot(file, copy, before, digest.hexdigest())
    if copy.stat().st_size != before.st_size or not found.is_as_it_was:
        raise Changed
    return found


def same(one: os.stat_result, other: os.stat_result) -> bool:
    """Returns whether a file looks the same twice."""
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)
