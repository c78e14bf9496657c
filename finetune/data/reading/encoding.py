"""Which encoding a text file has, found by decoding all of it strictly. Knows nothing of cells."""

import codecs
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TextIO, cast

import numpy as np
from charset_normalizer import from_bytes

from finetune.data.reading.opening import opened
from finetune.data.reading.other_kinds import HEAD, refuse_other_kinds
from finetune.data.reading.single_byte import Triples, can_read, one_byte_encoding, triples
from finetune.errors import DataError
from finetune.language.say import Message

CHUNK = 1 << 20
# What stands above ASCII in texts of Western Europe and the Americas; in cp1252 one byte each
FAMILIAR = "ÀÁÂÃÄÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜàáâãäåçèéêëìíîïñòóôõöùúûüªº°“”‘’–—…•§€£½²³\u00a0"
OTHERS = ["cp850", "mac_roman", "cp1250", "latin_1", "iso8859_15"]
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
MOST_MARKS = 8
SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


@dataclass(frozen=True)
class Encoding:
    """A codec and whether the file starts with a byte-order mark."""

    name: str
    bom: bool

    @property
    def codec(self) -> str:
        """The codec that also takes the byte-order mark away."""
        return "utf-8-sig" if self.bom and self.name == "utf-8" else self.name

    @property
    def told(self) -> Message | str:
        """What the user is told."""
        return Message("{name} with BOM", name=self.name) if self.bom else self.name


def detect_encoding(path: Path, *, whole: bool = True) -> Encoding:
    """Finds the encoding of a text file.

    UTF-8 is taken only if every byte of the file is valid; a byte-order mark is believed; else the file has
    one byte a character, mostly that of Windows: where its bytes above ASCII stand tells.

    Args:
        path: The file.
        whole: Whether it will be in memory as a whole.

    Raises:
        DataError: NUL bytes, a file that is no text, or bytes that fit no encoding.
    """
    with opened(path, whole=whole) as stream:
        head = stream.read(HEAD)
    refuse_other_kinds(path, head)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        found = Encoding("utf-16", bom=True)
    else:
        found = Encoding("utf-8", bom=head.startswith(codecs.BOM_UTF8))
    wrong = _first_wrong_line(path, found, whole=whole)
    if wrong is None:
        return found
    if found.bom:
        raise DataError(
            '{path}: begins as {encoding}, but line {line} is not {name}: save it as "CSV UTF-8" again',
            path=path,
            encoding=found.told,
            line=wrong,
            name=found.name,
        )
    return Encoding(_single_byte(path, wrong, whole=whole), bom=False)


@contextmanager
def opened_text(path: Path, encoding: Encoding, *, whole: bool = True) -> Iterator[TextIO]:
    """Opens a text file with line ends left as they are, as `csv` wants them, behind all its byte-order marks."""
    with opened(path, whole=whole) as stream:
        if encoding.bom:
            _skip_more_marks(stream)
        yield cast(TextIO, io.TextIOWrapper(stream, encoding=encoding.codec, newline=""))


def _skip_more_marks(stream: IO[bytes]) -> None:
    """Goes to the last of the byte-order marks that a file begins with: programs write one before another's."""
    head = stream.read(MOST_MARKS * 3)
    mark = next(each for each in MARKS if head.startswith(each))
    several = len(mark)
    while head.startswith(mark, several):
        several += len(mark)
    stream.seek(several - len(mark))


def unmarked(lines: Iterable[str]) -> Iterator[str]:
    """Yields the lines of a text table without the byte-order marks before a quote, which they would hide.

    They stand where a program joined two files, or put a line above the first.
    """
    for line in lines:
        yield line.lstrip("\ufeff") if line[:1] == "\ufeff" and line.lstrip("\ufeff")[:1] == '"' else line


def _first_wrong_line(path: Path, encoding: Encoding, *, whole: bool) -> int | None:
    """Decodes the whole file in pieces; the line at which that fails, if it does."""
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    lines = read = 0
    with opened(path, whole=whole) as stream:
        more = True
        while more:
            chunk = stream.read(CHUNK)
            more = bool(chunk)
            try:
                text = decoder.decode(chunk, final=not more)
            except UnicodeDecodeError as error:
                _refuse_nul(path, error.object.decode("latin-1"), lines, read)
                return lines + 1 + error.object.count(b"\n", 0, error.start)
            _refuse_nul(path, text, lines, read)
            lines += text.count("\n")
            read += len(text)
    return None


def _refuse_nul(path: Path, text: str, lines: int, read: int) -> None:
    at = text.find("\0")
    if at >= 0:
        raise DataError(
            "{path}: a NUL byte in line {line} (character {character} of the file): not a text table, damaged, "
            'or UTF-16 without a byte-order mark; save it as "CSV UTF-8"',
            path=path,
            line=lines + 1 + text.count("\n", 0, at),
            character=read + at + 1,
        )


def _single_byte(path: Path, wrong: int, *, whole: bool) -> str:
    """The encoding of a file that is not UTF-8."""
    counts, seen, in_sequences, sample = _census(path, whole=whole)
    high = int(counts[128:].sum())
    if 2 * in_sequences > high:
        raise DataError(
            "{path}: most of it is UTF-8, but line {line} is not (two files joined, or one cut short?): "
            'mend that line or save it as "CSV UTF-8"',
            path=path,
            line=wrong,
        )
    controls = int(counts[:32].sum() - counts[[9, 10, 12, 13]].sum())
    if 20 * controls > counts.sum():
        raise DataError(
            '{path}: not a text file: {n:,} of its bytes is a control character; save it as "CSV UTF-8"',
            '{path}: not a text file: {n:,} of its bytes are control characters; save it as "CSV UTF-8"',
            n=controls,
            path=path,
        )
    found = one_byte_encoding(seen)
    if found is not None:
        return found
    there = bytes(
        np.flatnonzero(counts).astype(np.uint8)
    )  # the sample may lack what another piece of the file has
    best = from_bytes(sample, cp_isolation=[codec for codec in OTHERS if can_read(there, codec)]).best()
    if best is None:
        raise DataError(
            '{path}: neither UTF-8 nor cp1252 (first odd bytes in line {line}): save it as "CSV UTF-8"',
            path=path,
            line=wrong,
        )
    return best.encoding


def _census(path: Path, *, whole: bool) -> tuple[np.ndarray, Triples, int, bytes]:
    """How often each byte stands in a file and between which, how many look like UTF-8, and a piece with some such."""
    counts = np.zeros(256, dtype=np.int64)
    seen: Counter[tuple[int, int, int]] = Counter()
    in_sequences = 0
    sample = b""
    with opened(path, whole=whole) as stream:
        while chunk := stream.read(CHUNK):
            counts += np.bincount(np.frombuffer(chunk, dtype=np.uint8), minlength=256)
            seen.update(triples(chunk))
            in_sequences += sum(len(found) for found in SEQUENCE.findall(chunk))
            if not sample and not chunk.isascii():
                sample = chunk
    return counts, seen, in_sequences, sample
