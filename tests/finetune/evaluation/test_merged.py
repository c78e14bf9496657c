import numpy as np
import pytest

from finetune.evaluation.merged import MOST_APART, TIE, Said, differences, otherwise
from finetune.tasks.calibration import Calibration
from finetune.tasks.table import task_of


def said(adapted, merged):
    return Said("test", np.arange(len(adapted)), np.array(adapted, float), np.array(merged, float))


def wrong(task, found, calibration=None):
    calibration = calibration or Calibration()
    return otherwise(task, found, differences(task, found, calibration), calibration).tolist()


def test_the_same_is_the_same_and_what_is_no_number_in_both():
    found = said([[1.0, 2.0], [np.nan, 0.0]], [[1.0, 2.0], [np.nan, 0.0]])
    assert wrong(task_of("single_label"), found) == [False, False]


def test_a_probability_or_a_label_that_differs_is_seen():
    task = task_of("single_label")
    near, apart, flipped, lost = (
        ([0.0, 1.0], [0.0, 1.0 + 2e-5]),
        ([0.0, 1.0], [0.0, 1.0 + 1e-2]),
        ([0.0, 1e-4], [1e-4, 0.0]),
        ([0.0, 1.0], [np.nan, 1.0]),
    )
    found = said(*zip(near, apart, flipped, lost, strict=True))
    assert wrong(task, found) == [False, True, True, True]


def test_a_row_between_two_labels_is_wrong_either_way():
    found = said([[0.0, 1e-7]], [[1e-7, 0.0]])
    assert differences(task_of("single_label"), found, Calibration())[0] < TIE < MOST_APART
    assert wrong(task_of("single_label"), found) == [False]


@pytest.mark.parametrize("task", ["multi_label", "ordinal"])
def test_every_task_is_held_by_its_own_answers(task):
    found = said([[2.0, -2.0, 1e-3], [2.0, -2.0, 1.0]], [[2.0, -2.0, -1e-3], [2.0, -2.0, 1.0]])
    assert wrong(task_of(task), found) == [True, False]


def test_a_number_is_held_in_its_own_spread():
    calibration = Calibration(scale=[1e6], shift=[5e6])
    found = said([[0.5], [0.5]], [[0.5 + 1e-6], [0.5 + 1e-3]])
    assert wrong(task_of("number"), found, calibration) == [False, True]
