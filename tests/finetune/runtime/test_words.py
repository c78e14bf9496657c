"""What words say, by numpy alone: the same as scikit-learn says, but for its single precision, of any text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.evaluation.words import tfidf
from finetune.evaluation.words_file import open_learned, save_words
from finetune.runtime.answering.said import Refused
from finetune.runtime.answering.words import Words
from tests.journeys.conftest import sentences

ODD = "aáÁção ﬁİßſ\u0301\u200d\u00a0\u2003\t\n.,;!😀日本٣Ⅷ_'"
TEXTS = [text for text, _ in sentences(120)]
LABELS = np.array([number % 3 for number in range(120)])
NUMBERS = np.array([len(text) / 7 - 3 for text in TEXTS])


def learned(kind: str):
    if kind == "two":
        return tfidf(TEXTS, LABELS % 2, 2, 0), 2
    if kind == "number":
        return tfidf(TEXTS, NUMBERS, 1, 0), 1
    if kind == "three of four":  # one without rows
        return tfidf(TEXTS, np.where(LABELS == 2, 3, LABELS), 4, 0), 4
    together = np.stack([LABELS == 0, LABELS < 2, LABELS > 5], axis=1).astype(np.float32)
    return tfidf(TEXTS, together, 3, 0), 3


@pytest.fixture(scope="module", params=["two", "three of four", "together", "number"])
def both(request, tmp_path_factory):
    model, outputs = learned(request.param)
    path = tmp_path_factory.mktemp("words") / "words.npz"
    save_words(path, model)
    return model, Words(path, outputs)


@given(
    texts=st.lists(
        st.text() | st.text(ODD) | st.lists(st.sampled_from(" ".join(TEXTS).split())).map(" ".join)
    )
)
@settings(max_examples=60, deadline=None)
def test_words_say_what_scikit_learn_says(both, texts):
    alike(both, texts)


def alike(both, texts):
    """To 1e-6 of a probability; of numbers, to 5e-6 of the largest: their weights are large, and counts single."""
    theirs, ours = both
    most = 5e-6 * np.abs(NUMBERS).max() if ours.numbers else 1e-6
    np.testing.assert_allclose(ours.probabilities(texts), theirs.predict_proba(texts), atol=most, rtol=1e-6)


def test_of_hundreds_of_texts_too_and_of_a_long_one(both):
    texts = [*(text for text, _ in sentences(400, seed=7)), "Boi " * 3000, "", "  "]
    alike(both, texts)


def test_what_was_saved_is_opened_as_it_was(both, tmp_path):
    theirs, _ = both
    save_words(tmp_path / "words.npz", theirs)
    opened = open_learned(tmp_path / "words.npz")
    assert type(opened) is type(theirs)
    np.testing.assert_array_equal(opened.predict_proba(TEXTS), theirs.predict_proba(TEXTS))


def test_words_of_other_labels_are_refused(tmp_path):
    path = tmp_path / "words.npz"
    save_words(path, learned("three of four")[0])
    with pytest.raises(Refused, match=r"words\.npz does not go with the 3 labels of finetune\.json"):
        Words(path, 3)
    arrays = dict(np.load(path))
    for name, cut in (
        ("weight", arrays["weight"][:, 1:]),
        ("bias", arrays["bias"][1:]),
        ("words_idf", np.ones(3)),
    ):
        np.savez(path, **{**arrays, name: cut})
        with pytest.raises(Refused, match=r"does not go with the 4 labels"):
            Words(path, 4)


def test_a_damaged_file_is_told(tmp_path):
    path = tmp_path / "words.npz"
    for content in (None, b"", b"PK\x03\x04"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(Refused, match=r"words\.npz is damaged: put the file of the export back"):
            Words(path, 2)
