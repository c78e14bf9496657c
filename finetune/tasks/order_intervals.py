"""Weighted kappa and the error in steps if the rows were drawn anew: as `bootstrap` has it of scores of classes."""

from collections.abc import Callable

import numpy as np

from finetune.tasks.bootstrap import CHUNK_BYTES, Floats, Integers, Interval, class_totals


def order_intervals(
    truth: Integers, predicted: Integers, num_classes: int, *, resamples: int = 2000, seed: int
) -> dict[str, tuple[float, float]]:
    """Returns the 95% intervals of weighted kappa and of the error in steps; none where all draws are alike."""
    cells, counts = np.unique(truth * num_classes + predicted, return_counts=True)  # [K]
    of_truth, answered = np.divmod(cells, num_classes)
    kappas = _drawn(
        counts, lambda drawn: kappas_of_counts(drawn, of_truth, answered, num_classes), resamples, seed
    )
    steps = _drawn(counts, lambda drawn: drawn @ np.abs(of_truth - answered) / len(truth), resamples, seed)
    found = {"kappa": np.nanquantile(kappas, [0.025, 0.975]), "mae": np.quantile(steps, [0.025, 0.975])}
    return {name: (float(low), float(high)) for name, (low, high) in found.items() if low < high}


def kappa_difference(
    truth: Integers,
    first: Integers,
    second: Integers,
    num_classes: int,
    *,
    resamples: int = 2000,
    seed: int,
) -> Interval:
    """Returns weighted kappa of the first minus that of the second, with the interval if the rows were drawn anew.

    Args:
        truth: [N] class numbers.
        first: [N] answered by the one.
        second: [N] answered by the other.
        num_classes: C.
        resamples: How often the rows are drawn.
        seed: Of the draws.
    """
    cells, counts = np.unique((truth * num_classes + first) * num_classes + second, return_counts=True)  # [K]
    rest, of_second = np.divmod(cells, num_classes)
    of_truth, of_first = np.divmod(rest, num_classes)

    def difference(drawn: Integers) -> Floats:
        one, other = [
            kappas_of_counts(drawn, of_truth, answered, num_classes) for answered in (of_first, of_second)
        ]
        return one - other

    low, high = np.nanquantile(_drawn(counts, difference, resamples, seed), [0.025, 0.975])
    return Interval(float(difference(counts[None])[0]), float(low), float(high))


def kappas_of_counts(counts: Integers, truth: Integers, predicted: Integers, num_classes: int) -> Floats:
    """Returns the quadratic weighted kappa [R] of R tables of counts.

    By chance the squared distance of two is the sum of both variances and the square of the means' distance. Of a
    table whose rows are all of one class and answered as it, it is 1: nothing is wrong.

    Args:
        counts: [R, K] rows in each of K cells.
        truth: [K] the class of the cells' rows.
        predicted: [K] the class that was answered.
        num_classes: C.
    """
    places = np.arange(num_classes)
    rows = counts.sum(axis=1)
    wrong = counts @ np.square(truth - predicted) / rows
    moments = []
    for classes in (truth, predicted):
        shares = class_totals(counts, classes, num_classes) / rows[:, None]
        moments.append((shares @ places, shares @ np.square(places)))
    (mean, square), (other_mean, other_square) = moments
    by_chance = square + other_square - 2 * mean * other_mean
    return np.where(by_chance > 0, 1 - wrong / np.where(by_chance > 0, by_chance, 1), 1.0)


def _drawn(counts: Integers, score: Callable[[Integers], Floats], resamples: int, seed: int) -> Floats:
    """Returns a score [R] of R draws of the counts [K]."""
    random = np.random.default_rng(seed)
    chunk = max(1, CHUNK_BYTES // (8 * len(counts)))
    shares = counts / counts.sum()
    return np.concatenate(
        [
            score(random.multinomial(counts.sum(), shares, size=min(chunk, resamples - start)))
            for start in range(0, resamples, chunk)
        ]
    )
