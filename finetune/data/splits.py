"""How rows are divided into train, validation and test: labels in, row positions out. Reads no file.

A split is a function `(labels, validation_fraction, test_fraction, seed) -> Split`; add one by writing it and
adding a row to `SPLITS`, or name your own as `package.module:function`.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ConfigError, DataError

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Positions of the rows of each part, each sorted; together every row exactly once."""

    train: Positions
    validation: Positions
    test: Positions


SplitFunction = Callable[[Sequence[str], float, float, int], Split]


def check_fractions(validation_fraction: float, test_fraction: float) -> None:
    """Refuses fractions that leave nothing to train on.

    Raises:
        ConfigError: if a fraction is outside [0, 1) or both leave no training rows.
    """
    total = validation_fraction + test_fraction
    if min(validation_fraction, test_fraction) < 0 or total >= 1:
        raise ConfigError(
            f"validation_fraction {validation_fraction} and test_fraction {test_fraction} leave "
            f"{1 - total:.2f} of the rows for training. Each must be at least 0 and their sum below 1; "
            "0.1 and 0.1 are usual."
        )


def held_out(count: int, fraction: float) -> int:
    """Rows of a class of `count` rows that go to a part: rounded, and at least one when the part exists."""
    return max(1, round(count * fraction)) if fraction else 0


def stratified(labels: Sequence[str], validation_fraction: float, test_fraction: float, seed: int) -> Split:
    """Keeps the share of each class in every part, with at least one row of each class in each.

    Raises:
        DataError: if a class has fewer rows than there are parts.
    """
    check_fractions(validation_fraction, test_fraction)
    parts = 1 + (validation_fraction > 0) + (test_fraction > 0)
    counts = Counter(labels)
    small = {label: count for label, count in sorted(counts.items()) if count < parts}
    if small:
        listed = ", ".join(f'"{label}" ({count})' for label, count in list(small.items())[:10])
        raise DataError(
            f"{len(small)} of {len(counts)} classes have too few rows to be in each of the {parts} splits: "
            f"{listed}{', ...' if len(small) > 10 else ''}. Add rows to them, join them with another class, "
            "remove them, or give the splits as files (--data.validation_path, --data.test_path)."
        )
    codes = np.unique(np.asarray(labels, dtype=object).astype(str), return_inverse=True)[1]
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]  # [N] classes in turn, shuffled within
    chosen: dict[str, list[Positions]] = {"train": [], "validation": [], "test": []}
    for rows in np.split(by_class, np.cumsum(np.bincount(codes))[:-1]):
        validation = held_out(len(rows), validation_fraction)
        test = held_out(len(rows), test_fraction)
        while validation + test >= len(rows):  # rounding up must leave a row to learn from
            validation, test = (validation - 1, test) if validation > test else (validation, test - 1)
        chosen["validation"].append(rows[:validation])
        chosen["test"].append(rows[validation : validation + test])
        chosen["train"].append(rows[validation + test :])
    return Split(**{part: np.sort(np.concatenate(rows)) for part, rows in chosen.items()})


SPLITS: dict[str, SplitFunction] = {"stratified": stratified}
