import numpy as np
import pytest

from finetune.data.dividing.sample import classes_of, sample


def test_a_sample_keeps_the_shares_and_a_row_of_each_class():
    labels = np.array([0] * 900 + [1] * 99 + [2])
    found = sample(labels, 100, 0)
    assert np.bincount(labels[found]).tolist() == pytest.approx([90, 10, 1], abs=1)
    assert 2 in labels[found]
    assert (np.diff(found) > 0).all()
    assert (found == sample(labels, 100, 0)).all()
    assert (found != sample(labels, 100, 1)).any()
    assert sample(labels, 5000, 0).tolist() == list(range(1000))


def test_labels_that_stand_together_keep_their_shares_also_where_hardly_two_rows_are_alike():
    labels = (np.random.default_rng(0).random((30_000, 40)) < 0.05).astype(np.float32)
    found = labels[sample(classes_of(labels), 5_000, 0)]
    assert found.mean(axis=0) == pytest.approx(labels.mean(axis=0), abs=0.012)
    assert (found.sum(axis=1) == 0).mean() == pytest.approx((labels.sum(axis=1) == 0).mean(), abs=0.01)


def test_numbers_keep_small_and_large_ones():
    numbers = np.random.default_rng(0).lognormal(3, 1, 2_000)
    found = numbers[sample(classes_of(numbers), 200, 0)]
    assert np.quantile(found, [0.1, 0.5, 0.9]) == pytest.approx(
        np.quantile(numbers, [0.1, 0.5, 0.9]), rel=0.15
    )
