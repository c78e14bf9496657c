import numpy as np
import pytest

from finetune.evaluation import words
from finetune.evaluation.words import out_of_fold

SUBJECTS = {0: "milho soja trigo adubo", 1: "leite vaca queijo pasto", 2: "chuva seca geada sol"}


def rows_of(rows=90, seed=0):
    """Texts of three subjects with words of all, and signs and letters that some folds alone have."""
    draw = np.random.default_rng(seed)
    labels = np.arange(rows) % 3
    every = " ".join(SUBJECTS.values()).split()
    texts = [
        " ".join(
            [
                *draw.choice(SUBJECTS[label].split(), 3),
                *draw.choice(every, 3),
                f"x{number}!",
                "Ação" * (number % 2),
            ]
        )
        for number, label in enumerate(labels)
    ]
    return texts, labels


def folds_of(rows, count=4):
    part = np.arange(rows) // 3 % count
    return [(np.flatnonzero(part != each), np.flatnonzero(part == each)) for each in range(count)]


def one_by_one(texts, labels, folds, classes):
    """What is said where each fold counts the texts that it learns from by itself."""
    said = np.full((len(texts), classes), np.nan)
    for train, held_out in folds:
        model = words._learned([texts[i] for i in train], labels[train], classes, 7)
        said[held_out] = model.predict_proba([texts[i] for i in held_out])
    return said


def assert_same(found, expected):
    """But for the order in which numbers were added up."""
    np.testing.assert_allclose(found, expected, atol=3e-6, rtol=0)


@pytest.mark.parametrize("most", [50_000, 40], ids=["all that stands there", "the most frequent"])
@pytest.mark.parametrize("most_rows", [20_000, 50], ids=["all rows", "rows that are drawn"])
def test_counted_once_words_learn_the_same(monkeypatch, most, most_rows):
    monkeypatch.setattr(words, "MOST_FEATURES", most)
    monkeypatch.setattr(words, "MOST_ROWS", most_rows)
    texts, labels = rows_of()
    folds = folds_of(len(texts))
    assert_same(out_of_fold(texts, labels, folds, 4, 7), one_by_one(texts, labels, folds, 4))


def test_of_labels_that_stand_together_too():
    texts, numbers = rows_of()
    labels = np.stack([numbers == 0, numbers != 1], axis=1).astype(np.float32)
    folds = folds_of(len(texts))
    assert_same(out_of_fold(texts, labels, folds, 2, 7), one_by_one(texts, labels, folds, 2))


def test_a_fold_of_one_class_a_row_that_no_fold_asks_for_and_a_fold_that_asks_for_none():
    texts, labels = rows_of()
    only = np.flatnonzero(labels == 1)
    folds = [(only[:5], only[5:9]), (np.arange(30), np.arange(40, 50)), (np.arange(9), np.arange(0))]
    found, expected = out_of_fold(texts, labels, folds, 3, 7), one_by_one(texts, labels, folds, 3)
    assert_same(found, expected)
    assert np.isnan(found[-1]).all()
    assert found[only[5]].argmax() == 1
