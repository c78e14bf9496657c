"""A row that somebody may say something of, and the key by which equal texts are known. Reads no table."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from finetune.data.reading.folding import column, folded

TRAIN, VALIDATION, TEST, NEW = "train", "validation", "test", "new"
"""What a row is to the run: a part of its own table, or a row of any other."""


@dataclass(frozen=True)
class Row:
    """A row that somebody may say something of.

    Attributes:
        texts: As the model reads them: one, or the two of a pair.
        cells: What stands in its text columns, by column, as the table has them.
        source: The table as the user names it; "" where it is not known.
        position: From 0 in that table; -1 where it is not known.
        line: As a spreadsheet counts; 0 where it is not known.
        given: Its label in that table as its task writes it; None where it has none.
        part: `TRAIN`, `VALIDATION` or `TEST` of the run's own table, `NEW` for any other.
    """

    texts: tuple[str, ...]
    cells: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    position: int = -1
    line: int = 0
    given: str | None = None
    part: str = NEW

    @property
    def key(self) -> str:
        """By what rows of equal texts are known."""
        return key_of(self.texts)


def key_of(texts: Sequence[str]) -> str:
    """Returns a sum of the texts of a row: the same where they differ by case, blanks and punctuation alone."""
    return keys_of([texts])[0]


def keys_of(rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns the same of many rows. [N]"""
    flat = folded(column([text for texts in rows for text in texts])).to_pylist()
    keys, at = [], 0
    for texts in rows:
        content = json.dumps(flat[at : at + len(texts)]).encode()
        keys.append(hashlib.blake2b(content, digest_size=16).hexdigest())
        at += len(texts)
    return keys
