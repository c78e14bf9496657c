"""How words answer alone: as the simple model does whose words they are, whatever the task."""

import numpy as np
import pytest

from finetune.evaluation.answering import words_alone
from finetune.evaluation.baselines import how_it_answers
from finetune.evaluation.words import tfidf
from finetune.tasks.multi_label import multi_label
from finetune.tasks.ordinal import ordinal
from finetune.tasks.single_label import single_label
from finetune.tasks.task import MULTI

KINDS = ["boi vaca", "chuva seca", "preço saca"]


def rows(task, count=120, seed=0):
    """Texts that are hard to tell apart, and their targets."""
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, len(KINDS), count)
    words = [
        draw.choice(KINDS[draw.integers(0, 3)].split() * 2 + KINDS[kind].split() * 3, 3) for kind in truth
    ]
    if task.problem_type == MULTI:
        truth = np.stack([(truth == 0) | (draw.random(count) < 0.3), truth == 1, truth == 2], axis=1)
        truth = truth.astype(np.float32)
    return [" ".join(each) for each in words], truth


@pytest.mark.parametrize("task", [single_label(), multi_label(), ordinal()], ids=lambda task: task.name)
@pytest.mark.parametrize("vague", [0.3, 2.5])
def test_words_alone_answer_as_the_simple_model_does(task, vague):
    model = tfidf(*rows(task), len(KINDS), 0)
    texts, _ = rows(task, 300, seed=1)
    how = words_alone(model, KINDS, vague, task)
    said = how.said(texts)
    logits = how.logits(np.zeros_like(said), said)
    answer = task.answer(task.probabilities(logits, how.calibration), how.calibration)
    np.testing.assert_array_equal(answer.predicted, task.answer(said, how_it_answers(model)).predicted)
    assert how.is_of_words_alone
    if task.problem_type != MULTI and task.name != "ordinal":
        plain = task.answer(said, how_it_answers(model)).confidence
        assert (answer.confidence > plain).all() == (vague < 1)
