"""Words alone as a model: they answer as the simple model does, and know how sure they are."""

import numpy as np
import pytest

from finetune.evaluation.baselines import BASELINES, Baseline, measure
from finetune.evaluation.beside_baselines import Beside, Labelled
from finetune.evaluation.of_words import of_words, words_of
from finetune.evaluation.words import tfidf
from finetune.tasks.table import TASKS
from tests.journeys.conftest import sentences

TEXTS = [text for text, _ in sentences(420, seed=3)]
NOISE = np.random.default_rng(0).random(420)
CLASSES = np.where(NOISE < 0.25, np.random.default_rng(1).integers(3, size=420), np.arange(420) % 3)
TARGETS = {
    "single_label": CLASSES,
    "ordinal": CLASSES,
    "multi_label": np.stack([CLASSES == 0, CLASSES < 2, CLASSES == 2], axis=1).astype(np.float32),
    "number": 10.0 * CLASSES + NOISE,
}


def labelled(task, *, validation=60):
    parts = {"train": slice(0, 200), "validation": slice(200, 200 + validation), "test": slice(320, 420)}
    truth = TARGETS[task]
    return Labelled(
        ["valor"] if task == "number" else ["a", "b", "c"],
        {name: TEXTS[rows] for name, rows in parts.items() if len(TEXTS[rows])},
        {name: truth[rows] for name, rows in parts.items() if len(truth[rows])},
        0,
        TASKS[task](),
    )


@pytest.mark.parametrize("task", TARGETS)
@pytest.mark.parametrize("validation", [0, 60])
def test_they_answer_as_the_simple_model_beside_others_does(task, validation):
    data = labelled(task, validation=validation)
    model = tfidf(data.texts["train"], data.truth["train"], len(data.labels), 0)
    words, found = of_words(model, data)
    assert [each.part for each in found] == [part for part in ("validation", "test") if part in data.texts]
    simple = measure(
        Baseline("tfidf", model, len(data.labels), 0.0, 200),
        data.texts["test"],
        data.truth["test"],
        data.task,
    )
    np.testing.assert_allclose(found[-1].answer(words.calibration).predicted, simple.predicted, atol=1e-9)
    report = found[-1].report(words.calibration, seed=0)
    assert "loss" not in report  # they were trained by none
    assert report[data.task.score] == pytest.approx(simple.scores[data.task.score], abs=1e-6)


def test_their_confidence_is_corrected_also_where_few_rows_can_tell():
    data = labelled("single_label", validation=0)
    model = tfidf(data.texts["train"], data.truth["train"], 3, 0)
    words, (found,) = of_words(model, data)
    assert words.calibration.temperature != 1
    plain = data.task.report(
        found.truth, found.logits * words.calibration.temperature, words.calibration, data.labels
    )
    assert found.report(words.calibration, seed=0)["log_loss"] < plain["log_loss"]


def test_numbers_get_intervals_of_the_validation_rows():
    data = labelled("number")
    model = tfidf(data.texts["train"], data.truth["train"], 1, 0)
    words, found = of_words(model, data)
    assert words.calibration.facts["half_widths"]
    within = found[-1].report(words.calibration, seed=0)["interval"]["measured"]
    assert 0.7 < within <= 1


def test_a_wish_for_right_answers_is_granted_by_validation_rows():
    data = labelled("single_label", validation=120)
    model = tfidf(data.texts["train"], data.truth["train"], 3, 0)
    words, (validation, _) = of_words(model, data, wanted_precision=0.9)
    answer = validation.answer(words.calibration)
    assert answer.abstained.any()
    assert (answer.predicted == validation.truth)[~answer.abstained].mean() >= 0.9


def test_only_words_that_have_learned_something_are_words():
    one_class = BASELINES["tfidf"](TEXTS[:20], np.zeros(20, dtype=np.int64), 2, 0)
    assert words_of(Beside(20, 0.0, {}, one_class)) is None
    assert words_of(Beside(20, 0.0, {}, None)) is None
    assert words_of(None) is None
    model = tfidf(TEXTS[:60], CLASSES[:60], 3, 0)
    assert words_of(Beside(60, 0.0, {}, model)) is model
