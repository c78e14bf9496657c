"""Which rows a person should look at first."""

import numpy as np
import pytest

from finetune.evaluation.answering import Answering
from finetune.evaluation.mix import Mix
from finetune.evaluation.review import Review, disagreeing, second_answers
from finetune.tasks.calibration import Calibration
from finetune.tasks.multi_label import multi_label
from finetune.tasks.number import number
from finetune.tasks.ordinal import ordinal
from finetune.tasks.single_label import single_label

NAMES = ["a", "b", "c"]


def review(shares, *, task=None, calibration=None, at=0, **more):
    found = Review(task or single_label(), NAMES, calibration or Calibration(abstain_below=0.5))
    shares = np.array(shares)
    texts = more.pop("texts", [f"texto {number}" for number in range(len(shares))])
    found.take(np.arange(at, at + len(shares)), shares, texts=texts, **more)
    return found


def places(found, **more):
    return [row.position for row in found.chosen(**more)]


def reasons(found):
    return {row.position: [str(why) for why in row.why] for row in found.chosen()}


SHARES = [[0.9, 0.1, 0.0], [0.6, 0.3, 0.1], [0.4, 0.35, 0.25], [0.1, 0.8, 0.1]]


def test_the_unsure_come_first_and_the_least_sure_of_all_others_next():
    found = review(SHARES)
    assert places(found) == [2, 1, 3, 0]
    assert reasons(found) == {2: ["not sure"], 1: [], 3: [], 0: []}
    assert places(found, most=2) == [2, 1]


def test_what_network_and_words_say_differently_comes_before_what_is_only_less_sure():
    found = review(SHARES, disagree=np.array([True, False, False, False]))
    assert places(found) == [2, 0, 1, 3]
    assert reasons(found)[0] == ["network and words disagree"]


def test_equal_texts_with_other_labels_contradict_whatever_window_they_come_in():
    found = review(SHARES, texts=["Boi gordo", "x", "y", "z"], given=["a", "", "", "b"])
    found.take(np.array([4]), np.array([[0.05, 0.95, 0.0]]), texts=["  boi GORDO"], given=["b"])
    assert reasons(found) == {
        2: ["not sure"],
        0: ["the same text has another label"],
        4: ["the same text has another label"],
        1: [],
        3: [],
    }


def test_equal_texts_without_a_label_do_not_contradict():
    found = review(SHARES, texts=["x"] * 4, given=["", "", "", "b"])
    assert not any(reasons(found)[place] for place in (0, 1, 3))


def test_an_answer_that_is_not_the_label_is_told():
    found = review(SHARES, given=["c", "a", "", " b "])
    assert reasons(found) == {2: ["not sure"], 0: ["its label is another"], 1: [], 3: []}


def test_both_answers_come_with_how_sure_they_are():
    row = review(SHARES).chosen()[0]
    assert (row.first, row.confidence, row.second, row.second_confidence) == ("a", 0.4, "b", 0.35)


def test_of_an_order_the_second_may_be_the_likeliest():
    shares = np.array([[0.4, 0.25, 0.35]])
    second, sure = second_answers(
        ordinal().answer(shares, Calibration()), shares, Calibration(), task=ordinal()
    )
    assert (second.tolist(), sure.tolist()) == ([0], [0.4])


def test_of_labels_that_stand_together_the_second_has_one_more_or_one_less():
    found = review([[0.9, 0.55, 0.2], [0.9, 0.1, 0.45]], task=multi_label(), calibration=Calibration())
    rows = {row.position: row for row in found.chosen()}
    assert (rows[0].first, rows[0].second) == ("a|b", "a")
    assert rows[0].second_confidence == pytest.approx(0.9 * 0.45 * 0.8)
    assert (rows[1].first, rows[1].second) == ("a", "a|c")


def test_the_order_of_joined_labels_says_nothing():
    found = review([[0.9, 0.8, 0.1]], task=multi_label(), calibration=Calibration(), given=["b | a"])
    assert reasons(found) == {0: []}


def test_numbers_come_by_their_intervals_and_have_no_second_answer():
    facts = {"edges": [10.0], "half_widths": [1.0, 5.0], "coverage": [0.9], "widest": [8.0]}
    found = review([[5.0], [20.0]], task=number(), calibration=Calibration(facts=facts), given=["7", "21"])
    first, last = found.chosen()
    assert (first.position, first.first, first.low, first.high) == (1, "20", 15.0, 25.0)
    assert (first.confidence, first.second, first.second_confidence) == (None, None, None)
    assert [str(why) for why in first.why] == ["not sure"]
    assert last.why == []


def test_without_rows_there_is_nothing_to_look_at():
    assert Review(single_label(), NAMES, Calibration()).chosen() == []


def test_network_and_words_disagree_where_their_own_answers_differ():
    how = Answering(Calibration(), Mix(0.3), words=object())
    logits = np.array([[3.0, 0.0, 0.0], [0.0, 3.0, 0.0]])
    said = np.array([[0.8, 0.1, 0.1], [0.8, 0.1, 0.1]])
    assert disagreeing(how, logits, said, single_label()).tolist() == [False, True]
    sets = np.array([[3.0, -3.0, -3.0], [3.0, 3.0, -3.0]])
    assert disagreeing(how, sets, said, multi_label()).tolist() == [False, True]
    assert disagreeing(how, logits, None, single_label()) is None
    assert disagreeing(Answering(Calibration()), logits, said, single_label()) is None
