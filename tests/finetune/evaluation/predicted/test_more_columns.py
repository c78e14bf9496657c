"""Columns that are asked for: the next answers, and the probability of each class."""

from dataclasses import replace

import numpy as np
import pytest

from finetune.errors import ConfigError
from finetune.evaluation.predicted.more_columns import check_columns, with_more_columns
from finetune.evaluation.predicted_table import own_columns
from finetune.tasks.calibration import Calibration
from finetune.tasks.multi_label import multi_label
from finetune.tasks.number import number
from finetune.tasks.ordinal import ordinal
from finetune.tasks.single_label import single_label

NAMES = ["baixo", "médio", "alto"]
SHARES = np.array([[0.2, 0.7, 0.1], [0.4, 0.25, 0.35]])


def columns(task, **asked):
    task = with_more_columns(task, **({"top": None, "probabilities": False} | asked))
    found = task.columns(task.answer(SHARES, Calibration()), SHARES, NAMES)
    assert list(found) == own_columns(task, NAMES)
    return {name: list(values) for name, values in found.items()}


def test_without_a_wish_the_task_is_the_same():
    task = single_label()
    assert with_more_columns(task, top=None, probabilities=False) is task


def test_the_likeliest_others_stand_beside_the_answer():
    found = columns(single_label(), top=2)
    assert list(found) == ["label", "confidence", "abstained", "label_2", "confidence_2"]
    assert found["label_2"] == ["baixo", "alto"]
    assert found["confidence_2"] == [0.2, 0.35]


def test_there_are_no_more_answers_than_classes():
    assert list(columns(single_label(), top=9))[-2:] == ["label_3", "confidence_3"]
    assert columns(single_label(), top=1) == columns(single_label())


def test_of_an_order_the_answer_is_the_first_though_another_is_likelier():
    found = columns(ordinal(), top=3)
    assert found["label"] == ["médio", "médio"]
    assert found["label_2"] == ["baixo", "baixo"]
    assert found["label_3"] == ["alto", "alto"]


def test_each_class_has_its_probability():
    found = columns(single_label(), probabilities=True)
    assert [found[f"p:{name}"] for name in NAMES] == SHARES.T.tolist()


def test_labels_that_stand_together_are_ranked_whether_answered_or_not():
    found = columns(multi_label(), top=2, probabilities=True)
    assert found["label_1"] == ["médio", "baixo"]
    assert found["confidence_1"] == [0.7, 0.4]
    assert [name for name in found if name.startswith("p:")] == [f"p:{name}" for name in NAMES]


@pytest.mark.parametrize(
    ("task", "asked", "told"),
    [
        (single_label, {"top": 0, "probabilities": False}, "--top 0: give the number of answers"),
        (number, {"top": 2, "probabilities": False}, "--top 2: a number is answered"),
        (number, {"top": None, "probabilities": True}, "--probabilities: a number is answered"),
    ],
)
def test_what_a_task_has_none_of_is_refused(task, asked, told):
    with pytest.raises(ConfigError, match=told):
        check_columns(task(), **asked)


def test_a_task_of_ones_own_keeps_its_columns():
    own = replace(single_label(), columns=lambda answer, given, names: {"label_2": ["x"] * len(given)})
    assert columns(own, top=2)["label_2"] == ["x", "x"]
