"""Rows into micro-batches: lengths, order, padding. Knows nothing of files, tokenizers or Lightning.

What a batch is, and how a step is cut into micro-batches: see the batch contract, `finetune/tasks/batch.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ConfigError
from finetune.language.numbers import rows as so_many_rows
from finetune.language.say import Message
from finetune.tasks.batch import FILLER

Integers = NDArray[np.int64]

POOL_STEPS = 50
"""Steps whose rows are sorted by length together: enough to pad little, few enough to keep the order random."""


@dataclass(frozen=True)
class MicroBatch:
    """Positions of the rows of one micro-batch (`FILLER` where none is left), and the rows of its whole step."""

    positions: Integers
    step_rows: int


def round_up(length: int, multiple: int) -> int:
    """Returns the smallest multiple of `multiple` that is not below `length`."""
    return -(-length // multiple) * multiple


def balanced_cuts(lengths: Sequence[int], parts: int, pad_to: int) -> list[int]:
    """Cuts rows sorted by falling length into `parts` runs so that the largest padded run is as small as can be.

    Args:
        lengths: Lengths in tokens, falling. At least `parts` of them.
        parts: How many runs; none is empty.
        pad_to: Each run is padded to its first length, rounded up to this multiple.

    Returns:
        The end of each run.
    """
    if parts == 1:
        return [len(lengths)]
    padded = [round_up(length, pad_to) for length in lengths]

    def cut(limit: int) -> list[int]:
        ends: list[int] = []
        start = 0
        for part in range(parts):
            most = max(1, limit // padded[start])
            end = min(start + most, len(lengths) - (parts - part - 1))
            ends.append(end)
            start = end
        return ends

    low, high = padded[0], padded[0] * len(lengths)
    while low < high:
        middle = (low + high) // 2
        if cut(middle)[-1] == len(lengths):
            high = middle
        else:
            low = middle + 1
    return cut(low)


class StepSampler:
    """Yields this rank's micro-batches of one epoch; the same steps whatever the number of ranks.

    Args:
        lengths: [N] Tokens of each row.
        effective_batch_size: Rows of each optimizer step.
        accumulation: Micro-batches of each step on each rank.
        world_size: Number of ranks.
        rank: This process's rank.
        seed: Seed of the order; the epoch is added to it.
        pad_to: Multiple to which a batch's length is rounded up.
        sample: How many steps to take, in even distances from the shortest to the longest; all of them when None.
        together: Rows of a step that stay in one micro-batch, for a loss that holds them against each other: a step is
            cut between groups of so many alone, in falling length.
    """

    def __init__(
        self,
        lengths: Integers,
        *,
        effective_batch_size: int,
        accumulation: int = 1,
        world_size: int = 1,
        rank: int = 0,
        seed: int = 0,
        pad_to: int = 8,
        sample: int | None = None,
        together: int = 1,
    ) -> None:
        if -(-effective_batch_size // together) < accumulation * world_size:
            raise _too_few(effective_batch_size, accumulation, world_size, together)
        self.lengths = np.asarray(lengths, dtype=np.int64)
        self.effective_batch_size = effective_batch_size
        self.accumulation = accumulation
        self.world_size = world_size
        self.rank = rank
        self.seed = seed
        self.pad_to = pad_to
        self.sample = sample
        self.together = together
        self.epoch = 0

    @property
    def steps(self) -> int:
        """Optimizer steps of a pass."""
        whole = -(-len(self.lengths) // self.effective_batch_size)
        return whole if self.sample is None else min(self.sample, whole)

    def __len__(self) -> int:
        return self.steps * self.accumulation

    def set_epoch(self, epoch: int) -> None:
        """Chooses the order of the next pass; Lightning calls it before each epoch."""
        self.epoch = epoch

    def order(self) -> list[Integers]:
        """Returns the rows of each step of this epoch, each step's in falling length."""
        random = np.random.default_rng([self.seed, self.epoch])
        rows = random.permutation(len(self.lengths))
        size = self.effective_batch_size
        whole = len(rows) // size * size
        steps: list[Integers] = []
        for start in range(0, whole, size * POOL_STEPS):
            pool = rows[start : min(start + size * POOL_STEPS, whole)]
            pool = pool[np.argsort(-self.lengths[pool], kind="stable")]
            steps.extend(pool.reshape(-1, size))
        steps = [steps[i] for i in random.permutation(len(steps))]
        if whole < len(rows):
            rest = rows[whole:]
            steps.append(rest[np.argsort(-self.lengths[rest], kind="stable")])
        return steps

    def sampled(self) -> list[Integers]:
        """Returns the steps of this pass: all in their order, or a sample from the longest down and the shortest up.

        In turn, so that the first few of a sample span its range.
        """
        steps = self.order()
        if self.sample is None:
            return steps
        by_length = sorted(steps, key=self.tokens)
        places = np.linspace(0, len(steps) - 1, self.steps).round().astype(int).tolist()
        return [by_length[places.pop(0 if i % 2 else -1)] for i in range(self.steps)]

    def tokens(self, rows: Integers) -> int:
        """Returns the tokens of a step, padding not counted."""
        return int(self.lengths[rows].sum())

    def micro_batches(self, rows: Integers) -> list[Integers]:
        """Cuts one step's rows (falling length) into `accumulation x world_size` runs of about equal tokens."""
        parts = self.accumulation * self.world_size
        longest = self.lengths[rows[:: self.together]].tolist()  # of each group
        missing = max(0, parts - len(longest))
        ends = balanced_cuts(longest, parts - missing, self.pad_to)
        cuts = np.split(rows, [end * self.together for end in ends[:-1]])
        return cuts + [np.array([FILLER], dtype=np.int64)] * missing

    def __iter__(self) -> Iterator[MicroBatch]:
        for rows in self.sampled():
            mine = self.micro_batches(rows)[self.rank :: self.world_size]
            for positions in mine:
                yield MicroBatch(positions, len(rows))


def _too_few(rows: int, accumulation: int, world_size: int, together: int) -> ConfigError:
    """What is said where a step has fewer rows, or groups of them, than micro-batches."""
    micro_batches = Message("{n} micro-batch", "{n} micro-batches", n=accumulation)
    processes = Message(" on each of {n} processes", n=world_size) if world_size > 1 else ""
    if together == 1:
        return ConfigError(
            "an effective batch of {rows} cannot be cut into {micro_batches}{processes}: that takes "
            "{needed:,} rows. Raise --data.effective_batch_size, or cut steps into fewer micro-batches "
            "(--trainer.accumulate_grad_batches, --hardware_tier.accumulation).",
            rows=so_many_rows(rows),
            micro_batches=micro_batches,
            processes=processes,
            needed=accumulation * world_size,
        )
    return ConfigError(
        "an effective batch of {rows} cannot be cut into {micro_batches}{processes}: {together} rows at a time have to "
        "stay in one, so that it takes {needed:,} rows. Raise --data.effective_batch_size, or cut steps into fewer "
        "micro-batches (--trainer.accumulate_grad_batches, --hardware_tier.accumulation).",
        rows=so_many_rows(rows),
        micro_batches=micro_batches,
        processes=processes,
        together=together,
        needed=(accumulation * world_size - 1) * together + 1,
    )


class LengthSampler:
    """Yields every row exactly once over all ranks, longest first, in batches of at most `max_tokens`.

    The batches are formed before they are dealt to the ranks, so that they do not depend on how many there are;
    where they do not divide evenly, batches of one row that does not count (`FILLER`) make up for it.

    Args:
        lengths: [N] Tokens of each row.
        max_tokens: Padded tokens of a batch; a longer single row is a batch by itself.
        world_size: Number of ranks.
        rank: This process's rank.
        pad_to: Multiple to which a batch's length is rounded up.
    """

    def __init__(
        self, lengths: Integers, *, max_tokens: int, world_size: int = 1, rank: int = 0, pad_to: int = 8
    ) -> None:
        order = np.argsort(-np.asarray(lengths, dtype=np.int64), kind="stable")
        batches: list[MicroBatch] = []
        start = 0
        while start < len(order):
            size = max(1, max_tokens // round_up(int(lengths[order[start]]), pad_to))
            positions = order[start : start + size]
            batches.append(MicroBatch(positions, len(positions)))
            start += size
        while (
            len(batches) % world_size
        ):  # ranks step together: one that ended early would leave the others waiting
            batches.append(MicroBatch(np.array([FILLER], dtype=np.int64), 0))
        self.batches = batches[rank::world_size]

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[MicroBatch]:
        return iter(self.batches)
