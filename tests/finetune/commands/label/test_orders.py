"""The orders, as functions of what is known of rows: which come first, and which are left out."""

import numpy as np
import pytest

from finetune.commands.label.orders import MIXED, NAMES, ORDERS, Known, ordered
from finetune.commands.label.spread import of_words, spread_out
from finetune.commands.label.twins import contradicted
from finetune.runtime.answering.answers import TASKS as ANSWERING
from finetune.tasks.table import TASKS

LABELS = ("Clima", "Pecuária", "Preços")
TEXTS = ["chuva forte", "boi gordo", "preço da soja", "geada no sul", "vaca e boi", "milho caro"]


def known(shares, *, given=None, task="single_label", labels=LABELS, facts=None, texts=None, **more):
    shares = np.array(shares, dtype=float)
    made = TASKS[task]()
    return Known(
        texts=texts or [f"{TEXTS[at % 6]} {at}" for at in range(len(shares))],
        given=given or [None] * len(shares),
        problem=made.problem_type,
        labels=labels,
        probabilities=shares,
        answer=ANSWERING[task](shares, {"facts": facts or {}}),
        parts=made.parts,
        vectors=of_words,
        **{"disagree": None} | more,
    )


SURE, HALF, UNSURE = [0.9, 0.1, 0.0], [0.6, 0.3, 0.1], [0.4, 0.3, 0.3]


def test_the_least_sure_come_first():
    assert ORDERS["unsure"](known([SURE, UNSURE, HALF])).tolist() == [1, 2, 0]


def test_rows_without_a_label_come_before_all_that_have_one():
    assert ORDERS["unsure"](known([UNSURE, SURE, HALF], given=["Clima", None, None])).tolist() == [2, 1]
    assert set(ORDERS["random"](known([SURE] * 9, given=[None, "Clima", None] * 3)).tolist()) == {
        0,
        2,
        3,
        5,
        6,
        8,
    }


def test_of_several_labels_and_of_numbers_too():
    sets = known([[0.9, 0.1], [0.5, 0.5], [0.9, 0.4]], task="multi_label", labels=("a", "b"))
    assert ORDERS["unsure"](sets).tolist() == [1, 2, 0]
    facts = {"edges": [10.0, 20.0], "half_widths": [1.0, 5.0, 2.0]}
    numbers = known([[5.0], [15.0], [25.0]], task="number", labels=("preço",), facts=facts)
    assert ORDERS["unsure"](numbers).tolist() == [1, 2, 0]
    assert not len(ORDERS["unsure"](known([[5.0], [7.0]], task="number", labels=("preço",))))


def test_a_label_that_the_answer_contradicts_comes_first_where_the_answer_is_surest():
    given = ["Pecuária", "Clima", "Preços", None, "unknown class"]
    found = ORDERS["wrong_label"](known([HALF, SURE, SURE, UNSURE, SURE], given=given))
    assert found.tolist() == [2, 0]


def test_a_set_of_labels_with_one_too_much_or_too_few():
    given = ["a|b", "a", "", "b"]
    shares = [[0.9, 0.2], [0.9, 0.1], [0.1, 0.95], [0.1, 0.9]]
    found = ORDERS["wrong_label"](known(shares, given=given, task="multi_label", labels=("a", "b")))
    assert found.tolist() == [2, 0]


def test_a_number_far_outside_of_its_interval():
    facts = {"edges": [0.0], "half_widths": [1.0, 2.0]}
    found = ORDERS["wrong_label"](
        known(
            [[10.0], [10.0], [10.0]], given=["11", "20", "13"], task="number", labels=("preço",), facts=facts
        )
    )
    assert found.tolist() == [1, 2]


def test_equal_and_nearly_equal_texts_with_different_labels_stand_side_by_side():
    long = "o preço da saca de soja subiu muito na semana passada em todo o estado do paraná"
    texts = ["Boi gordo!", long, "nada", "boi gordo", long + " ontem", "boi  gordo"]
    given = ["Pecuária", "Preços", "Clima", "Preços", "Clima", None]
    assert contradicted(texts, given).tolist() == [0, 3, 1, 4]
    assert contradicted(["a b c"] * 2, ["Clima", "Clima"]).tolist() == []
    assert contradicted([], []).tolist() == []
    sets = known(
        [[0.9, 0.1]] * 2, given=["a|b", "b|a"], task="multi_label", labels=("a", "b"), texts=["x"] * 2
    )
    assert not len(ORDERS["contradiction"](sets))


def test_rows_where_network_and_words_differ_follow():
    found = ORDERS["contradiction"](known([SURE, UNSURE, HALF], disagree=np.array([True, False, True])))
    assert found.tolist() == [2, 0]


def test_what_is_spread_out_covers_every_group_before_it_takes_two_of_one():
    groups = np.repeat(np.eye(4), 5, axis=0) + np.random.default_rng(0).normal(0, 0.01, (20, 4))
    assert {row // 5 for row in spread_out(groups, 4).tolist()} == {0, 1, 2, 3}
    assert sorted(spread_out(groups, 20).tolist()) == list(range(20))
    assert sorted(spread_out(np.zeros((3, 2)), 3).tolist()) == [0, 1, 2]


def test_texts_of_like_words_are_near():
    vectors = of_words(["boi gordo no pasto", "boi gordo e pasto seco", "geada forte no sul"])
    assert np.linalg.norm(vectors[0] - vectors[1]) < np.linalg.norm(vectors[0] - vectors[2])
    assert np.isfinite(of_words(["", "..."])).all()


def test_diverse_takes_the_less_sure_half_and_no_copy_before_all_others():
    shares = [UNSURE] * 4 + [SURE] * 4
    texts = ["chuva"] * 3 + ["boi gordo"] + TEXTS[:4]
    found = ORDERS["diverse"](known(shares, texts=texts))
    assert set(found.tolist()) <= {0, 1, 2, 3}
    assert 3 in found[:2].tolist()


def test_mixed_takes_turns_and_shows_each_row_once():
    shares = [SURE, UNSURE, HALF, SURE, HALF, SURE]
    found = ordered(MIXED, known(shares, given=["Preços", None, None, None, "Clima", None]))
    rows, reasons = zip(*found, strict=True)
    assert len(set(rows)) == len(rows)
    assert set(rows) == {0, 1, 2, 3, 5}
    assert found[0] == (1, "unsure")
    assert (0, "wrong_label") in found
    assert reasons[1] == "diverse"


@pytest.mark.parametrize("name", NAMES)
def test_every_order_is_the_same_each_time_and_takes_no_rows(name):
    some = known(np.random.default_rng(0).dirichlet([1, 1, 1], 40), given=["Clima", None] * 20)
    again = known(np.random.default_rng(0).dirichlet([1, 1, 1], 40), given=["Clima", None] * 20)
    assert ordered(name, some) == ordered(name, again)
    assert ordered(name, known(np.zeros((0, 3)))) == []
    assert all(why in ORDERS for _, why in ordered(name, some))
