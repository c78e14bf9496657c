"""Which rows a fold of a cross-validation trains on, validates on and holds out. How to cut is in `splits`."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from finetune.data.dividing.divisible import Divisible
from finetune.data.dividing.several import flat
from finetune.data.dividing.splits import Positions, Split, SplitFunction, divide, folds
from finetune.data.dividing.stratified import stratified
from finetune.errors import ConfigError


@dataclass(frozen=True)
class Fold:
    """One fold of several.

    Attributes:
        number: Which is held out, from 1.
        count: How many there are.
        seed: Of how the rows are cut into them.
    """

    number: int
    count: int
    seed: int


def chosen_fold(count: int | None, number: int | None, *, seed: int | None, split_seed: int) -> Fold | None:
    """Returns the fold that the parameters `folds`, `fold` and `fold_seed` name; None where they name none.

    Raises:
        ConfigError: if they do not fit together.
    """
    if count is None:
        given = f"fold {number}" if number is not None else f"fold_seed {seed}" if seed is not None else None
        if given is not None:
            raise ConfigError(
                "{given} is given, and not into how many folds the rows are cut: add folds, as in "
                "--data.folds 5 --data.fold 1. finetune crossval runs them all.",
                given=given,
            )
        return None
    if count < 2:
        raise ConfigError(
            "--data.folds is {count}: each is held out once and the others train, so give 2 or more.",
            count=count,
        )
    if number is None:
        raise ConfigError(
            "--data.folds is {count}, and not said which of them is held out: add --data.fold, from 1 to {count}. "
            "finetune crossval runs them all.",
            count=count,
        )
    if not 1 <= number <= count:
        raise ConfigError(
            "--data.fold is {number}: there are {count} folds, so give 1 to {count}.",
            number=number,
            count=count,
        )
    return Fold(number, count, split_seed if seed is None else seed)


def cut_fold(
    rows: Divisible, pool: Positions, fold: Fold, *, validation_fraction: float, split: SplitFunction
) -> Split:
    """Returns the positions in `rows` of a fold's parts: what it holds out is the test.

    Args:
        rows: Those of the table.
        pool: Positions of the rows that are cut into folds, sorted; the others are in no part.
        fold: Which one.
        validation_fraction: Share of the rows not held out to validate on; 0 where that has rows of its own.
        split: How to divide.

    Raises:
        DataError: if the rows cannot be divided so.
    """
    inside = some_of(rows, pool)
    rest, held_out = folds(inside, count=fold.count, seed=fold.seed, split=split)[fold.number - 1]
    stay = np.zeros(len(rest), dtype=bool)
    if split is stratified and validation_fraction > 0:
        # refused when the table is divided, but not here: another fold would go wrong after hours of training
        stay = with_the_rare(some_of(inside, rest))
    free = rest[~stay]
    cut = divide(
        some_of(inside, free),
        validation_fraction=validation_fraction,
        test_fraction=0.0,
        seed=fold.seed,
        split=split,
    )
    train = np.sort(np.concatenate([rest[stay], free[cut.train]]))
    return Split(pool[train], pool[free[cut.validation]], pool[held_out])


def some_of(rows: Divisible, positions: Positions) -> Divisible:
    """Returns the rows at some positions."""
    return Divisible(
        [rows.labels[i] for i in positions],
        rows.bundle[positions],
        None if rows.times is None else rows.times[positions],
        None if rows.strata is None else [rows.strata[i] for i in positions],
        small_is_refused=rows.small_is_refused,
    )


def with_the_rare(rows: Divisible) -> np.ndarray:
    """Returns which rows hang together with one that is alone in its class: that one has to train. [N]"""
    if rows.classes is None:
        row, code, count = flat(rows)
        alone = np.isin(np.arange(len(rows.labels)), row[count[code] < 2])
    else:
        code = pd.factorize(np.asarray(rows.classes, dtype=object))[0]
        alone = np.bincount(code)[code] < 2
    return np.isin(rows.bundle, rows.bundle[alone])
