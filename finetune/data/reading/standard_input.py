"""A table that comes by standard input: put down as a file of the kind that its content says. Reads no table."""

import codecs
import csv
import gzip
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

from finetune.data.reading.columns import LIKELY, fold, how_surely
from finetune.data.reading.encoding import detect_encoding, opened_text
from finetune.data.reading.layout import DELIMITERS
from finetune.errors import DataError
from finetune.language.called import call
from finetune.language.say import Message

NAME = "stdin"
HEAD = 1 << 16
"""Bytes by which the kind is told."""

MAGIC = {b"PAR1": ".parquet", b"PK\x03\x04": ".xlsx"}
GZIP = b"\x1f\x8b"

OBJECT = re.compile(r'\{\s*(?:\}|"(?:[^"\\]|\\.)*"\s*:)')
"""How an object of JSON begins, and no sentence: with a name between quotes and a colon."""


def spooled(stream: IO[bytes], folder: Path, *, names: Sequence[str]) -> tuple[Path, bool]:
    """Puts down what comes by a stream, as a file of its kind.

    Parquet, XLSX, gzip and JSON are told by how they begin. Of text the first line tells: where it names a column of
    texts it is the header of a table, else every line is a text.

    Args:
        stream: Where it comes from.
        folder: Where the file goes.
        names: Of columns that are known to hold texts; the first is what the lines are called where there is none.

    Returns:
        The file, and whether each line of it was a text.

    Raises:
        DataError: if nothing comes, or it is no text.
    """
    call(folder, Message("standard input"))
    raw = folder / NAME
    with raw.open("wb") as file:
        shutil.copyfileobj(stream, file)
    with raw.open("rb") as file:
        packed = file.read(len(GZIP)) == GZIP
    head = _head(raw, packed=packed)
    if not head.strip():
        raise DataError("nothing came by standard input: a table, or one text a line, is put in by < or |.")
    suffix = _suffix(head)
    plain = suffix is None and not _has_header(_text(head), names)
    named = raw.with_name(f"{NAME}{suffix or ('.txt' if plain else '.csv')}{'.gz' if packed else ''}")
    raw.rename(named)
    return (_as_table(named, names[0]), True) if plain else (named, False)


def _head(path: Path, *, packed: bool) -> bytes:
    with path.open("rb") as raw:
        stream = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if packed else raw)
        try:
            return stream.read(HEAD)
        except (OSError, EOFError) as error:
            raise DataError("what came by standard input is a broken gzip stream: pack it again.") from error


def _suffix(head: bytes) -> str | None:
    """The suffix of a file of this kind; None of text, of which its first line tells more."""
    for magic, suffix in MAGIC.items():
        if head.startswith(magic):
            return suffix
    text = _text(head).lstrip()
    first = text.partition("\n")[0]
    if OBJECT.match(first):  # also one that is cut short, which its reader tells of
        return ".jsonl"
    # a list, or an object over several lines
    return ".json" if first.strip() in ("[", "{") or (first.startswith("[{") and '"' in first) else None


def _text(head: bytes) -> str:
    """The beginning as text, well enough to be told by."""
    utf_16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return head.decode("utf-16" if utf_16 else "utf-8-sig", errors="replace")


def _has_header(text: str, names: Sequence[str]) -> bool:
    """Whether the first row names a column of texts: alone, or beside others where the second row has as many.

    A sentence has no cells that are names, or the line behind it is not cut by the same sign.
    """
    wanted = {fold(name) for name in names}
    lines = [line for line in text.splitlines(keepends=True) if line.strip()]
    for delimiter in DELIMITERS:
        rows = csv.reader(lines, delimiter=delimiter)
        first, second = next(rows, []), next(rows, None)
        if any(fold(cell) in wanted or (cell.strip() and _is_name(cell)) for cell in first):
            return len(first) == 1 or second is None or len(second) > 1
    return False


def _is_name(cell: str) -> bool:
    return how_surely(cell, "text") >= LIKELY and len(cell.split()) <= 2


def _as_table(path: Path, name: str) -> Path:
    """A file of lines as a table of one column; lines without anything are left out."""
    table = path.with_name(f"{NAME}.csv")
    with (
        opened_text(path, detect_encoding(path)) as stream,
        table.open("w", encoding="utf-8", newline="") as out,
    ):
        rows = csv.writer(out, quoting=csv.QUOTE_ALL)
        rows.writerow([name])
        rows.writerows([text] for line in stream if (text := line.strip()))
    path.unlink()
    return table
