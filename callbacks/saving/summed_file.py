"""Content that torch writes to a file, and the SHA-256 of it, computed while it is written. Decides nothing."""

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import torch


class Summed:
    """A binary file that is written from its beginning to its end, and its SHA-256."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        """Writes on."""
        try:
            self._digest.update(data)
            return self._file.write(data)
        except OSError as error:
            self.error = error  # torch raises an error of its own that says nothing of this one
            raise

    def flush(self) -> None:
        """Hands all to the system."""
        self._file.flush()

    @property
    def sum(self) -> str:
        """The SHA-256 of what was written."""
        return self._digest.hexdigest()


def canonical(content: Any) -> Any:
    """Returns content that is written as the same bytes whenever it is equal.

    Pickle writes an object that it meets again as a reference, and an equal one in full: without this, the text of a
    resumed run, which came from a file, would be written otherwise than that of a run that made it.
    """
    if type(content) is dict:
        return {canonical(key): canonical(value) for key, value in content.items()}
    if type(content) in (list, tuple):
        return type(content)(map(canonical, content))
    return sys.intern(content) if type(content) is str else content


def write_summed(content: Mapping[str, Any], path: Path) -> str:
    """Writes a checkpoint's content to a file, forces it to disk, and returns its SHA-256.

    Raises:
        OSError: if it cannot be written.
    """
    with path.open("wb") as file:
        summed = Summed(file)
        try:
            torch.save(canonical(dict(content)), cast(IO[bytes], summed))  # it only writes
        except RuntimeError:
            if summed.error is not None:
                raise summed.error from None
            raise
        file.flush()
        os.fsync(file.fileno())
    return summed.sum
