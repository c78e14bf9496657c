"""All texts that are to be read, as numbers: where each stands, a sum of its words, its segments. Keeps no text.

Each source is gone through once for that, and again where texts are asked for.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from finetune.data.asked import Reading, Source
from finetune.data.batching.batches import Integers
from finetune.data.domain.sources import WINDOW, open_texts
from finetune.data.reading.sums import Sums, sums_of_words
from finetune.data.reading.table import Table
from finetune.data.windows import Windows
from finetune.errors import DataError
from finetune.language.lists import SHOWN, listed
from finetune.language.say import AnyMessage, joined

SEGMENT = 20_000
"""Letters that are tokenised as one: so many tokens are in memory that even books side by side are."""

Tell = Callable[[AnyMessage], None]
"""Takes what the user should know."""


@dataclass(frozen=True)
class Texts:
    """The texts of several sources, in their order.

    Attributes:
        windows: The sources, each as a table in windows.
        source: [N] which of them each text is of.
        row: [N] its position there.
        sums: [N] a sum of its words: equal texts have equal ones.
        segments: [N] in how many segments it is tokenised.
        digest: A hash of all of them as they are read.
    """

    windows: list[Windows]
    source: Integers
    row: Integers
    sums: Sums
    segments: Integers
    digest: str

    def __len__(self) -> int:
        return len(self.row)

    @property
    def rows(self) -> int:
        """Rows of the sources, those without a text, too."""
        return sum(each.rows for each in self.windows)

    @property
    def long(self) -> int:
        """Texts of which only the beginning is read."""
        return sum(len(each.whole.long) for each in self.windows)

    def each(self, wanted: NDArray[np.bool_]) -> Iterator[tuple[int, str]]:
        """Gives some of the texts with their numbers, a window at a time; `wanted` says which. [N]

        Raises:
            DataError: A source was changed meanwhile.
        """
        last = int(np.flatnonzero(wanted)[-1]) if wanted.any() else -1
        first = 0
        for windows in self.windows:
            for table in windows.each():
                if first > last:
                    return
                some = np.flatnonzero(wanted[first : first + len(table.row)])
                yield from zip((some + first).tolist(), table.texts(some), strict=True)
                first += len(table.row)
        if first != len(self):
            raise DataError(
                "{source}: the texts were changed while they were read: there were {before:,}, and now there are "
                "{now:,}. Give the command again when nothing writes to them",
                source=joined([each.source for each in self.windows], ", "),
                before=len(self),
                now=first,
            )

    def where(self, numbers: Integers) -> AnyMessage:
        """Where texts stand: "textos.txt, lines 3, 19 and 44"; of several sources one behind the other."""
        told = []
        for number in np.unique(self.source[numbers]).tolist():
            rows = np.unique(self.row[numbers[self.source[numbers] == number]])
            told.append(self.windows[number].whole.where_all(rows.tolist()))
        return joined(told, "; ")


@dataclass
class _Seen:
    """What is seen of the texts as they go by."""

    sources: int = 0
    source: list[Integers] = field(default_factory=list)
    row: list[Integers] = field(default_factory=list)
    sums: list[Sums] = field(default_factory=list)
    segments: list[Integers] = field(default_factory=list)
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    unsummed: list[str] = field(default_factory=list)

    def take(self, table: Table, first: int) -> None:
        texts = table.texts(slice(None))
        self.source.append(np.full(len(texts), self.sources, dtype=np.int64))
        self.row.append(table.row.astype(np.int64) + first)
        self.segments.append(np.array([count_of_segments(text) for text in texts], dtype=np.int64))
        for text in texts:
            raw = text.encode("utf-8", "surrogatepass")
            self.digest.update(len(raw).to_bytes(8, "little"))
            self.digest.update(raw)
        self.unsummed += texts
        if len(self.unsummed) >= WINDOW:
            self.sum()

    def sum(self) -> None:
        """Takes the sums of those that have none yet: those of many small files at once."""
        self.sums.append(sums_of_words(self.unsummed))
        self.unsummed = []


def go_through(sources: list[Source], reading: Reading, tell: Tell) -> Texts:
    """Goes through all sources once.

    Raises:
        DataError: One cannot be used as it is.
    """
    seen, windows = _Seen(), []
    said: dict[str, tuple[AnyMessage | str, list[str]]] = {}
    for source in sources:
        for unseen in open_texts(source, reading, one_of_several=len(sources) > 1, look=seen.take):
            windows.append(unseen.seen())
            seen.sources += 1
            for note in windows[-1].whole.notes:
                said.setdefault(str(note), (note, []))[1].append(windows[-1].source)
    seen.sum()
    for note, names in said.values():  # of a thousand files it is said once
        tell(joined([listed(names, most=SHOWN), note], ": "))
    return Texts(
        windows,
        np.concatenate(seen.source),
        np.concatenate(seen.row),
        np.concatenate(seen.sums),
        np.concatenate(seen.segments),
        seen.digest.hexdigest(),
    )


def segments(text: str) -> Iterator[str]:
    """Gives a text in segments of at most so many letters, cut at blanks where there are some."""
    start = 0
    while len(text) - start > SEGMENT:
        blank = text.rfind(" ", start + SEGMENT // 2, start + SEGMENT)
        end = blank if blank > 0 else start + SEGMENT
        yield text[start:end]
        start = end
    yield text[start:]


def count_of_segments(text: str) -> int:
    """Returns how many segments a text has."""
    return 1 if len(text) <= SEGMENT else sum(1 for _ in segments(text))
