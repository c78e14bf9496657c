"""Which encoding a text file has, found by decoding all of it. Knows nothing of cells."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from .said import Refused, tell

CHUNK = 1 << 20
SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
NO_TABLES = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\xd0\xcf\x11\xe0",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
    b"PAR1",
)
"""First bytes of what people rename to .csv by mistake."""

WINDOWS_LACKS = b"\x81\x8d\x8f\x90\x9d"


@dataclass(frozen=True)
class Encoding:
    """A codec, and whether the file begins with a byte-order mark."""

    name: str
    bom: bool = False

    @property
    def codec(self) -> str:
        """The codec that takes the byte-order mark away, or writes it."""
        return "utf-8-sig" if self.bom and self.name == "utf-8" else self.name


def encoding_of(path: Path) -> Encoding:
    """Returns the encoding of a text file: that of its byte-order mark, UTF-8 where all of it is, else Windows' own.

    Raises:
        Refused: The file is empty, or no text.
    """
    with path.open("rb") as stream:
        head = stream.read(4)
    if not head:
        raise Refused(tell("{path}: the file is empty", path=path))
    if head.startswith(b"PK\x03\x04"):
        raise Refused(
            tell("{path}: this is a workbook or a zip file: give its name the ending .xlsx", path=path)
        )
    if head.startswith(NO_TABLES):
        raise Refused(
            tell(
                "{path}: this is no table (a PDF, a picture, an old Office file or an archive): copy the table into a "
                "spreadsheet, and save that as .xlsx or CSV",
                path=path,
            )
        )
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        found = Encoding("utf-16", bom=True)
    else:
        found = Encoding("utf-8", bom=head.startswith(codecs.BOM_UTF8))
    wrong = _first_wrong_line(path, found.codec)
    if wrong is None:
        return found
    if found.bom:
        raise Refused(
            tell(
                '{path}: begins as {name}, but line {line} is not: save it as "CSV UTF-8" again',
                path=path,
                name=found.name,
                line=wrong,
            )
        )
    return _one_byte(path, wrong)


def _first_wrong_line(path: Path, codec: str) -> int | None:
    decoder, lines = codecs.getincrementaldecoder(codec)(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return lines + 1 + error.object.count(b"\n", 0, error.start)
            if "\0" in text:
                raise _no_text(path, lines + 1 + text.count("\n", 0, text.index("\0")))
            lines += text.count("\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return lines + 1
    return None


def _no_text(path: Path, line: int) -> Refused:
    return Refused(
        tell("{path}: a NUL byte in line {line}: not a text table, or damaged", path=path, line=line)
    )


def _one_byte(path: Path, wrong: int) -> Encoding:
    """The encoding of a file that is not UTF-8 and has one byte a character."""
    high = in_sequences = lines = 0
    windows = True
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            if b"\0" in chunk:
                raise _no_text(path, lines + 1 + chunk.count(b"\n", 0, chunk.index(b"\0")))
            lines += chunk.count(b"\n")
            high += len(chunk) - len(chunk.translate(None, bytes(range(128, 256))))
            in_sequences += sum(len(found) for found in SEQUENCE.findall(chunk))
            windows = windows and not any(byte in chunk for byte in WINDOWS_LACKS)
    if 2 * in_sequences > high:
        raise Refused(
            tell(
                "{path}: most of it is UTF-8, but line {line} is not (two files joined, or one cut short?): mend that "
                'line or save it as "CSV UTF-8"',
                path=path,
                line=wrong,
            )
        )
    return Encoding("cp1252" if windows else "latin-1")
