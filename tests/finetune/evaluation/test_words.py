import json

import numpy as np
import pytest

from finetune.errors import DataError
from finetune.evaluation import words
from finetune.evaluation.baselines import fit_baselines
from finetune.evaluation.words import open_words, out_of_fold, save_words, tfidf, words_left_out
from tests.finetune.evaluation.test_baselines import table

ODD = ["boi", "", "nada disto", "ÓLEO óleo", "🐄!", "a\u2028b", "x" * 5000]


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


@pytest.mark.parametrize("classes", [[0, 1], [0, 1, 3]])
def test_what_was_saved_answers_to_the_last_bit_as_it_did(tmp_path, classes):
    texts, labels = table(90)
    kept = np.isin(labels, classes)
    texts, labels = [text for text, keep in zip([*texts], kept, strict=True) if keep], labels[kept]
    texts[:3] = [
        "\u2028 boi",
        '"aspas" e \\barra',
        "línea\x85nova",
    ]  # what some readers take for a line's end
    model = tfidf(texts, labels, 4, 0)
    save_words(tmp_path / "words.npz", model)
    found = open_words(tmp_path / "words.npz")
    assert (found.predict_proba([*texts, *ODD]) == model.predict_proba([*texts, *ODD])).all()
    assert (found.rows, found.num_classes) == (model.rows, 4)


def test_the_file_is_arrays_and_json_alone(tmp_path):
    save_words(tmp_path / "words.npz", tfidf(*table(60), 4, 0))
    with np.load(tmp_path / "words.npz", allow_pickle=False) as file:
        assert "boi" in json.loads(file["words"].tobytes().decode("utf-8"))
        assert all(file[name].dtype != object for name in file)


@pytest.mark.parametrize("content", [None, b"", b"nothing", b"PK\x03\x04"])
def test_what_cannot_be_opened_is_said(tmp_path, content):
    if content is not None:
        (tmp_path / "words.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"words\.npz cannot be opened"):
        open_words(tmp_path / "words.npz")


def test_arrays_of_another_kind_are_said(tmp_path):
    np.savez(tmp_path / "words.npz", weight=np.zeros(3))
    with pytest.raises(DataError, match=r"words\.npz cannot be opened"):
        open_words(tmp_path / "words.npz")


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
    assert (found[held_out] == alone.predict_proba([texts[i] for i in held_out])).all()
    assert np.isnan(out_of_fold(texts, wrong, folds[:1], 4, 0)[folds[1][1]]).all()
