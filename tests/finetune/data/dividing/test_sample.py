import numpy as np
import pytest

from finetune.data.dividing.sample import sample


def test_a_sample_keeps_the_shares_and_a_row_of_each_class():
    labels = np.array([0] * 900 + [1] * 99 + [2])
    found = sample(labels, 100, 0)
    assert np.bincount(labels[found]).tolist() == pytest.approx([90, 10, 1], abs=1)
    assert 2 in labels[found]
    assert (np.diff(found) > 0).all()
    assert (found == sample(labels, 100, 0)).all()
    assert (found != sample(labels, 100, 1)).any()
    assert sample(labels, 5000, 0).tolist() == list(range(1000))
