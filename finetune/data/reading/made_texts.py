"""Which columns the texts of a table are made of: one, two that stay apart, or a template. Reads no file."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import pandas as pd

from finetune.data.reading.cells import strings
from finetune.data.reading.chosen_columns import Told, find_columns, given_column
from finetune.data.reading.columns import SURE, how_surely, matches
from finetune.data.reading.dialect import Notes
from finetune.data.reading.invisible import beginning, shows_nothing
from finetune.data.reading.loaded import Loaded
from finetune.data.reading.mojibake import repairs
from finetune.data.reading.template import Template, column, parsed, resolved
from finetune.errors import DataError
from finetune.language.lists import listed, quoted
from finetune.language.say import AnyMessage, Message

BESIDE = " | "
"""What stands between two texts where people, checks and counted words want one."""


@dataclass(frozen=True)
class TextOptions:
    """What the user says of the columns of the texts.

    Attributes:
        text_column: That of the texts.
        text_pair_column: That of the second texts.
        template: How a text is made of several.
    """

    text_column: str | None = None
    text_pair_column: str | None = None
    template: str | None = None

    @property
    def looked_for(self) -> str | None:
        """The name by which a table is known to be the one: that of a column of the text."""
        return self.text_column if self.template is None else parsed(self.template).columns[0]


@dataclass(frozen=True)
class Columns:
    """The columns of a table that count.

    Attributes:
        texts: How the text of a row is made, or both.
        label: The label column, or None.
        notes: What the user should know about the choice.
    """

    texts: tuple[Template, ...]
    label: str | None
    notes: Notes

    @property
    def texts_told(self) -> AnyMessage:
        """Which those of the texts are."""
        first, *second = self.texts
        if first.is_plain and not second:
            return Message('text column "{text}"', text=first.columns[0])
        return _told(first, second[0] if second else None)

    @property
    def told(self) -> AnyMessage:
        """Which they are."""
        first, *second = self.texts
        if first.is_plain and not second:
            return Message(
                'text column "{text}", label column "{label}"'
                if self.label
                else 'text column "{text}", no label column',
                text=first.columns[0],
                label=self.label,
            )
        return Message(
            '{texts}, label column "{label}"' if self.label else "{texts}, no label column",
            texts=_told(first, second[0] if second else None),
            label=self.label,
        )


def _told(first: Template, second: Template | None) -> Message:
    columns = listed(list(dict.fromkeys(first.columns)), told=lambda name: f'"{name}"')
    if second is None:
        return Message("texts made of {columns}", columns=columns)
    pair = second.columns[0]
    if first.is_plain:
        return Message('two texts a row, of {columns} and "{pair}"', columns=columns, pair=pair)
    return Message('two texts a row, made of {columns}, and of "{pair}"', columns=columns, pair=pair)


def find_text_columns(
    frame: pd.DataFrame,
    source: Told,
    options: TextOptions,
    *,
    label_column: str | None,
    need_labels: bool,
    header_line: bool = False,
) -> Columns:
    """Finds the columns that count, as `find_columns` does.

    Raises:
        DataError: if a column is not there, serves as two, or it is not clear which it is.
    """
    names = [str(name) for name in frame.columns]
    pair = _pair(names, source, options)
    made = None if options.template is None else resolved(parsed(options.template), names, source)
    text_column = options.text_column
    if made is not None:
        _refuse_another_text(made, names, source, text_column)
        text_column = made.columns[0]
    taken = {*(() if made is None else made.columns), *(() if pair is None else (pair,))}
    if need_labels or label_column is not None:
        _refuse_labels(taken, names, source, label_column)
    text, label, notes = find_columns(
        frame,
        source,
        text_column=text_column,
        label_column=label_column,
        need_labels=need_labels,
        header_line=header_line,
        taken=taken,
    )
    first = made or column(text)
    _refuse_twice(first, pair, source)
    return Columns((first,) if pair is None else (first, column(pair)), label, notes)


def _pair(names: list[str], source: Told, options: TextOptions) -> str | None:
    wanted = options.text_pair_column
    return None if wanted is None else given_column(names, wanted, source, "text_pair_column")


def _refuse_another_text(made: Template, names: list[str], source: Told, text_column: str | None) -> None:
    """Refuses a text column that the template leaves out: what is to be read is not clear."""
    if text_column is None or given_column(names, text_column, source, "text_column") in made.columns:
        return
    raise DataError(
        '{source}: --data.text_column "{text}" is not in --data.template, which says what the texts are made of '
        "({columns}): write {{{text}}} in it, or leave --data.text_column out",
        source=source,
        text=text_column,
        columns=quoted(made.columns),
    )


def _refuse_labels(taken: Collection[str], names: list[str], source: Told, wanted: str | None) -> None:
    """Refuses texts that take the label column: that of the name, or the only one whose name leaves no doubt."""
    labels = (
        [name for name in names if how_surely(name, "label") == SURE]
        if wanted is None
        else matches(names, wanted)
    )
    if labels and all(name in taken for name in labels):
        raise DataError(
            '{source}: "{name}" is the label column and stands in the texts, which would tell the model its answer: '
            "leave it out of them, or name another with --data.label_column",
            source=source,
            name=labels[0],
        )


def _refuse_twice(first: Template, pair: str | None, source: Told) -> None:
    """Refuses a column that would be read twice."""
    if pair is not None and pair in first.columns:
        raise DataError(
            '{source}: "{name}" is named for both texts of a row: name two columns with --data.text_column and '
            "--data.text_pair_column, or leave the second out",
            source=source,
            name=pair,
        )


@dataclass(frozen=True)
class Texts:
    """The texts of the N rows of a table as it was read.

    Attributes:
        apart: The text of each row, or the first and the second ones; "" where there is none. Each [N]
        repaired: Of each of them those that were damaged and are repaired, by position.
        long: Positions of the rows of which only the beginning is read.
        notes: What is said of cells without anything.
    """

    apart: list[list[str]]
    repaired: tuple[dict[int, str], ...]
    long: list[int]
    notes: Notes

    @property
    def together(self) -> list[str]:
        """The text of each row, or both as one. [N]"""
        return (
            self.apart[0]
            if len(self.apart) == 1
            else [side_by_side(row) for row in zip(*self.apart, strict=True)]
        )

    @property
    def mended(self) -> int:
        """Rows with something that was repaired."""
        return len(set().union(*self.repaired))


def texts_of(
    loaded: Loaded, templates: Sequence[Template], *, fix_encoding: bool, max_characters: int | None
) -> Texts:
    """Makes the texts of all rows of a table."""
    each = dict.fromkeys(chain.from_iterable(template.columns for template in templates))
    cells = {name: strings(loaded, name) for name in each}
    apart = [template.filled([cells[name] for name in template.columns]) for template in templates]
    notes = tuple(_lacking(templates, cells, apart))
    long = set() if max_characters is None else set().union(*(_cut(texts, max_characters) for texts in apart))
    repaired = tuple(repairs(texts) if fix_encoding else {} for texts in apart)
    for texts, those in zip(apart, repaired, strict=True):
        for position, whole in those.items():
            texts[position] = whole
    return Texts(apart, repaired, sorted(long), notes)


def _cut(texts: list[str], most: int) -> list[int]:
    """Cuts what is longer than so many characters; returns where that was."""
    long = []
    for position, string in enumerate(texts):
        texts[position] = beginning(string, most)
        if len(texts[position]) < len(string):
            long.append(position)
    return long


def _lacking(
    texts: Sequence[Template], cells: dict[str, list[str]], made: Sequence[Sequence[str]]
) -> Iterator[Message]:
    """Says in how many rows a part of the text is missing; those without any text are told of elsewhere."""
    if len(texts) == 1 and texts[0].is_plain:
        return
    has_text = [not all(map(shows_nothing, row)) for row in zip(*made, strict=True)]
    for template in texts:
        for name in dict.fromkeys(template.columns):
            n = sum(has and shows_nothing(cell) for has, cell in zip(has_text, cells[name], strict=True))
            if n:
                yield _left_empty(template, name, n)


def _left_empty(template: Template, name: str, n: int) -> Message:
    if template.is_plain:
        return Message(
            '{n:,} row has nothing in "{column}": its other text is read alone',
            '{n:,} rows have nothing in "{column}": their other text is read alone',
            n=n,
            column=name,
        )
    return Message(
        '{n:,} row has nothing in "{column}": its place in the text stays empty',
        '{n:,} rows have nothing in "{column}": its place in their texts stays empty',
        n=n,
        column=name,
    )


def side_by_side(texts: Sequence[str]) -> str:
    """Returns the texts of a row as one, to be read by people; one that is empty leaves no trace."""
    return BESIDE.join(text for text in texts if text)
