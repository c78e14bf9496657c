"""Opens a file of bytes, gzipped or not, and says when it is not what its name says. Reads no table."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from finetune.data.reading.limits import refuse_what_is_no_file
from finetune.data.reading.unpacked import Unzipped
from finetune.errors import DataError
from finetune.language.say import Message

# First bytes of what people rename to .csv by mistake
KINDS = {
    b"\x1f\x8b": Message("a gzip file (add .gz to its name)"),
    b"PK\x03\x04": Message("a ZIP or Excel .xlsx file (give it its own suffix, .xlsx, or save it as CSV)"),
    b"\xd0\xcf\x11\xe0": Message("an old Office file such as .xls (save it as .xlsx or CSV)"),
    b"PAR1": Message("a Parquet file (give it its own suffix, .parquet)"),
    b"ARROW1": Message("an Arrow file (save it as .parquet)"),
    b"SQLite format 3": Message("an SQLite database (export the table as CSV)"),
    b"%PDF": Message("a PDF (copy the table into a CSV or XLSX file)"),
    b"\x89PNG": Message("a PNG image"),
    b"\xff\xd8\xff": Message("a JPEG image"),
}


def kind(path: Path) -> str:
    """The suffix that says what a file is: `.csv` for `dados.CSV` and for `dados.csv.gz`."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def compressed(path: Path) -> bool:
    """Whether the name says gzip."""
    return path.name.lower().endswith(".gz")


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Opens a file for reading bytes, through gzip when its name says so.

    Raises:
        DataError: The file is none, is empty or too large, or its gzip stream is broken (also when that shows only
            while reading).
    """
    refuse_what_is_no_file(path)
    with path.open("rb") as raw:
        stream = cast(IO[bytes], Unzipped(raw, path) if compressed(path) else raw)
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


def refuse_other_kinds(path: Path, head: bytes) -> None:
    """Refuses a file that is not text, going by its first bytes."""
    for magic, what in KINDS.items():
        if head.startswith(magic):
            raise DataError("{path}: not a text table but {what}", path=path, what=what)
