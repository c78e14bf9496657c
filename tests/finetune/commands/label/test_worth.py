"""What more labels would be worth, in a sentence."""

import numpy as np
import pytest

from finetune.commands.label.worth import of_more, sentence, told, trained_on, worth_of
from finetune.corrections.corrections import Correction, Corrections
from finetune.corrections.row import Row
from finetune.evaluation.learning_curve import Curve
from finetune.tasks.table import TASKS
from tests.journeys.conftest import sentences

TASK = TASKS["single_label"]()


def test_labels_that_teach_something_are_told_in_points():
    words = [f"palavra{number}" for number in range(60)]
    choice = np.random.default_rng(0)
    texts = [" ".join([words[3 * at % 60 + at % 3], *choice.choice(words, 6)]) for at in range(150)]
    said = str(sentence(texts, [str(at % 3) for at in range(150)], task=TASK))
    assert said.startswith("100 more labels like these would ")
    assert "macro-F1" in said


@pytest.mark.parametrize(
    ("now", "doubling", "says"),
    [
        (
            1000,
            0.001,
            "would bring less than a point of macro-F1 to a simple model: it is time to train again",
        ),
        (200, 0.01, "would bring about a point of macro-F1 to a simple model at best: train again first"),
        (
            200,
            0.02,
            "would be worth about one point of macro-F1 to a simple model, most likely between 0 and 4",
        ),
        (
            200,
            0.1,
            "would be worth about 6 points of macro-F1 to a simple model, most likely between 3 and 9",
        ),
    ],
)
def test_what_little_more_would_bring_is_told_in_words(now, doubling, says):
    rows = np.array([now / 5, now / 2.5, now / 1.25])
    slope = 0.1 if doubling > 0.05 else 0.05
    begin = doubling / (now**-slope - (2 * now) ** -slope)
    curve = Curve(
        tuple(rows), tuple(1 - begin * rows**-slope), doubling, (doubling - 0.05, doubling + 0.05), 20
    )
    assert says in str(told(curve, now))
    assert str(told(curve, now)).startswith("100 more labels")


def test_too_few_are_told():
    assert str(sentence(["a b", "c d"], ["x", "y"], task=TASK)).startswith("There are 2 labels: too few")


@pytest.mark.parametrize("task", ["number", "multi_label", "ordinal"])
def test_of_other_tasks_nothing_is_told(task):
    texts, labels = zip(*sentences(60), strict=True)
    assert sentence(texts, labels, task=TASKS[task]()) is None


def test_more_are_worth_less_than_as_many_again_and_surely_so():
    curve = Curve((100.0, 200.0, 400.0), (0.5, 0.6, 0.68), 0.06, (0.01, 0.11), 20)
    low, middle, high = of_more(curve, 500, 100)
    assert 0 < middle < 0.06
    assert high - low < 0.1
    assert of_more(curve, 500, 500)[1] > middle


def test_what_was_corrected_and_added_is_learned_from_and_no_held_out_row():
    def row(text, part="train", given="a"):
        return Row((text,), part=part, given=given)

    rows = [row("um"), row("dois"), row("três", "test"), row("quatro", "validation")]
    said = [
        Correction(rows[1], "b"),
        Correction(rows[2], "b"),
        Correction(row("cinco", "new", None), "b"),
        Correction(row("TRÊS", "new", None), "b"),
    ]
    found = Corrections(said)
    assert trained_on(rows, found) == (["um", "dois", "cinco"], ["a", "b", "b"])
    assert worth_of(rows, TASK)(found) is not None
