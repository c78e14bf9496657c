"""How rows are divided into parts or folds: classes, bundles and moments in, row positions out. Reads no file.

A split is a function `(rows, shares, seed) -> number of each row's part`; add one by writing it and adding a row
to `SPLITS`, or name your own as `package.module:function`. Three parts and folds both come out of it.
"""

import inspect
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.data.dividing.divisible import Divisible, Numbers
from finetune.data.dividing.small_classes import refuse_small_classes
from finetune.data.dividing.stratified import stratified
from finetune.errors import ConfigError, DataError
from finetune.language.numbers import rows as so_many_rows
from finetune.language.say import Message

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Positions of the rows of each part, each sorted; together every row exactly once."""

    train: Positions
    validation: Positions
    test: Positions


SplitFunction = Callable[[Divisible, Sequence[float], int], Numbers]


def by_time(rows: Divisible, shares: Sequence[float], seed: int) -> Numbers:
    """Cuts the rows in the order of their moments: the first part is the oldest. Nothing is left to the seed.

    A bundle counts at the moment of its latest row: a text seen again today belongs to today's rows, else an older
    part would know it.

    Raises:
        DataError: if the rows have no moments, or fewer different ones than there are parts.
    """
    if rows.times is None:
        raise DataError(
            "a split by time needs a column of dates or numbers: name it with --data.time_column."
        )
    wanted = np.flatnonzero(np.asarray(shares) > 0)
    latest = pd.Series(rows.times).groupby(rows.bundle).transform("max").to_numpy()
    values, moment, count = np.unique(latest, return_inverse=True, return_counts=True)
    if len(values) < len(wanted):
        raise DataError(
            "the rows have {n:,} different moment, too few for {parts} parts one after the other (rows that hang "
            "together, by an equal text or group, count at their latest moment). "
            "Name a finer column with --data.time_column, or ask for fewer parts.",
            "the rows have {n:,} different moments, too few for {parts} parts one after the other (rows that hang "
            "together, by an equal text or group, count at their latest moment). "
            "Name a finer column with --data.time_column, or ask for fewer parts.",
            n=len(values),
            parts=len(wanted),
        )
    before = np.cumsum(count)[:-1]  # rows before each place to cut, one between any two moments
    ideal = np.cumsum(np.asarray(shares)[wanted])[:-1] * len(latest)
    cuts: list[int] = []
    for number, rows_before in enumerate(ideal, 1):
        lowest = cuts[-1] + 1 if cuts else 0
        highest = len(before) - (len(ideal) - number)  # leaves each later part a moment
        cuts.append(lowest + int(np.abs(before[lowest:highest] - rows_before).argmin()))
    return wanted[np.searchsorted(cuts, moment)]


SPLITS: dict[str, SplitFunction] = {"stratified": stratified, "by_time": by_time}

ORDERED = frozenset({by_time})
"""Splits whose later parts may not teach the earlier ones: their folds train on what was before alone."""


# ---- what is made of them -------------------------------------------------------------------------------------


def divide(
    rows: Divisible, *, validation_fraction: float, test_fraction: float, seed: int, split: SplitFunction
) -> Split:
    """Divides rows into train, validation and test.

    Raises:
        ConfigError: if the fractions leave nothing to train on, or a split of the user's own breaks its contract.
        DataError: if the rows cannot be divided so: too small classes, too large bundles, too few moments.
    """
    check_fractions(validation_fraction, test_fraction)
    shares = (1 - (validation_fraction + test_fraction), validation_fraction, test_fraction)
    if split is stratified and rows.small_is_refused:
        refuse_small_classes(rows.labels, sum(share > 0 for share in shares))
    part = _part_of_each(rows, shares, seed, split)
    return Split(*(np.flatnonzero(part == number) for number in range(3)))


def folds(
    rows: Divisible, *, count: int, seed: int, split: SplitFunction
) -> list[tuple[Positions, Positions]]:
    """Returns the rows to train on and those held out, of each fold.

    Every row is held out once; but where time orders the rows, the oldest never are, and each fold trains on all
    that is older than what it holds out.

    Raises:
        ConfigError: if there are fewer than two folds, or a split of the user's own breaks its contract.
        DataError: if there are fewer bundles or moments than folds need.
    """
    if count < 2:
        raise ConfigError(
            "{n} fold cannot be made: each is held out once, so give 2 or more.",
            "{n} folds cannot be made: each is held out once, so give 2 or more.",
            n=count,
        )
    if split in ORDERED:
        part = _part_of_each(rows, [1 / (count + 1)] * (count + 1), seed, split)
        return [(np.flatnonzero(part < one), np.flatnonzero(part == one)) for one in range(1, count + 1)]
    part = _part_of_each(rows, [1 / count] * count, seed, split)
    return [(np.flatnonzero(part != one), np.flatnonzero(part == one)) for one in range(count)]


def check_fractions(validation_fraction: float, test_fraction: float) -> None:
    """Refuses fractions that leave nothing to train on.

    Raises:
        ConfigError: if a fraction is outside [0, 1) or both leave no training rows.
    """
    total = validation_fraction + test_fraction
    if min(validation_fraction, test_fraction) < 0 or total >= 1:
        raise ConfigError(
            "validation_fraction {validation} and test_fraction {test} leave {rest:.2f} of the rows for training. "
            "Each must be at least 0 and their sum below 1; 0.1 and 0.1 are usual.",
            validation=str(validation_fraction),  # as it is typed, whatever the reader's decimal mark
            test=str(test_fraction),
            rest=1 - total,
        )


def _part_of_each(rows: Divisible, shares: Sequence[float], seed: int, split: SplitFunction) -> Numbers:
    """The part of each row, as a split gives it; checked, for it may be the user's own. [N]"""
    parts = sum(share > 0 for share in shares)
    if parts == 1:  # all of them train: moments, for one, are not asked for
        return np.zeros(len(rows.labels), dtype=np.int64)
    sizes = np.unique(rows.bundle, return_counts=True)[1]
    if len(sizes) < parts:
        if sizes.max() == 1:
            raise DataError(
                "{n:,} row cannot be divided into {parts} parts: ask for fewer.",
                "{n:,} rows cannot be divided into {parts} parts: ask for fewer.",
                n=len(rows.labels),
                parts=parts,
            )
        raise DataError(
            "{rows:,} rows cannot be divided into {parts} parts: {together:,} of them hang together, by an equal "
            "text or group, also through other rows, and must stay in one part; there is {n:,} such bundle in all. "
            "Delete texts that are repeated in several groups, leave --data.group_column out, or ask for fewer "
            "parts.",
            "{rows:,} rows cannot be divided into {parts} parts: {together:,} of them hang together, by an equal "
            "text or group, also through other rows, and must stay in one part; there are {n:,} such bundles in "
            "all. Delete texts that are repeated in several groups, leave --data.group_column out, or ask for "
            "fewer parts.",
            n=len(sizes),
            rows=len(rows.labels),
            parts=parts,
            together=int(sizes.max()),
        )
    name = getattr(split, "__name__", repr(split))
    try:
        inspect.signature(split).bind(rows, shares, seed)
    except TypeError as error:
        raise ConfigError(
            'the split "{name}" cannot be called as split(rows, shares, seed) (Python said: {text}): it has to take '
            "the rows (labels, bundle, times), the share of each part, and a seed.",
            name=name,
            text=str(error),
        ) from error
    answer = split(rows, shares, seed)
    try:
        part = np.asarray(answer)
    except ValueError:  # no rectangle: the positions of each part, perhaps
        part = np.asarray(None)
    wrong = _broken(part, len(rows.labels), shares)
    if wrong:
        raise ConfigError(
            'the split "{name}" gave a {kind}: {wrong}. It must give each of the {rows:,} rows the number of its '
            "part, 0 to {last}, and rows to those parts alone that have a share ({shares}).",
            name=name,
            kind=type(answer).__name__,
            wrong=wrong,
            rows=len(rows.labels),
            last=len(shares) - 1,
            shares=", ".join(f"{share:.3g}" for share in shares),
        )
    return part.astype(np.int64)


def _broken(part: NDArray[np.generic], rows: int, shares: Sequence[float]) -> Message | None:
    """What is wrong with the parts that a split gave; None if nothing is."""
    if part.shape != (rows,) or part.dtype.kind not in "iu":
        return Message(
            "as an array it is {kind} of shape {shape}", kind=str(part.dtype), shape=str(part.shape)
        )
    counts = Counter(part.tolist())
    if not counts.keys() <= set(range(len(shares))):
        return Message("its numbers go from {lowest} to {highest}", lowest=min(counts), highest=max(counts))
    for number, share in enumerate(shares):
        if (counts[number] > 0) != (share > 0):
            return Message(
                "part {number}, whose share is {share:.3g}, has {rows}",
                number=number,
                share=share,
                rows=so_many_rows(counts[number]),
            )
    return None
