"""The tests: rows held against those that were held out, each with a known chance of a false alarm. Says nothing."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetune.commands.watch.drift.counted import alike
from finetune.commands.watch.drift.rows import Rows
from finetune.runtime.answering.answers import Floats

ALPHA = 0.01
"""The chance that rows like those that were held out give an alarm by any of the tests: once in a hundred looks."""

TAIL = 0.1
"""The share of the held-out rows that are the least sure, or the least like the others."""

NEAREST = 3
"""Held-out texts by which it is told how like them a text is."""

SHUFFLES = 9_999
TOGETHER, ENOUGH = 500, 100

UNSURE, CLASSES, LENGTHS, WORDS, UNLIKE = "unsure", "classes", "lengths", "words", "unlike"


Chosen = NDArray[np.float32]
"""[M, N] which of the rows are in a group, 1 or 0; or how alike they are."""


@dataclass(frozen=True)
class Kind:
    """What the model can say.

    Attributes:
        knows_when_unsure: Whether there is a limit below which it would rather not answer.
        numbers: Whether it answers with numbers.
    """

    knows_when_unsure: bool
    numbers: bool


@dataclass(frozen=True)
class Compared:
    """What is held against what.

    Attributes:
        known: The rows that were held out.
        new: The rows that are looked at.
        kind: What the model can say.
        likeness: How alike each two texts are, the new ones last. [N, N]
    """

    known: Rows
    new: Rows
    kind: Kind
    likeness: Chosen


@dataclass(frozen=True)
class Look:
    """What a test has found.

    Attributes:
        name: Its row in `TESTS`.
        p: The chance of so much or more where nothing has changed.
        was: What was seen of the held-out rows: a share, a median, or a share of each label. [1] or [C]
        now: The same of the rows that were looked at.
    """

    name: str
    p: float
    was: Floats
    now: Floats


def unsure(rows: Compared) -> Look | None:
    """Whether the model is sure of fewer rows: of those that it leaves open, else of those as its least sure tenth."""
    if rows.kind.knows_when_unsure:
        was, now = rows.known.unsure, rows.new.unsure
        return Look(UNSURE, more_often(was, now), _share(was), _share(now))
    return None if rows.kind.numbers else _beyond(UNSURE, rows.known.doubt, rows.new.doubt)


def classes(rows: Compared) -> Look:
    """Whether the answers are other ones."""
    was, now = rows.known.answers, rows.new.answers
    if rows.kind.numbers:
        p = otherwise(was[:, 0], now[:, 0])
        return Look(CLASSES, p, np.median(was, axis=0), np.median(now, axis=0))
    return Look(CLASSES, by_shuffling(was, now), was.mean(axis=0), now.mean(axis=0))


def lengths(rows: Compared) -> Look:
    """Whether the texts are longer or shorter."""
    was, now = rows.known.lengths, rows.new.lengths
    return Look(LENGTHS, otherwise(was, now), np.array([np.median(was)]), np.array([np.median(now)]))


def words(rows: Compared) -> Look:
    """Whether the texts are made of other words: how alike they are to each other, and to those that were held out."""
    old, all_of_them = len(rows.known), len(rows.likeness)
    p = shuffled(_apart(rows.likeness, len(rows.new)), all_of_them, len(rows.new))
    was, now = rows.likeness[:old, :old].mean(), rows.likeness[old:, :old].mean()
    return Look(WORDS, p, np.array([was]), np.array([now]))


def unlike(rows: Compared) -> Look:
    """Whether more of the texts are like none of those that were held out."""
    to_known = rows.likeness[:, : len(rows.known)].copy()
    np.fill_diagonal(to_known, -1)  # nobody is told apart by being like himself
    nearest = -np.partition(to_known, -NEAREST, axis=1)[:, -NEAREST:].mean(axis=1, dtype=np.float64)
    return _beyond(UNLIKE, nearest[: len(rows.known)], nearest[len(rows.known) :])


TESTS: dict[str, Callable[[Compared], Look | None]] = {
    UNSURE: unsure,
    CLASSES: classes,
    LENGTHS: lengths,
    WORDS: words,
    UNLIKE: unlike,
}


def looked(known: Rows, new: Rows, kind: Kind) -> list[Look]:
    """Returns what every test finds that can be done."""
    rows = Compared(known, new, kind, alike(known.and_then(new).counts))
    found = (test(rows) for test in TESTS.values())
    return [look for look in found if look is not None]


def alarms(looks: list[Look]) -> list[Look]:
    """Returns those that are alarms: of several tests each has its part of `ALPHA` (Bonferroni)."""
    return [look for look in looks if look.p < ALPHA / len(looks)]


def _beyond(name: str, was: Floats, now: Floats) -> Look:
    """How many lie beyond the last tenth of what was."""
    place = max(1, int(TAIL * len(was)))
    bound = np.sort(was)[-place]
    p = beyond(int((now > bound).sum()), len(now), place, len(was))
    return Look(name, p, _share(was > bound), _share(now > bound))


def beyond(count: int, rows: int, place: int, known: int) -> float:
    """Returns the chance that of new rows so many or more lie beyond one of the known, counted from above.

    Where both are drawn alike, the place that the known one has among all is as chance has it, whatever the values'
    distribution: the count is beta-binomial. Equal values count as not beyond, which makes alarms fewer.

    Args:
        count: Rows beyond.
        rows: All new rows.
        place: That of the known row, 1 the highest.
        known: All known rows.
    """
    from scipy.stats import betabinom

    return float(betabinom.sf(count - 1, rows, place, known - place + 1))


def more_often(was: NDArray[np.bool_], now: NDArray[np.bool_]) -> float:
    """Returns the chance of so many or more (Fisher's exact test, one side)."""
    from scipy.stats import hypergeom

    total = int(was.sum() + now.sum())
    return float(hypergeom.sf(now.sum() - 1, len(was) + len(now), total, len(now)))


def otherwise(was: Floats, now: Floats) -> float:
    """Returns the chance that two distributions lie so far apart (Kolmogorov and Smirnov)."""
    from scipy.stats import ks_2samp

    return float(ks_2samp(was, now, method="asymp").pvalue)


def by_shuffling(was: Floats, now: Floats) -> float:
    """Returns the chance that the shares of labels lie so far apart where the rows are dealt out by chance.

    The distance is that of chi-squared tests, the sum over the labels; several of a row go together.
    """
    rows = np.concatenate([was, now])
    rows = rows[:, rows.any(axis=0)]
    mean = rows.mean(axis=0)
    weight = np.divide(1, mean * (1 - mean), out=np.zeros_like(mean), where=mean < 1)

    def distances(chosen: Chosen) -> Floats:
        return np.asarray(np.square(chosen @ rows / len(now) - mean) @ weight)

    return shuffled(distances, len(rows), len(now))


def _apart(likeness: Chosen, new: int) -> Callable[[Chosen], Floats]:
    """How far apart two groups are by how alike their rows are: the maximum mean discrepancy.

    Gretton et al., A Kernel Two-Sample Test, JMLR 13 (2012).
    """
    old = len(likeness) - new

    def distances(chosen: Chosen) -> Floats:
        weights = np.where(chosen > 0, np.float32(1 / new), np.float32(-1 / old))
        return np.asarray(((weights @ likeness) * weights).sum(axis=1), dtype=np.float64)

    return distances


def shuffled(distances: Callable[[Chosen], Floats], rows: int, new: int) -> float:
    """Returns the chance that two groups lie so far apart where it is chance which rows are in which.

    It is shuffled until enough were as far apart, whose chance is no small one (Besag and Clifford, 1991).

    Args:
        distances: Of groups [M, rows], 1 where a row is among the new: how far apart they are. [M]
        rows: All rows, the new ones last.
        new: The new ones.
    """
    given = (np.arange(rows) >= rows - new).astype(np.float32)[None]
    least, rng = float(distances(given)[0]) * (1 - 1e-6), np.random.default_rng(0)
    done = as_far = 0
    while done < SHUFFLES and as_far < ENOUGH:
        drawn = rng.random((min(TOGETHER, SHUFFLES - done), rows), dtype=np.float32)
        bound = np.partition(drawn, new - 1, axis=1)[:, new - 1 : new]
        as_far += int((distances((drawn <= bound).astype(np.float32)) >= least).sum())
        done += len(drawn)
    return (as_far + 1) / (done + 1)


def _share(which: NDArray[np.bool_]) -> Floats:
    return np.array([which.mean()])
