"""What a compressed file unpacks to, counted as it comes: a few kilobytes can be many gigabytes. Reads no table."""

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from finetune.data.reading.limits import refuse_too_large
from finetune.errors import DataError

LONGEST_PART = 1 << 27
"""Bytes of what is taken from a workbook in one piece: its list of sheets, its styles."""

LONGEST_ROW = 1 << 26
"""Bytes between two rows of a sheet: what stands there is held as a tree of many times its size."""

AT_ONCE = 1 << 20


class Unzipped(gzip.GzipFile):
    """A gzipped table that refuses to unpack to more than a table may take, if it is to be in memory as a whole."""

    def __init__(self, raw: IO[bytes], path: Path, *, whole: bool = True) -> None:
        super().__init__(fileobj=raw, mode="rb")
        self.path, self.whole = path, whole

    def read(self, size: int | None = -1) -> bytes:
        """Reads so many bytes, or all."""
        if size is not None and size >= 0:
            return self._counted(super().read(size))
        pieces = iter(lambda: self._counted(super(Unzipped, self).read(AT_ONCE)), b"")
        return b"".join(pieces)

    def read1(self, size: int = -1) -> bytes:
        """Reads what is at hand."""
        return self._counted(super().read1(size))

    def _counted(self, piece: bytes) -> bytes:
        if self.whole:
            refuse_too_large(self.path, self.tell())
        return piece


class Archive(zipfile.ZipFile):
    """The parts of a workbook, none of which may unpack to more than fits."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        super().__init__(stream)
        self.path = path

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        """Returns a part as a whole.

        Raises:
            DataError: It is larger than any that a program writes.
        """
        info = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        if info.file_size > LONGEST_PART:
            raise DataError(
                "{path}: the workbook is broken, or made to fill the memory: its part {part} unpacks to "
                "{size:,} MB. Export the table again",
                path=self.path,
                part=info.filename,
                size=info.file_size // 10**6,
            )
        return super().read(name, pwd)

    def open(self, name: str | zipfile.ZipInfo, *args: Any, **options: Any) -> IO[bytes]:
        """Opens a part, to be read piece by piece."""
        info = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        refuse_too_large(self.path, info.file_size)
        return super().open(name, *args, **options)


class Rows:
    """The stream of a sheet, of which one row may only be so long."""

    def __init__(self, stream: IO[bytes], too_long: Callable[[], DataError]) -> None:
        self.stream, self.too_long, self.since = stream, too_long, 0

    def read(self, size: int) -> bytes:
        """Reads so many bytes."""
        piece = self.stream.read(size)
        self.since += len(piece)
        if self.since > LONGEST_ROW:
            raise self.too_long()
        return piece

    def next_row(self) -> None:
        """Says that a row has ended."""
        self.since = 0
