"""What more rows would be worth is told of few rows alone, where it shows, and of training rows alone."""

from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from finetune.evaluation import learning_curve as module
from finetune.evaluation.learning_curve import answers, gained, learning_curve, rows_are_few, scores_of
from finetune.evaluation.more_rows import curve_of, groups_of, more_rows, worth
from finetune.tasks.multi_label import multi_label
from finetune.tasks.ordinal import ordinal
from finetune.tasks.single_label import single_label

DEMO = str(files("finetune.data.demo") / "agro.csv")


@pytest.fixture(scope="module")
def few():
    """64 rows of the demo table, and the class of each."""
    table = pd.read_csv(DEMO, dtype=str).sample(64, random_state=3)
    return table.texto.tolist(), np.unique(table.rotulo, return_inverse=True)[1]


@pytest.fixture(scope="module")
def curve(few):
    return learning_curve(*few, 0)


def test_few_rows_of_real_texts_show_that_more_would_help(few, curve):
    assert curve.shows
    assert list(curve.scores) == sorted(curve.scores)
    assert curve.rows == pytest.approx([13, 26, 51.2])  # a fifth is left out each time
    low, high = curve.interval
    assert 0.01 <= low < curve.doubling < high < 0.5
    assert curve.a_class == np.median(np.bincount(few[1])).astype(int)


def test_rows_are_answered_that_were_left_out_and_each_once(few, monkeypatch):
    asked = []

    def remember(texts, labels, folds, *others):
        for train, left_out in folds:
            assert not set(train) & set(left_out)
            asked.extend(left_out.tolist())
        return np.eye(int(labels.max()) + 1)[labels]

    monkeypatch.setattr(module, "out_of_fold", remember)
    rows, predicted = answers(*few, 0)
    assert sorted(asked) == sorted([*range(64)] * 3)
    assert scores_of(few[1], predicted[None]).tolist() == [1, 1, 1]
    assert rows == pytest.approx([13, 26, 51.2])


def test_rows_of_one_group_are_left_out_together(few, monkeypatch):
    groups = np.arange(64) // 4
    seen = []

    def remember(texts, labels, folds, *others):
        seen.extend((set(groups[train]), set(groups[left_out])) for train, left_out in folds)
        return np.eye(int(labels.max()) + 1)[labels]

    monkeypatch.setattr(module, "out_of_fold", remember)
    answers(*few, 0, groups)
    assert seen
    assert not any(learned & asked for learned, asked in seen)


def test_of_too_few_groups_nothing_is_told(few):
    assert learning_curve(*few, 0, np.arange(64) % 3) is None


def test_rows_without_a_group_stand_alone():
    found = groups_of(["Fazenda A", None, "fazenda  a", None, ""])
    assert found[0] == found[2]
    assert len(set(found.tolist())) == 4


def test_errors_that_halve_with_each_doubling_go_on_halving():
    rows = np.array([10.0, 20, 40])
    assert gained(rows, np.array([0.2, 0.6, 0.8]), 40) == pytest.approx(0.1)
    assert gained(rows, np.array([0.2, 0.6, 0.8]), 80, 4) == pytest.approx(0.075)
    assert gained(rows, np.array([0.5, 0.5, 0.5]), 50) == pytest.approx(0)
    assert 0 <= gained(rows, np.array([0.9, 0.99, 1.0]), 40) < 0.01


def test_where_labels_are_chance_nothing_is_promised(few):
    texts, labels = few
    chance = np.random.default_rng(0).permutation(labels)
    assert curve_of(texts, chance, single_label(), 0) is None


def test_equal_texts_are_taken_once(few, curve):
    texts, labels = few
    again = learning_curve([*texts, *(text.upper() for text in texts)], np.tile(labels, 2), 0)
    assert again.rows == curve.rows


@pytest.mark.parametrize(
    ("counts", "are_few"),
    [
        ([7, 100, 100], True),
        ([8, 100, 100], False),
        ([20, 29, 200], True),
        ([20, 30, 200], False),
        ([5], False),
    ],
)
def test_rows_are_few_by_the_rarest_class_or_the_one_in_the_middle(counts, are_few):
    assert rows_are_few(np.repeat(np.arange(len(counts)), counts)) is are_few


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        (["boi", "vaca", "soja"] * 9, [0, 0, 1] * 9),  # three texts
        ([f"boi {n}" for n in range(30)], [0] * 30),
        ([f"boi {n}" for n in range(30)], list(range(30))),
        ([f"boi {n}" for n in range(1_001)], [0] + [1] * 1_000),
    ],
)
def test_too_few_to_tell_or_too_many_to_ask(texts, labels):
    assert learning_curve(texts, np.array(labels), 0) is None


def test_only_macro_f1_of_single_labels_is_told(few):
    texts, labels = few
    assert curve_of(texts, labels, ordinal(), 0) is None
    assert curve_of(texts, np.eye(8, dtype=np.float32)[labels], multi_label(), 0) is None


@pytest.fixture
def table(few):
    """The same as training rows, with others to validate and to test."""
    texts, labels = few
    table = pd.DataFrame({"texto": texts, "rotulo": [f"c{label}" for label in labels], "parte": "treino"})
    others = {
        "texto": [f"outra linha {n}" for n in range(8)],
        "rotulo": "c1",
        "parte": ["teste", "validação"] * 4,
    }
    return pd.concat([pd.DataFrame(others), table], ignore_index=True)


def test_the_check_looks_at_training_rows_alone(table, few, look, monkeypatch):
    seen = []
    monkeypatch.setattr("finetune.evaluation.more_rows.learning_curve", lambda texts, *_: seen.extend(texts))
    assert list(more_rows(look(table))) == []
    assert seen == few[0]


def test_the_check_says_what_as_many_rows_again_are_worth(table, look, curve):
    (finding,) = more_rows(look(table))
    assert finding.severity == "note"
    assert finding.count == 64
    assert "learned from a quarter, half and all of them reached a macro-F1 of 0." in str(finding.told)
    assert str(finding.advice) == str(worth(curve))
    points = f"{100 * curve.doubling:.0f} points of macro-F1 to a simple model"
    assert f"about {curve.a_class} more in a class, would be worth about {points}" in str(finding.advice)
