"""Which of the texts train and which are held out, each once. Reads nothing."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetune.data.batching.batches import Integers
from finetune.data.reading.sums import Sums
from finetune.errors import ConfigError, DataError
from finetune.language.say import Message

MOST_HELD_OUT = 2000
"""Texts that are held out at most: their loss is known well enough by so many."""


@dataclass(frozen=True)
class Division:
    """Where each of N texts went.

    Attributes:
        kept: [N] whether a text is read: the first of those that are equal, and none that is left out.
        held_out: [K] which of those that are kept are held out, to validate.
        left_out: How many are left out, for they are held out elsewhere.
        equal: How many repeat one that is kept.
    """

    kept: NDArray[np.bool_]
    held_out: NDArray[np.bool_]
    left_out: int
    equal: int

    @property
    def texts(self) -> Integers:
        """The numbers of the texts that are kept. [K]"""
        return np.flatnonzero(self.kept)

    def fingerprint(self, digest: str) -> str:
        """Returns a hash of texts that have such a digest, and of where they went."""
        found = hashlib.sha256(digest.encode())
        for each in (self.kept, self.held_out):
            found.update(np.packbits(each).tobytes())
        return found.hexdigest()[:16]


def check_fraction(fraction: float) -> None:
    """Refuses a share of texts to hold out that leaves nothing of one side.

    Raises:
        ConfigError: It does.
    """
    if not 0 < fraction < 1:
        raise ConfigError(
            "validation_fraction is {value}: it must be more than 0 and less than 1; 0.05 is usual.",
            value=str(fraction),  # as it is typed, whatever the reader's decimal mark
        )


def divide(sums: Sums, left_out: Sums, *, fraction: float, seed: int, source: object) -> Division:
    """Divides texts by their sums.

    Args:
        sums: [N] the sum of each; those of equal texts are equal.
        left_out: Sums of texts that are not to be read.
        fraction: Share of the texts that are held out.
        seed: Seed of the choice.
        source: What the texts are called.

    Raises:
        DataError: There are too few to train on some and hold out others.
    """
    first = np.zeros(len(sums), dtype=bool)
    first[np.unique(sums, return_index=True)[1]] = True
    out = np.isin(sums, left_out)
    kept = first & ~out
    count = int(kept.sum())
    if count < 2:
        raise _too_few(source, count, left_out=int(out.sum()), equal=int((~first & ~out).sum()))
    many = min(max(1, round(count * fraction)), MOST_HELD_OUT, count - 1)
    held_out = np.zeros(count, dtype=bool)
    held_out[np.random.default_rng(seed).choice(count, size=many, replace=False)] = True
    return Division(kept, held_out, int(out.sum()), int((~first & ~out).sum()))


def _too_few(source: object, count: int, *, left_out: int, equal: int) -> DataError:
    less = [
        Message(
            "{n:,} that is held out by a labelled table",
            "{n:,} that are held out by a labelled table",
            n=left_out,
        ),
        Message("{n:,} that repeats another", "{n:,} that repeat another", n=equal),
    ]
    return DataError(
        "{source}: {n:,} text is left ({left_out}, {equal}), and two are needed: one to learn from, one to hold out. "
        "Give more, one in each line.",
        "{source}: {n:,} texts are left ({left_out}, {equal}), and two are needed: one to learn from, one to hold out. "
        "Give more, one in each line.",
        n=count,
        source=source,
        left_out=less[0],
        equal=less[1],
    )
