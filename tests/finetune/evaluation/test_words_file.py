import json

import numpy as np
import pytest

from finetune.errors import DataError
from finetune.evaluation.words import tfidf
from finetune.evaluation.words_file import open_learned, save_words
from tests.finetune.evaluation.test_baselines import table

ODD = ["boi", "", "nada disto", "ÓLEO óleo", "🐄!", "a\u2028b", "x" * 5000]


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
    found = open_learned(tmp_path / "words.npz")
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
        open_learned(tmp_path / "words.npz")


def test_arrays_of_another_kind_are_said(tmp_path):
    np.savez(tmp_path / "words.npz", weight=np.zeros(3))
    with pytest.raises(DataError, match=r"words\.npz cannot be opened"):
        open_learned(tmp_path / "words.npz")


@pytest.mark.parametrize("name", ["weight", "bias", "words_idf"])
@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_arrays_of_other_sizes_are_said(tmp_path, kind, name):
    texts, labels = table(60)
    save_words(tmp_path / "words.npz", tfidf(texts, labels if kind == "classes" else labels / 7, 4, 0))
    arrays = dict(np.load(tmp_path / "words.npz"))
    open_learned(tmp_path / "words.npz")
    np.savez(tmp_path / "words.npz", **{**arrays, name: np.repeat(arrays[name], 2, axis=-1)})
    with pytest.raises(DataError, match=r"words\.npz cannot be opened"):
        open_learned(tmp_path / "words.npz")
