"""A text of several columns, as `{estado} | {cultura}: {texto}`. Finds names and puts cells in; formats nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from finetune.data.reading.chosen_columns import Told, given_column
from finetune.data.reading.column_hints import meant
from finetune.data.reading.invisible import shows_nothing
from finetune.errors import ConfigError, DataError
from finetune.language.lists import one_of, quoted
from finetune.language.say import Message

PIECE = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<name>[^{}]*)\}|(?P<alone>[{}])|(?P<between>[^{}]+)")

MIDNIGHT = re.compile(r"(?<=^[0-9]{4}-[0-9]{2}-[0-9]{2})[ T]00:00:00$")
"""What a workbook's day has as a moment."""

FORMATTING = set(".[]!:")
"""What Python's own templates give a meaning to. A column may have them in its name: then it is that very one."""


@dataclass(frozen=True)
class Template:
    """How a text is made of columns.

    Attributes:
        columns: Their names, in the order in which they stand.
        between: What stands before, between and behind them: one more.
    """

    columns: tuple[str, ...]
    between: tuple[str, ...] = ("", "")

    @property
    def is_plain(self) -> bool:
        """Whether it is but the cell of one column."""
        return len(self.columns) == 1 and not any(self.between)

    def filled(self, cells: Sequence[Sequence[str]]) -> list[str]:
        """Returns the text of each row; "" where none of its cells holds anything.

        Args:
            cells: Those of each column, without outer blanks. [columns, N]
        """
        if self.is_plain:
            return list(cells[0])
        return ["" if all(map(shows_nothing, row)) else self._of(row) for row in zip(*cells, strict=True)]

    def _of(self, row: Sequence[str]) -> str:
        days = (MIDNIGHT.sub("", cell) for cell in row)
        rest = (piece for pair in zip(days, self.between[1:], strict=True) for piece in pair)
        return "".join((self.between[0], *rest)).strip()


def column(name: str) -> Template:
    """Returns a text that is the cell of a column."""
    return Template((name,))


def parsed(template: str) -> Template:
    """Returns what a template says, its columns as they are named there.

    Raises:
        ConfigError: It names no column, or a brace has no other one.
    """
    between, names = [""], []
    for piece in PIECE.finditer(template):
        if piece["alone"]:
            raise ConfigError(
                '--data.template "{template}": the brace at character {place} stands alone. Columns stand between '
                "braces, as in {example}; a brace of the text is written twice.",
                template=template,
                place=piece.start() + 1,
                example=EXAMPLE,
            )
        if piece["name"] is None:
            between[-1] += piece["between"] or piece["brace"][0]
            continue
        names.append(piece["name"].strip())
        between.append("")
    if not names or not all(names):
        raise ConfigError(
            '--data.template "{template}" has braces without a name between them. Write the names of columns there, as '
            "in {example}."
            if names
            else '--data.template "{template}" names no column. Write their names between braces, as in {example}.',
            template=template,
            example=EXAMPLE,
        )
    return Template(tuple(names), tuple(between))


EXAMPLE = "{estado} | {cultura}: {texto}"


def resolved(template: Template, names: list[str], source: Told) -> Template:
    """Returns a template with its columns as a table names them.

    Raises:
        DataError: if a column is not there, or what stands between braces is no name.
    """
    return Template(tuple(_named(names, wanted, source) for wanted in template.columns), template.between)


def _named(names: list[str], wanted: str, source: Told) -> str:
    if wanted in names or not FORMATTING & set(wanted):
        return given_column(names, wanted, source, "template")
    near = meant(names, wanted)
    raise DataError(
        '{source}: "{wanted}" (--data.template) is no column, and only the name of one may stand between braces, '
        "without anything to format it; the columns are {names}{hint}",
        source=source,
        wanted=wanted,
        names=quoted(names),
        hint=Message("; did you mean {near}?", near=one_of(near)) if near else "",
    )
