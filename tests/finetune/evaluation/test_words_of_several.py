"""Words and simple models, where a row may have several labels."""

import json

import numpy as np
import pytest

from finetune.evaluation import words
from finetune.evaluation.baselines import BASELINES, fit_baselines, how_it_answers, measure
from finetune.evaluation.words import tfidf, words_left_out
from finetune.evaluation.words_file import open_learned, save_words
from finetune.tasks.multi_label import multi_label
from finetune.tasks.set_thresholds import THRESHOLDS
from tests.finetune.evaluation.test_words_file import ODD

WORDS = ("boi pasto arroba", "soja ferrugem grão", "trator pneu óleo")
TASK = multi_label()


def table(rows, seed=0):
    """Texts of which each has a word for each of its labels, the third a rare one; the fourth never occurs."""
    random = np.random.default_rng(seed)
    labels = np.zeros((rows, 4), np.float32)
    labels[:, :3] = random.random((rows, 3)) < [0.5, 0.3, 0.08]
    texts = [
        " ".join(
            [
                "hoje",
                *(random.choice(WORDS[label].split()) for label in np.flatnonzero(row)),
                str(random.integers(9)),
            ]
        )
        for row in labels
    ]
    return texts, labels


@pytest.mark.parametrize("name", BASELINES)
def test_every_row_of_the_table_says_how_probable_each_label_is(name):
    texts, labels = table(60)
    model = BASELINES[name](texts, labels, 4, 0)
    found = model.predict_proba(["boi", "", "nada disto", "óleo"])
    assert found.shape == (4, 4)
    assert ((found >= 0) & (found <= 1)).all()
    assert (found[:, 3] < 1e-6).all()
    assert model.predict_proba([]).shape == (0, 4)


def test_it_learns_what_there_is_to_learn_and_repeats_itself():
    texts, labels = table(300)
    new, truth = table(100, seed=1)
    (learned,) = fit_baselines(texts, labels, num_classes=4, seed=0, names=["tfidf"])
    found = measure(learned, new, truth, TASK)
    assert found.scores["f1_macro"] > 0.9
    assert (tfidf(texts, labels, 4, 0).predict_proba(new) == found.probabilities).all()


def test_its_thresholds_are_found_by_rows_that_it_left_out_and_help_a_rare_label():
    texts, labels = table(120)
    new, truth = table(400, seed=1)
    (learned,) = fit_baselines(texts, labels, num_classes=4, seed=0, names=["tfidf"])
    found = measure(learned, new, truth, TASK)
    assert how_it_answers(learned.model).facts[THRESHOLDS][2] < 0.4
    half = (found.probabilities >= 0.5).astype(np.float32)
    assert TASK.scores(truth, found.predicted)["f1_macro"] > TASK.scores(truth, half)["f1_macro"] + 0.02


def test_the_most_frequent_labels_are_what_most_rows_have_together():
    labels = np.array([[1, 0, 1], [1, 0, 1], [1, 1, 0], [0, 1, 0], [0, 0, 0]], np.float32)
    (learned,) = fit_baselines(["a"] * 5, labels, num_classes=3, seed=0, names=["majority"])
    found = measure(learned, ["x", "y"], labels[:2], TASK)
    assert found.predicted.tolist() == [[1, 0, 1]] * 2
    assert found.probabilities.tolist() == [pytest.approx([0.6, 0.4, 0.4])] * 2


def test_a_table_of_many_rows_is_left_out_once(monkeypatch):
    texts, labels = table(100)
    monkeypatch.setattr(words, "ENOUGH_LEFT_OUT", 20)
    whole = words_left_out(texts, labels, 4, 0)
    some = words_left_out(texts, labels, 4, 0, enough=20)
    there = ~np.isnan(some[:, 0])
    assert there.sum() == 20
    assert (some[there] == whole[there]).all()
    assert not np.isnan(whole).any()


@pytest.mark.parametrize("rows", [[[1, 0], [1, 0]], [[1, 0], [0, 1]], [[0, 0], [1, 1], [0, 1]]])
def test_the_smallest_tables_can_be_learned(rows):
    labels = np.array(rows, np.float32)
    model = tfidf(["boi", "!", "🐄"][: len(rows)], labels, 2, 0)
    assert model.predict_proba(["boi"]).shape == (1, 2)
    assert len(how_it_answers(model).facts[THRESHOLDS]) == 2


def test_what_was_saved_answers_to_the_last_bit_as_it_did(tmp_path):
    texts, labels = table(90)
    model = tfidf(texts, labels, 4, 0)
    save_words(tmp_path / "words.npz", model)
    found = open_learned(tmp_path / "words.npz")
    assert (found.predict_proba([*texts, *ODD]) == model.predict_proba([*texts, *ODD])).all()
    assert (found.rows, found.num_classes, found.facts) == (90, 4, model.facts)
    with np.load(tmp_path / "words.npz", allow_pickle=False) as file:
        assert "boi" in json.loads(file["words"].tobytes().decode("utf-8"))
        assert all(file[name].dtype != object for name in file)


def test_what_two_rows_taught_is_opened_as_labels_that_stand_together(tmp_path):
    model = tfidf(["boi gordo", "soja"], np.eye(2, dtype=np.float32), 2, 0)  # none could be left out
    save_words(tmp_path / "words.npz", model)
    found = open_learned(tmp_path / "words.npz").predict_proba(["boi", "soja"])
    assert (found == model.predict_proba(["boi", "soja"])).all()
