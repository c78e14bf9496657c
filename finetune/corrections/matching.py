"""Which row of a table that is known a row of another one is: by its text, and of equal texts by its line."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field

from finetune.corrections.row import Row, keys_of

OF_IT = 0.5
"""Share of rows whose text stands in a table from which on they are known to be its rows."""

CUT = "…"
"""Ends a text that a cell of a workbook could not hold whole."""

LONG = 4_000
"""Letters from which on it may be one: a cell holds 32,767, of which a sign may take seven."""

LIKE = 0.6
"""How alike a text has to be to the one at its line to be that text, changed (difflib's ratio)."""


@dataclass(frozen=True)
class Known:
    """The rows of a table, to be found again.

    Attributes:
        rows: [N].
    """

    rows: Sequence[Row]
    by_key: dict[str, list[Row]] = field(default_factory=dict)
    by_line: dict[int, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row, key in zip(self.rows, keys_of([row.texts for row in self.rows]), strict=True):
            self.by_key.setdefault(key, []).append(row)
            if row.line:
                self.by_line.setdefault(row.line, []).append(row)

    def same(self, key: str, texts: Sequence[str], *, line: int) -> Row | None:
        """Returns the row with these texts, of several the one at this line; None where there is none.

        Args:
            key: That of the texts.
            texts: They.
            line: Where they stand; 0 where it is not known.
        """
        at = self.by_line.get(line, [])
        found = self.by_key.get(key) or [row for row in at if _is_cut_of(texts, row.texts)]
        return next((row for row in found if row.line == line), found[0] if found else None)

    def share(self, keys: Sequence[str]) -> float:
        """Returns the share of keys that stand in the table."""
        return sum(key in self.by_key for key in keys) / max(1, len(keys))


def _is_cut_of(texts: Sequence[str], whole: Sequence[str]) -> bool:
    return len(texts) == len(whole) and all(
        text == other
        or (len(text) > LONG and text.endswith(CUT) and other.startswith(text.removesuffix(CUT)))
        for text, other in zip(texts, whole, strict=True)
    )


def is_like(texts: Sequence[str], others: Sequence[str]) -> bool:
    """Returns whether texts are nearly others, so that they may be these, changed."""
    return (
        difflib.SequenceMatcher(None, " ".join(texts)[:2000], " ".join(others)[:2000], autojunk=False).ratio()
        >= LIKE
    )
