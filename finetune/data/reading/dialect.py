"""How a file was written: enough to write another one the same way. Detects nothing itself."""

import csv
from dataclasses import dataclass

from finetune.language.say import AnyMessage

Notes = tuple[AnyMessage | str, ...]
"""What was noticed, one line each; readers and splits of the user's own give text."""


@dataclass(frozen=True)
class Dialect:
    """How a table was written.

    Attributes:
        suffix: Kind of file without `.gz`; empty for tables that come from memory or a hub.
        delimiter: What stands between two cells of a text table.
        encoding: Codec of a text file, without the byte-order mark: `utf-8`, `utf-16`, `cp1252` ...
        bom: Whether the file began with a byte-order mark.
        quoting: One of the `csv.QUOTE_*` numbers; where only texts are quoted, `csv.QUOTE_NONNUMERIC`.
        decimal: Decimal mark of numbers.
        compressed: Whether the file was gzipped.
        quoted: Where only texts are quoted: positions of the columns whose numbers are texts.
        line_end: What ends a line of a text file.
        closed: Whether the last line of a text file ends so, too.
        unnamed: Columns that have no name in the file, by the name that they were given when it was read.
        first_line: Number the user sees on the first row after the header.
        unit: What that number counts: "line" or "row".
        remarks: What the reader noticed, one human line each.
        sheets: Titles of a workbook's sheets, that of the one that was read first.
    """

    suffix: str = ""
    delimiter: str = ","
    encoding: str = "utf-8"
    bom: bool = False
    quoting: int = csv.QUOTE_MINIMAL
    decimal: str = "."
    compressed: bool = False
    quoted: frozenset[int] = frozenset()
    line_end: str = "\r\n"
    closed: bool = True
    unnamed: frozenset[str] = frozenset()
    first_line: int = 1
    unit: str = "line"
    remarks: Notes = ()
    sheets: tuple[str, ...] = ()

    @property
    def codec(self) -> str:
        """What to give to `open(encoding=...)`: with the byte-order mark when the file had one."""
        return "utf-8-sig" if self.bom and self.encoding == "utf-8" else self.encoding
