"""Rows of several labels: each label keeps its share in every part, the rare ones are in all, bundles stay whole."""

import time

import numpy as np
import pytest

from finetune.data.dividing.divisible import Divisible
from finetune.data.dividing.fold import Fold, cut_fold, with_the_rare
from finetune.data.dividing.splits import divide
from finetune.data.dividing.stratified import stratified

SHARES = (0.8, 0.1, 0.1)


def several(rows: int, labels: int, *, seed: int = 0, bundle: np.ndarray | None = None) -> Divisible:
    """Rows of made-up labels, the first of which are frequent and the last rare; some have none."""
    has = np.random.default_rng(seed).random((rows, labels)) < 0.4 / np.arange(1, labels + 1)
    strata = [tuple(f"l{number}" for number in np.flatnonzero(row)) or ("",) for row in has]
    text = ["|".join(names) for names in strata]
    return Divisible(
        text, np.arange(rows) if bundle is None else bundle, None, strata, small_is_refused=False
    )


def counts(rows: Divisible, part: np.ndarray, parts: int) -> dict[str, list[int]]:
    names = sorted({name for one in rows.strata or () for name in one})
    return {
        name: np.bincount(part[[name in one for one in rows.strata or ()]], minlength=parts).tolist()
        for name in names
    }


@pytest.mark.parametrize("shares", [SHARES, (0.2,) * 5, (0.9, 0.0, 0.1)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_label_keeps_its_share_and_so_do_the_sizes(shares: tuple[float, ...], seed: int) -> None:
    rows = several(1000, 12, seed=seed)
    part = stratified(rows, shares, seed)
    for name, held in counts(rows, part, len(shares)).items():
        assert np.abs(np.array(held) - np.array(shares) * sum(held)).max() <= 2, name
    assert np.abs(np.bincount(part, minlength=len(shares)) - np.array(shares) * 1000).max() <= 3
    assert (part == stratified(rows, shares, seed)).all()


def test_a_label_of_few_rows_is_in_each_part_and_one_of_fewer_trains() -> None:
    strata = [("comum",)] * 100 + [("comum", "raro")] * 3 + [("comum", "único")]
    rows = Divisible(
        ["|".join(names) for names in strata], np.arange(104), None, strata, small_is_refused=False
    )
    for seed in range(5):
        held = counts(rows, stratified(rows, SHARES, seed), 3)
        assert held["raro"] == [1, 1, 1]
        assert held["único"] == [1, 0, 0]


def test_bundles_stay_whole() -> None:
    bundle = np.arange(400) // 4
    rows = several(400, 6, bundle=bundle)
    part = stratified(rows, SHARES, 0)
    assert all(len(set(part[bundle == number])) == 1 for number in range(100))
    assert set(part) == {0, 1, 2}


def test_rare_labels_are_no_error_where_rows_may_have_several() -> None:
    rows = Divisible(
        ["a"] * 30 + ["b"], np.arange(31), None, [("a",)] * 30 + [("b",)], small_is_refused=False
    )
    cut = divide(rows, validation_fraction=0.1, test_fraction=0.1, seed=0, split=stratified)
    assert 30 in cut.train


def test_a_label_that_stands_once_trains_in_each_fold_that_does_not_hold_it_out() -> None:
    strata = [("a",), ("a", "b"), ("b",)] * 10 + [("a", "único")]
    rows = Divisible(
        ["|".join(names) for names in strata], np.arange(31), None, strata, small_is_refused=False
    )
    assert np.flatnonzero(with_the_rare(rows)).tolist() == [30]
    for number in (1, 2, 3):
        cut = cut_fold(rows, np.arange(31), Fold(number, 3, 0), validation_fraction=0.3, split=stratified)
        assert 30 not in cut.validation


def test_many_rows_take_seconds() -> None:
    rows = several(10_000, 50)
    start = time.process_time()
    stratified(rows, SHARES, 0)
    assert time.process_time() - start < 3  # 0.4 s here
