import numpy as np
import pytest

from finetune.evaluation import words
from finetune.evaluation.baselines import fit_baselines
from finetune.evaluation.words import out_of_fold, tfidf, words_left_out
from tests.finetune.evaluation.test_baselines import table


def test_it_learns_what_there_is_to_learn_and_repeats_itself():
    texts, labels = table(200)
    new, truth = table(100, seed=1)
    first, second = (tfidf(texts, labels, 4, 7).predict_proba(new) for _ in range(2))
    assert (first.argmax(axis=1) == truth).all()
    assert (first == second).all()


def test_it_learns_from_a_sample_and_says_so(monkeypatch):
    monkeypatch.setattr(words, "MOST_ROWS", 30)
    texts, labels = table(90)
    majority, counted = fit_baselines(texts, labels, num_classes=4, seed=0, names=["majority", "tfidf"])
    assert (majority.rows, counted.rows) == (90, 30)


def test_it_reads_only_the_beginning(monkeypatch):
    monkeypatch.setattr(words, "MOST_CHARACTERS", 4)
    model = tfidf(["boi", "soja"] * 5, np.array([0, 1] * 5), 2, 0)
    assert (model.predict_proba(["soja boi boi"]) == model.predict_proba(["SOJA"])).all()


@pytest.mark.parametrize("labels", [[0] * 4 + [1] * 4, [0, 0, 1, 1, 2, 2], [0, 0, 0, 1]])
def test_few_rows_are_left_out_in_fewer_turns(labels):
    texts = [f"{['soja', 'milho', 'leite'][label]} {number}" for number, label in enumerate(labels)]
    found = words_left_out(texts, np.array(labels), 3, 0)
    assert found.sum(axis=1) == pytest.approx(np.ones(len(labels)), abs=1e-6)
    assert words_left_out(texts[:1] + texts[-1:], np.array([0, 1]), 3, 0) is None


def test_out_of_fold_rows_are_answered_by_a_model_that_never_saw_them():
    texts, labels = table(90)
    wrong = labels.copy()
    wrong[:5] = np.where(labels[:5] == 0, 1, 0)
    parts = np.array_split(np.random.default_rng(0).permutation(90), 3)
    folds = [(np.setdiff1d(np.arange(90), part), part) for part in parts]
    found = out_of_fold(texts, wrong, folds, 4, 0)
    assert found.shape == (90, 4)
    assert found.sum(axis=1) == pytest.approx(np.ones(90), abs=1e-6)
    assert (found.argmax(axis=1)[:5] == labels[:5]).all()
    train, held_out = folds[1]
    alone = tfidf([texts[i] for i in train], wrong[train], 4, 0)
    np.testing.assert_allclose(found[held_out], alone.predict_proba([texts[i] for i in held_out]), atol=1e-6)
    assert np.isnan(out_of_fold(texts, wrong, folds[:1], 4, 0)[folds[1][1]]).all()


def test_of_a_large_table_some_rows_are_left_out(monkeypatch):
    """To count the words of all of them takes the memory of all."""
    texts = ["boi gordo", "soja seca", "chuva forte"] * 20
    labels = np.arange(60) % 3
    whole = words_left_out(texts, labels, 3, 0)
    monkeypatch.setattr("finetune.evaluation.words.MOST_ROWS", 30)
    found = words_left_out(texts, labels, 3, 0)
    there = ~np.isnan(found[:, 0])
    assert not np.isnan(whole).any()
    assert there.sum() == 30
    assert set(labels[there]) == {0, 1, 2}
    assert (found[there].argmax(axis=1) == labels[there]).all()
