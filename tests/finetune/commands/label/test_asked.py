"""What a model says of rows, of each kind of label: as it answers elsewhere, and where network and words differ."""

import numpy as np
import pytest

from finetune.commands.label.asked import answers_of, disagreeing
from finetune.corrections.row import Row
from finetune.runtime.answering.answers import MULTI, NUMBER
from tests.journeys.conftest import sentences
from tests.served_folders import KINDS, engine_of, english, folders  # noqa: F401

SINGLE = "single_label_classification"


def rows_of(kind, count=9):
    texts = [text for text, _ in sentences(count)]
    return [Row((text, texts[-1]) if kind == "pair" else (text,)) for text in texts]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_what_the_model_answers_elsewhere(engine_of, kind):  # noqa: F811
    engine, rows = engine_of(kind), rows_of(kind)
    found = answers_of(engine, rows)
    assert np.allclose(found.probabilities, engine.model.probabilities([row.texts for row in rows]))
    assert (found.disagree is not None) == (kind == "words")
    assert found.disagree is None or found.disagree.shape == (9,)
    assert answers_of(engine, []).probabilities.shape == (0, len(engine.model.labels))


def test_many_rows_are_asked_some_at_a_time_and_it_is_said(engine_of, monkeypatch):  # noqa: F811
    from finetune.commands.label import asked

    told = []
    monkeypatch.setattr(asked, "AT_ONCE", 4)
    monkeypatch.setattr(asked, "SOON", 5)
    monkeypatch.setattr(asked, "note", lambda text, **values: told.append(values["n"]))
    engine, rows = engine_of("words"), rows_of("words")
    assert np.allclose(
        answers_of(engine, rows).probabilities, engine.model.probabilities([row.texts for row in rows])
    )
    assert told == [9]


def test_network_and_words_differ_where_they_answer_otherwise():
    logits = np.array([[3.0, -3.0], [-3.0, 3.0]])
    assert disagreeing(logits, np.array([[0.9, 0.1], [0.6, 0.4]]), SINGLE).tolist() == [False, True]
    assert disagreeing(logits, np.array([[0.9, 0.6], [0.4, 0.9]]), MULTI).tolist() == [True, False]
    assert disagreeing(logits[:, :1], np.array([[9.0], [1.0]]), NUMBER).tolist() == [False, False]
