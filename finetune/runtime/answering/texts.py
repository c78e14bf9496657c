"""The texts of rows as the model was trained on them: made of columns, cut, repaired. Reads no file."""

from collections.abc import Sequence
from typing import Any

from .cells import string
from .columns import Known, Template, found_by_name, has_all, parsed, resolved
from .invisible import beginning, shows_nothing
from .mojibake import mended
from .said import tell
from .table import Row, Table

BESIDE = " | "
"""What stands between two texts where counted words want one."""

Texts = tuple[str, ...]
"""The text of a row, or both."""


class Making:
    """How texts are made, as the folder's description has it.

    Args:
        described: The description.
        text: The column of the texts, where it has another name; then no template holds.
        pair: That of the second texts.

    Attributes:
        of_pairs: Whether a row has two texts.
    """

    def __init__(
        self, described: dict[str, Any], *, text: str | None = None, pair: str | None = None
    ) -> None:
        columns = described["columns"]
        template = columns["template"] if text is None else None
        one = [
            Template((name,)) if name else None for name in (text or columns["text"], pair or columns["pair"])
        ]
        self._first = one[0] if template is None else parsed(template)
        self._second = one[1] if described["pair"] else None
        self._known: Known = columns["known"]
        self._repairs: bool = described["repairs"]
        self._most: int | None = described["max_characters"]
        self.of_pairs: bool = described["pair"]

    def fits(self, names: Sequence[str]) -> bool:
        """Whether a header has the columns that texts are made of."""
        wanted = [name for each in (self._first, self._second) if each for name in each.columns]
        return has_all(names, wanted, self._known)

    def of_table(self, table: Table, path: object) -> "Made":
        """Returns how the texts of a table's rows are made.

        Raises:
            Refused: A column is not there.
        """
        second = [] if self._second is None else [resolved(self._second, table.names, path)]
        taken = {name for each in second for name in each.columns}
        first = (
            found_by_name([name for name in table.names if name not in taken], self._known, path)
            if self._first is None
            else resolved(self._first, table.names, path)
        )
        return Made(self, table, [first, *second])

    def seen(self, texts: Sequence[str]) -> Texts:
        """Returns texts as the model reads them."""
        cut = (beginning(text, self._most) for text in texts)
        return tuple(mended(text) if self._repairs else text for text in cut)


class Made:
    """How the texts of the rows of one table are made."""

    def __init__(self, making: Making, table: Table, templates: Sequence[Template]) -> None:
        self.making, self.table, self.templates = making, table, templates
        self.places = [[table.names.index(name) for name in template.columns] for template in templates]

    def of(self, row: Row, number: int) -> Texts | None:
        """Returns the text of a row, or both; None where it has none to answer.

        Raises:
            Refused: A cell holds no single value.
        """
        return None if self.table.repeats_header(row) else self.of_one(row, number)

    def of_one(self, row: Row, number: int) -> Texts | None:
        """Returns the same of a row that is none of a table, and may say what its columns are called."""
        place = tell("line {line}", line=number)
        filled = [
            template.filled([string(row[at], place) for at in places])
            for template, places in zip(self.templates, self.places, strict=True)
        ]
        texts = self.making.seen(filled)
        return None if shows_nothing(together(texts)) else texts


def together(texts: Texts) -> str:
    """Returns the texts of a row as one; one that is empty leaves no trace."""
    return texts[0] if len(texts) == 1 else BESIDE.join(text for text in texts if text)
