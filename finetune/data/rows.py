"""From what is asked to the rows of each part: sources are read and divided. No tokens, no checks."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from finetune.data.asked import Asked, Source
from finetune.data.dividing.by_column import Rows
from finetune.data.dividing.parts import (
    UNTOUCHED,
    Tell,
    all_parts,
    check_columns,
    every_row,
    one_part,
    the_one,
)
from finetune.data.reading.table import Table
from finetune.data.tables import read_source
from finetune.data.windows import Windows, read_windows
from finetune.errors import DataError
from finetune.language.parts import PART_NAMES
from finetune.language.say import AnyMessage, joined

DEMO = Path(__file__).parent / "demo" / "agro.csv"
"""The table that the path `demo` stands for."""

DEMOS = {"demo": DEMO} | {
    f"demo_{name}": DEMO.with_name(f"{name}.csv")
    for name in ("assuntos", "assuntos_colunas", "avaliacoes", "perguntas", "tratores")
}
"""All tables of ours by the paths that stand for them, of each kind of label one."""

FLAGS: dict[str, str] = {
    "train": "--data.path",
    "validation": "--data.validation_path",
    "test": "--data.test_path",
    "predict": "--data.predict_path",
}


def read(asked: Asked, part: str, tell: Tell) -> dict[str, Table]:
    """Reads the source of a part.

    Raises:
        DataError: if none is given, or it cannot be used.
    """
    source, reading = _source(asked, part), asked.reading
    tables = read_source(
        source,
        text_column=reading.text_column,
        text_pair_column=reading.text_pair_column,
        template=reading.template,
        label_column=reading.label_column,
        need_labels=part != "predict",
        on_bad_rows=reading.on_bad_rows,
        reader=reading.reader,
        fix_encoding=reading.fix_encoding,
        max_characters=reading.max_characters,
        sheet=reading.sheet,
        header_line=reading.header_line,
        task=reading.task,
        label_columns=reading.label_columns,
        label_order=reading.label_order,
        empty_labels=reading.empty_labels,
        mark=reading.mark,
        classes=reading.classes,
        sheet_optional=part != "train" and asked.paths["train"] is not None,  # they were named for that one
    )
    for table in tables.values():
        for note in table.notes:
            tell(joined([table.source, note], ": "))
    return tables


def _source(asked: Asked, part: str) -> Source:
    """What is given for a part.

    Raises:
        DataError: if nothing is.
    """
    source = asked.paths[part]
    if source is None:
        raise DataError(
            "no table is given. Give one with {flag}, for example {flag} dados.csv", flag=FLAGS[part]
        )
    return DEMOS.get(source, source) if isinstance(source, str) else source


def go_through(asked: Asked, part: str, tell: Tell, *, size: int) -> Windows:
    """Goes through the source of a part, whose rows need no labels, in windows of so many rows.

    Raises:
        DataError: if none is given, or it cannot be used.
    """
    reading = asked.reading
    found = read_windows(
        _source(asked, part),
        text_column=reading.text_column,
        text_pair_column=reading.text_pair_column,
        template=reading.template,
        label_column=reading.label_column,
        on_bad_rows=reading.on_bad_rows,
        reader=reading.reader,
        fix_encoding=reading.fix_encoding,
        max_characters=reading.max_characters,
        sheet=reading.sheet,
        header_line=reading.header_line,
        task=reading.task,
        sheet_optional=asked.paths["train"] is not None,  # they were named for that one
        size=size,
    )
    windows = the_one(found, part).seen()
    for note in windows.whole.notes:
        tell(joined([windows.source, note], ": "))
    return windows


def read_one(asked: Asked, part: str, tell: Tell) -> dict[str, Rows]:
    """Returns the rows of one part that has a source of its own."""
    return {part: one_part(read(asked, part, tell), part)}


def read_parts(asked: Asked, tell: Tell) -> dict[str, Rows]:
    """Returns the rows of train, validation and test, as far as there are any.

    Raises:
        DataError: if a source cannot be used, or the rows cannot be divided as asked.
    """
    tables = read(asked, "train", tell)
    asked = as_the_first(asked, tables)
    own = {
        part: one_part(read(asked, part, tell), part)
        for part in ("validation", "test")
        if asked.paths[part] is not None
    }
    return all_parts(tables, own, asked.division, tell)


def as_the_first(asked: Asked, tables: Mapping[str, Table]) -> Asked:
    """Returns what is asked of the other tables: their labels are what those of the first are."""
    first = next(iter(tables.values()))
    return replace(asked, reading=replace(asked.reading, task=first.task.name, mark=first.mark))


def divided(asked: Asked, needed: str, tell: Tell) -> tuple[dict[str, Rows], int | None]:
    """Returns the rows by part, and how many test rows a fold leaves alone; None where nothing is divided.

    Raises:
        DataError: if a source cannot be used or divided as asked, or has no rows of the part that is needed.
    """
    if needed == "predict" or (needed != "train" and asked.paths[needed] is not None):
        return read_one(asked, needed, tell), None
    rows = read_parts(asked, tell)
    untouched = len(rows.pop(UNTOUCHED)[1]) if UNTOUCHED in rows else 0
    if needed not in rows:
        raise DataError(
            "there is no {part} data: {flag} is not given and --data.{code}_fraction is 0.",
            part=PART_NAMES[needed],
            flag=FLAGS[needed],
            code=needed,
        )
    return rows, untouched


def undivided(asked: Asked) -> dict[str, Rows]:
    """Returns the rows of all sources as they are: what has no part of its own counts as training rows.

    Raises:
        DataError: if a source cannot be used, or has not the columns that should divide it.
    """

    def silent(text: AnyMessage) -> None:
        """Says nothing: it was said before."""

    tables = read(asked, "train", silent)
    asked = as_the_first(asked, tables)
    for table in tables.values():
        check_columns(table, asked.division)
    rows = {"train" if part == "all" else part: every_row(table) for part, table in tables.items()}
    for part in ("validation", "test"):
        if asked.paths[part] is not None:
            rows |= read_one(asked, part, silent)
    return rows
