import numpy as np
import pytest

from finetune.commands.export.held import Said, hold, with_threshold_anew
from finetune.commands.export.limits import CLOSE, HALF, SAME, missed
from finetune.tasks.calibration import Calibration
from finetune.tasks.table import TASKS

ROWS, NAMES = 400, ["a", "b", "c"]


def said(logits, calibration=Calibration()):  # noqa: B008 (it is frozen)
    return Said(logits, logits, calibration)


@pytest.fixture
def rows():
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, ROWS)
    logits = random.normal(size=(ROWS, 3)) + 3 * np.eye(3)[truth]
    return truth, logits


def held(rows, after, calibration=Calibration(), *, task="single_label"):  # noqa: B008
    truth, logits = rows
    return hold(TASKS[task](), NAMES, truth, said(logits, calibration), said(after, calibration))


def told(found, limits):
    return [str(each) for each in missed(found, limits, score="f1_macro")]


def test_an_export_that_says_the_same_misses_nothing(rows):
    found = held(rows, rows[1] + 5e-5)
    assert (found.rows, found.equal) == (ROWS, ROWS)
    assert found.difference == pytest.approx(5e-5)
    for limits in (SAME, HALF, CLOSE):
        assert told(found, limits) == []


def test_a_logit_that_is_off_is_told_where_it_counts(rows):
    found = held(rows, rows[1] + 2e-4)
    assert told(found, SAME) == ["a logit differs by 0.0002 (at most 0.0001)"]
    assert told(found, CLOSE) == []


@pytest.mark.parametrize(
    ("others", "limits", "expected"),
    [
        (1, SAME, "399 of 400 rows have the same answer (at least 100%)"),
        (9, CLOSE, "391 of 400 rows have the same answer (at least 98%)"),
        (
            8,
            CLOSE,
            "392 of 400 rows have the same answer, by which it may be 96.1% of others (at least 96%)",
        ),
    ],
)
def test_answers_that_differ_are_counted(rows, others, limits, expected):
    after = rows[1].copy()
    after[:others] = np.roll(after[:others], 1, axis=1)
    sentences = told(held(rows, after), limits)
    if others == 8:
        assert not any("same answer" in each for each in sentences)  # 96.1 % is enough
    else:
        assert expected in sentences


def test_few_rows_cannot_show_what_eight_bits_have_to_and_it_says_how_many_can():
    logits = np.eye(3)[np.arange(54) % 3] * 4
    found = held((np.arange(54) % 3, logits), logits)
    assert told(found, HALF) == []
    (sentence,) = told(found, CLOSE)
    assert "may be 93.4% of others (at least 96%; by fewer than 93 rows that cannot be shown)" in sentence
    enough = np.arange(93) % 3
    assert told(held((enough, np.eye(3)[enough] * 4), np.eye(3)[enough] * 4), CLOSE) == []


def test_a_score_and_a_calibration_that_fall_are_told(rows):
    truth, logits = rows
    wrong = logits.copy()
    right = np.flatnonzero(logits.argmax(axis=1) == truth)[:7]
    wrong[right] = np.roll(wrong[right], 1, axis=1)
    sentences = told(held(rows, wrong), CLOSE)
    assert any(each.startswith("macro-F1 falls by 0.01") for each in sentences)
    sentences = told(held(rows, logits / 5), CLOSE)
    assert [each.split(" by ")[0] for each in sentences] == ["the calibration error rises"]


def test_what_is_no_number_is_told_and_nothing_is_measured_of_it(rows):
    after = rows[1].copy()
    after[3, 1] = np.nan
    assert told(held(rows, after), CLOSE) == ["some of its answers are no numbers"]


def test_numbers_are_held_against_each_other_before_they_are_put_into_their_unit():
    facts = {"mean": [5e6], "deviation": [2e6]}
    folded = Calibration(folded_scale=[2e6], folded_shift=[5e6], facts=facts)
    random = np.random.default_rng(1)
    logits = 5e6 + 2e6 * random.normal(size=(50, 1))
    found = hold(TASKS["number"](), ["preço"], logits[:, 0], said(logits, folded), said(logits + 60, folded))
    assert found.difference == pytest.approx(3e-5)
    assert (found.equal, found.before.error) == (50, None)
    assert told(found, SAME) == []
    assert found.apart == pytest.approx(60)
    assert found.plain()["largest_difference_of_answers"] == pytest.approx(60)
    off = hold(TASKS["number"](), ["preço"], logits[:, 0], said(logits, folded), said(logits + 400, folded))
    assert told(off, SAME)[0] == (
        "an answer differs by 0.0002 standard deviations of the training rows (at most 0.0001)"
    )
    far = hold(TASKS["number"](), ["preço"], logits[:, 0], said(logits, folded), said(logits + 3e5, folded))
    assert far.equal == 0


def test_labels_that_stand_together_are_the_same_answer_where_all_of_them_are():
    task, logits = TASKS["multi_label"](), np.array([[2.0, -2.0], [2.0, 2.0], [-2.0, -2.0]])
    truth = (logits > 0).astype(np.float32)
    after = logits.copy()
    after[1, 0] = -2.0
    found = hold(task, ["a", "b"], truth, said(logits), said(after))
    assert found.equal == 2


def test_the_threshold_is_found_anew_by_the_rows_it_is_given(rows):
    truth, logits = rows
    task, wanted = TASKS["single_label"](), 0.97
    found = with_threshold_anew(
        task, truth, said(logits, Calibration(abstain_below=0.123, wanted_precision=wanted))
    )
    threshold = found.calibration.abstain_below
    assert threshold is not None
    assert threshold != 0.123
    answer = task.answer(task.probabilities(logits, found.calibration), found.calibration)
    kept = answer.confidence >= threshold
    assert (answer.predicted == truth)[kept].mean() >= wanted
    without = said(logits, Calibration(abstain_below=0.123))
    assert with_threshold_anew(task, truth, without) is without
