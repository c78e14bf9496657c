"""Scores of several labels together if the rows were drawn anew: what `bootstrap` is for one label."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from finetune.tasks.bootstrap import Interval, drawn_anew, wilson
from finetune.tasks.set_scores import samples_f1

Floats = NDArray[np.float64]
Sets = NDArray[np.float32]


def difference(truth: Sets, first: Sets, second: Sets, outputs: int, *, seed: int) -> Interval:
    """Returns macro-F1 of the first minus that of the second, with its 95% percentile interval.

    Both are scored on the same drawn rows. Rows that are alike in all three are drawn together.

    Args:
        truth: [N, C].
        first: [N, C] answered by the one.
        second: [N, C] answered by the other.
        outputs: C.
        seed: Of the draws.
    """
    rows, counts = _alike(truth, first, second)
    of_first, of_second = (_counted(rows[0], rows[place]) for place in (1, 2))

    def gain(drawn: NDArray[np.int64]) -> Floats:
        return _f1_macro(drawn, of_first) - _f1_macro(drawn, of_second)

    gains = np.concatenate([gain(drawn) for drawn in drawn_anew(counts, width=3 * outputs, seed=seed)])
    low, high = np.quantile(gains, [0.025, 0.975])
    return Interval(float(gain(counts[None])[0]), float(low), float(high))


def intervals(truth: Sets, predicted: Sets, outputs: int, *, seed: int) -> dict[str, tuple[float, float]]:
    """Returns the 95% intervals of macro-, micro- and samples-F1, and Wilson's of accuracy.

    Where all draws give a score alike, as where every answer is right, it has no interval.

    Args:
        truth: [N, C].
        predicted: [N, C].
        outputs: C.
        seed: Of the draws.
    """
    rows, counts = _alike(truth, predicted)
    counted, of_rows = _counted(rows[0], rows[1]), samples_f1(rows[0], rows[1])
    scores: dict[str, Callable[[NDArray[np.int64]], Floats]] = {
        "f1_macro": lambda drawn: _f1_macro(drawn, counted),
        "f1_micro": lambda drawn: _f1_micro(drawn, counted),
        "f1_samples": lambda drawn: drawn @ of_rows / len(truth),
    }
    found: dict[str, list[Floats]] = {name: [] for name in scores}
    for drawn in drawn_anew(counts, width=3 * outputs, seed=seed):
        for name, score in scores.items():
            found[name].append(score(drawn))
    ends = {name: np.quantile(np.concatenate(values), [0.025, 0.975]) for name, values in found.items()}
    exact = int(((truth > 0.5) == (predicted > 0.5)).all(axis=1).sum())
    return {name: (float(low), float(high)) for name, (low, high) in ends.items() if low < high} | {
        "accuracy": wilson(exact, len(truth))
    }


def _alike(*sets: Sets) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Returns the K different rows of sets [S, K, C], and how often each is there. [K]"""
    outputs = sets[0].shape[1]
    together = np.concatenate([each > 0.5 for each in sets], axis=1)  # [N, S x C]
    different, counts = np.unique(together, axis=0, return_counts=True)
    return different.reshape(-1, len(sets), outputs).swapaxes(0, 1), counts


def _counted(truth: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Returns of each row and label whether it is rightly answered, and how often it is given or answered. [K, C]"""
    return (truth & predicted).astype(np.float64), truth.astype(np.float64) + predicted


def _f1_macro(drawn: NDArray[np.int64], counted: tuple[Floats, Floats]) -> Floats:
    """Returns macro-F1 [R] of how often each of K rows was drawn. [R, K]"""
    right, either = (drawn @ of_rows for of_rows in counted)  # [R, C]
    return np.asarray(
        (2 * right / np.maximum(either, 1)).sum(axis=1) / np.maximum((either > 0).sum(axis=1), 1)
    )


def _f1_micro(drawn: NDArray[np.int64], counted: tuple[Floats, Floats]) -> Floats:
    """Returns micro-F1 [R] of the same."""
    right, either = (drawn @ of_rows.sum(axis=1) for of_rows in counted)  # [R]
    return np.asarray(2 * right / np.maximum(either, 1))
