"""The table of the labels that may be wrong, for Excel as Brazilians have it. Never takes the place of another file."""

import csv
import io
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding
from finetune.data.checks.words_of_cells import header, in_words
from finetune.evaluation.predicted.formulas import guard_cell
from finetune.files.near import near
from finetune.files.whole import write_text
from finetune.language.say import say, show
from finetune.language.which import language, languages, speaking

COLUMNS = ("text", "label", "suggested", "how_sure")
"""As the finding has them, behind the place of each row."""

MOST_LETTERS = 32_000
"""Excel puts what is longer than 32,767 letters into the cells below."""

ENCODING = "utf-8-sig"
"""Without the mark at its beginning Excel takes the letters for those of Windows."""


def keep_table(path: Path, finding: Finding, data: Examined) -> Path:
    """Writes the table of a finding; returns where.

    A file that is there may hold the corrections of a person, and is left as it is: the table gets a number then, but
    where it has the same rows, in whatever language.

    Args:
        path: Where to, as long as there is no other file.
        finding: What `label_errors` found.
        data: The rows that it was found in.
    """
    told = {}
    for each in languages():
        with speaking(each):
            told[each] = as_text(finding, data)
    same = {text.encode(ENCODING) for text in told.values()}
    for place in _places(path):
        if not place.exists():
            write_text(place, told[language()], encoding=ENCODING)
            return place
        if place.is_file() and place.read_bytes() in same:
            return place
    raise AssertionError("there is always a next number")


def show_table(path: Path) -> None:
    """Prints where the table is."""
    show(say("all labels that may be wrong, to open in Excel:\n  {file}", file=near(path)))


def _places(path: Path) -> Iterator[Path]:
    yield path
    for number in count(2):
        yield path.with_stem(f"{path.stem}_{number}")


def as_text(finding: Finding, data: Examined) -> str:
    """Returns the table: a row for each label, the most suspicious first, in the reader's language."""
    assert finding.grid is not None
    several = sum(len(table.parts) for table in data.tables) > 1
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    names = [header("line"), *([say("file", context="column of names")] if several else [])]
    writer.writerow([*names, *map(header, COLUMNS)])
    for position, row in zip(finding.rows, finding.grid.rows, strict=True):
        file, line = _place(data, position)
        cells = dict(zip(finding.grid.header, row, strict=True))
        told = [guard_cell(in_words(name, cells[name])[:MOST_LETTERS]) for name in COLUMNS]
        writer.writerow([line, *([guard_cell(file)] if several else []), *told])
    return stream.getvalue()


def _place(data: Examined, position: int) -> tuple[str, int]:
    """The file that a row is from, as the user named it, and its line there."""
    number = int(data.table[position])
    piece, line = data.tables[number].place(int(data.row[position]))
    return piece.name if len(data.tables[number].parts) > 1 else data.names[number], line
