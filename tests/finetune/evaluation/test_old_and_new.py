"""A run and the one that was made of its corrections on the same rows: what is measured, and what is said of it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from finetune.errors import DataError
from finetune.evaluation.answers import Answers
from finetune.evaluation.old_and_new import (
    names_of_both,
    rows_of,
    side_by_side,
    verdict,
    what_is_compared,
    what_was_done,
)
from finetune.language.which import speaking
from finetune.tasks.table import TASKS

LABELS = ["Clima", "Preços"]


def answers(truth, predicted, *, task="single_label", labels=LABELS, parts=None):
    frame = pd.DataFrame(
        {
            "split": parts or ["test"] * len(truth),
            "text": [f"texto {number}" for number in range(len(truth))],
            "label": truth,
            "predicted": predicted,
        }
    )
    return Answers(frame, list(labels), np.zeros((len(truth), len(labels))), {}, TASKS[task]())


def of_test(old, new):
    return side_by_side(old, new, seed=0)["test"]


TRUTH = LABELS * 20
WRONG = [LABELS[1 - LABELS.index(label)] for label in TRUTH]
HALF = [*WRONG[:20], *TRUTH[20:]]


@pytest.mark.parametrize(
    ("old", "new", "outcome", "said"),
    [
        (HALF, TRUTH, "better", "The new run is better than version_0: macro-F1 +0.500 on 40 rows (test)"),
        (
            TRUTH,
            HALF,
            "worse",
            "The older run version_0 stays the better one: the new one has macro-F1 -0.500",
        ),
        (
            [*WRONG[:1], *TRUTH[1:]],
            [*TRUTH[:39], WRONG[39]],
            "undecided",
            "It is not proved that the new run is better",
        ),
        (
            TRUTH,
            TRUTH,
            "tie",
            "as good as version_0, and not better: on 40 rows (test) their macro-F1 is exactly the same",
        ),
        (WRONG[:6], TRUTH[:6], "undecided", "cannot be told on 6 rows (test): these are too few"),
    ],
)
def test_which_is_the_better_one_is_said(old, new, outcome, said):
    content = of_test(answers(TRUTH[: len(old)], old), answers(TRUTH[: len(new)], new))
    assert content["outcome"] == outcome
    assert said in str(verdict(content, "test", old="version_0"))
    with speaking("pt"):
        assert "version_0" in str(verdict(content, "test", old="version_0"))


def test_both_are_held_against_the_corrected_labels():
    before = [*WRONG[:4], *TRUTH[4:]]  # four labels of the test were wrong
    content = of_test(answers(before, before), answers(TRUTH, TRUTH))
    assert content["corrected"] == 4
    assert content["score"]["new"] == 1
    assert content["score"]["old"] == pytest.approx(0.9, abs=0.001)  # it was measured as perfect before
    assert "the same 40 rows (test), 4 of them with a corrected label" in str(
        what_is_compared(content, "test")
    )
    assert "There is no test" not in str(what_is_compared(content, "test"))
    assert "There is no test: by these rows" in str(what_is_compared(content, "validation"))
    assert [row[0] for row in rows_of(content)] == ["old", "new"]


def test_a_class_that_one_of_both_does_not_know_counts_for_both():
    new = answers([*TRUTH[:-1], "Novo"], [*TRUTH[:-1], "Novo"], labels=[*LABELS, "Novo"])
    old = answers([*TRUTH[:-1], "Sumiu"], [*TRUTH[:-1], "Sumiu"], labels=[*LABELS, "Sumiu"])
    assert names_of_both(old, new) == ["Clima", "Preços", "Novo", "Sumiu"]
    content = of_test(old, new)
    assert content["score"]["new"] == 1 > content["score"]["old"]


@pytest.mark.parametrize(
    ("task", "labels", "truth", "old"),
    [
        ("multi_label", LABELS, ["Clima|Preços", "", "Clima", "Preços"] * 10, ["Clima"] * 40),
        ("ordinal", ["1", "2", "3"], ["1", "2", "3", "3"] * 10, ["3"] * 40),
        ("number", ["value"], [str(number * 1.5) for number in range(40)], ["30.0"] * 20 + ["31.0"] * 20),
    ],
)
def test_every_kind_of_label_is_compared(task, labels, truth, old):
    content = of_test(
        answers(truth, old, task=task, labels=labels), answers(truth, truth, task=task, labels=labels)
    )
    assert content["outcome"] == "better"
    assert (content["mcnemar"] is None) == (task == "number")
    assert "is better than" in str(verdict(content, "test", old="version_0"))


def test_each_part_is_told_by_itself_and_other_rows_are_refused():
    parts = ["validation"] * 20 + ["test"] * 20
    one = answers(TRUTH, TRUTH, parts=parts)
    assert list(side_by_side(one, one, seed=0)) == ["validation", "test"]
    other = replace(one, frame=one.frame.assign(text="outro"))
    with pytest.raises(DataError, match="are not the same"):
        side_by_side(one, other, seed=0)


def test_what_became_of_the_corrections_is_told_as_far_as_there_is_any():
    rows = {"corrected": {"train": 1, "validation": 0, "test": 1}, "confirmed": 0, "new": 1, "held_out": 2}
    rows |= {"alike": 0, "conflicts": 3, "unknown": 0, "skipped": 0}
    told = " ".join(map(str, what_was_done(rows, {"new": ["Novo"], "gone": []})))
    assert "2 labels were changed: 1 in training, 0 in validation, 1 in the test" in told
    assert "1 row is new, and goes to training" in told
    assert "left out: 2 new rows whose text stands in validation or test" in told
    assert "3 texts that were given different labels" in told
    assert 'new classes: "Novo"' in told
    assert not any(word in told for word in ("confirmed", "any more"))
