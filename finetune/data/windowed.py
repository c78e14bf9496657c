"""The batches of a table in windows: each window by one process, sorted by length within. Tokenises none itself.

Where there are several processes they go through the windows in rounds, a window each. All have as many batches in a
round, of which those without a row make up for what is missing: processes that share out one network step together.

    windows       0 1 2 3 4, of which 1 is done already
    two processes take, round by round,    0 2    3 4
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from finetune.data.batching.batches import MicroBatch
from finetune.data.batching.loader import Batches, Collated
from finetune.data.batching.part import Part
from finetune.data.reading.table import Table
from finetune.data.windows import Windows
from finetune.tasks.batch import FILLER, Batch
from finetune.tasks.gather import of_all


@dataclass(frozen=True)
class Round:
    """A window of each process.

    Attributes:
        number: The window of this process; None where there was none left for it.
        table: Its rows.
        first: The position in the whole table of the first of them.
        cut: Of how many rows the network reads the beginning alone.
        batches: How many this process has.
    """

    number: int | None
    table: Table | None
    first: int
    cut: int
    batches: int


class WindowBatches:
    """This process's batches, which nobody can count before they were made: Lightning takes it as it is.

    Args:
        windows: The table.
        todo: The windows that are asked for, in rising order.
        tokenized: Gives a window with its tokens, of the place of its first row.
        batches: Gives the batches of its rows.
        filler: Gives a row that does not count, and how it is cut.
        rank: This process's rank.
        world_size: Number of ranks.
    """

    def __init__(
        self,
        windows: Windows,
        todo: Sequence[int],
        *,
        tokenized: Callable[[Table, int], Part],
        batches: Callable[[Part], Batches],
        filler: Callable[[], Collated],
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self.windows = windows
        self.todo = list(todo)
        self.tokenized = tokenized
        self.batches = batches
        self.filler = filler
        self.rank = rank
        self.world_size = world_size
        self.rounds: deque[Round] = deque()
        """Those that were begun, and whose answers nobody has fetched yet."""

    def __iter__(self) -> Iterator[Batch]:
        self.rounds.clear()
        tables = self._tables(set(self.todo[self.rank :: self.world_size]))
        for start in range(self.rank, len(self.todo) + self.rank, self.world_size):
            number = self.todo[start] if start < len(self.todo) else None
            yield from self._round(number, None if number is None else next(tables))

    def _tables(self, numbers: set[int]) -> Iterator[Table]:
        if numbers:
            for number, table in enumerate(self.windows.each()):
                if number in numbers:
                    yield table

    def _round(self, number: int | None, table: Table | None) -> Iterator[Batch]:
        first = 0 if number is None else self.windows.first_row(number)
        part = None if table is None or not len(table.row) else self.tokenized(table, first)
        batches = None if part is None else self.batches(part)
        # at least one, by which it is seen that the round has ended
        count = max(of_all(1 if batches is None else len(batches)))
        cut = (
            0 if batches is None else int((batches.data.part.tokens.lengths > batches.data.max_length).sum())
        )
        self.rounds.append(Round(number, table, first, cut, count))
        missing = count
        if batches is not None:
            missing -= len(batches)
            yield from batches
        if missing:
            filler = self.filler()[MicroBatch(np.array([FILLER], dtype=np.int64), 0)]
            yield from (filler for _ in range(missing))
