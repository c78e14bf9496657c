"""Opens a file of bytes, gzipped or not. Reads no table."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from finetune.data.reading.limits import refuse_what_is_no_file
from finetune.data.reading.unpacked import Unzipped
from finetune.errors import DataError


def kind(path: Path) -> str:
    """The suffix that says what a file is: `.csv` for `dados.CSV` and for `dados.csv.gz`."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def compressed(path: Path) -> bool:
    """Whether the name says gzip."""
    return path.name.lower().endswith(".gz")


@contextmanager
def opened(path: Path, *, whole: bool = True) -> Iterator[IO[bytes]]:
    """Opens a file for reading bytes, through gzip when its name says so.

    Args:
        path: The file.
        whole: Whether it will be in memory as a whole, so that it may only be so large.

    Raises:
        DataError: The file is none, is empty or too large, or its gzip stream is broken (also when that shows only
            while reading).
    """
    refuse_what_is_no_file(path, whole=whole)
    with path.open("rb") as raw:
        stream = cast(IO[bytes], Unzipped(raw, path, whole=whole) if compressed(path) else raw)
        try:
            if not stream.read(1):
                raise DataError(
                    "{path}: the file is empty: give one with a header and at least one row", path=path
                )
            stream.seek(0)
            yield stream
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataError(
                "{path}: the gzip file is broken or cut short: copy or download it again", path=path
            ) from error
