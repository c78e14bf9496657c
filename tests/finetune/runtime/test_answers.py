"""Answers by numpy alone: the same as every task gives, to 1e-9, and its columns to the last digit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.evaluation.mix import Mix
from finetune.runtime.answering import answers
from finetune.runtime.answering.said import Refused
from finetune.tasks.calibration import Calibration, stored
from finetune.tasks.table import TASKS

LABELS = ["Clima", "Pecuária", "=Preços", "outros"]


def calibrations(outputs: int) -> st.SearchStrategy[Calibration]:
    vector = st.none() | st.lists(st.floats(0.1, 3), min_size=outputs, max_size=outputs)
    return st.builds(
        Calibration,
        temperature=st.sampled_from([1.0, 0.3, 2.7]),
        abstain_below=st.sampled_from([None, 0.0, 0.4, 0.9]),
        scale=vector,
        shift=vector,
    )


def logits(outputs: int, most: float = 40.0) -> st.SearchStrategy[np.ndarray]:
    row = st.lists(st.floats(-most, most), min_size=outputs, max_size=outputs)
    return st.lists(row, max_size=8).map(lambda rows: np.array(rows, dtype=float).reshape(-1, outputs))


def facts_of(name: str) -> dict[str, list[float]]:
    if name == "multi_label":
        return {"thresholds": [0.3, 0.5, 0.7, 0.01]}
    return (
        {"edges": [-1.0, 5.5], "half_widths": [0.25, 3.0, 120.0], "coverage": [0.9], "widest": [5.0]}
        if name == "number"
        else {}
    )


@pytest.mark.parametrize("with_facts", [False, True])
@pytest.mark.parametrize("name", sorted(answers.TASKS))
@given(data=st.data())
@settings(max_examples=60)
def test_a_task_answers_as_the_house_has_it(name, with_facts, data):
    task = TASKS[name]()
    labels = LABELS if name != "number" else ["LABEL_0"]
    calibration = data.draw(calibrations(len(labels)))
    calibration = replace(calibration, facts=facts_of(name) if with_facts else {})
    found = data.draw(logits(len(labels), 1e6 if name == "number" else 40.0))
    described = stored(calibration)

    theirs = task.probabilities(found, calibration)
    ours = answers.probabilities(found, task.problem_type, described)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)

    # of the same probabilities, for a digit more or less can be the other side of a threshold
    their_answer, our_answer = task.answer(theirs, calibration), answers.TASKS[name](theirs, described)
    columns = answers.columns(our_answer, theirs, labels, task.problem_type)
    expected = task.columns(their_answer, theirs, labels)
    assert list(columns) == list(expected)
    for column in expected:
        np.testing.assert_array_equal(np.asarray(columns[column]), np.asarray(expected[column]))


@pytest.mark.parametrize(
    "problem", ["single_label_classification", "multi_label_classification", "regression"]
)
@given(network=logits(3), weight=st.floats(0, 1), data=st.data())
@settings(max_examples=60)
def test_network_and_words_are_mixed_as_the_house_has_it(problem, network, weight, data):
    row = st.lists(st.floats(0, 1), min_size=3, max_size=3)
    words = np.array([data.draw(row) for _ in network]).reshape(-1, 3)
    mix = Mix(weight, 1.3, 0.7, problem)
    ours = answers.mixed(network, words, {"weight": weight, "network": 1.3, "words": 0.7}, problem)
    np.testing.assert_allclose(ours, mix.logits(network, words), rtol=1e-12, atol=1e-9)


def test_the_tasks_are_those_of_the_house():
    assert set(answers.TASKS) == set(TASKS)


def test_a_task_of_somebodys_own_is_refused():
    with pytest.raises(Refused, match='"minha:tarefa" is no task that this folder can answer'):
        answers.task_of("minha:tarefa")
