"""What the user names as texts, into tables of any length: a file of lines, a table, a folder of both. Keeps no row."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from finetune.data.asked import Reading, Source
from finetune.data.reading.lines import text_file
from finetune.data.reading.several import tables_in
from finetune.data.rows import DEMOS
from finetune.data.windows import Look, Unseen, read_windows
from finetune.errors import DataError
from finetune.files.home import expanded
from finetune.language.lists import quoted
from finetune.language.say import AnyMessage, Message

Named = Source | list[str]
"""What texts may be read from."""

WINDOW = 2048
"""Rows that are in memory together: a text may be as long as a book."""

OF_A_DATASET = ("state.json", "dataset_dict.json")
"""What a folder holds that is one data set."""


def each_source(named: Named | None) -> tuple[list[Source], list[AnyMessage]]:
    """Returns the sources that are read each by itself: of a folder its files; and what is said of the choice.

    Raises:
        DataError: None is given, or a folder holds none.
    """
    if named is None:
        raise DataError(
            "no texts are given. Give them with --data.path, for example --data.path textos.txt: a file with a text in "
            "each line, a table, or a folder of such files."
        )
    found: list[Source] = []
    said: list[AnyMessage] = []
    for source in named if isinstance(named, list) else [named]:
        path = _folder(source)
        if path is None:
            found.append(DEMOS.get(source, source) if isinstance(source, str) else source)
            continue
        files = tables_in(path, None)
        empty = [file for file in files if not file.stat().st_size]
        if empty and len(empty) < len(files):
            left = Message(
                "{n:,} empty file left out: {names}",
                "{n:,} empty files left out: {names}",
                n=len(empty),
                names=quoted(file.name for file in empty),
            )
            said.append(left)
            files = [file for file in files if file not in empty]
        found += files
    return found, said


def _folder(source: Source) -> Path | None:
    """The folder that a source is; None where it is none, or one data set."""
    if not isinstance(source, (str, Path)) or not str(source).strip():
        return None
    path = expanded(source)
    return path if path.is_dir() and not any((path / name).is_file() for name in OF_A_DATASET) else None


def open_texts(source: Source, reading: Reading, *, one_of_several: bool, look: Look) -> Iterator[Unseen]:
    """Gives the tables of a source, of one that is divided those of its parts; none of them gone through.

    Args:
        source: The source.
        reading: How it is read.
        one_of_several: Whether a sheet, a header and a column may be of the others.
        look: Is shown each window while a table is gone through.

    Raises:
        DataError: It cannot be used as it is.
    """
    read = partial(
        read_windows,
        text_column=reading.text_column,
        label_column=reading.label_column,
        reader=reading.reader,
        fix_encoding=reading.fix_encoding,
        max_characters=reading.max_characters,
        sheet=reading.sheet,
        header_line=reading.header_line,
        sheet_optional=one_of_several,
        size=WINDOW,
        file=text_file(reading.max_characters),
        look=look,
    )
    yield from read(source).values()
