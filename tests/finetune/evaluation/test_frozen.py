from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification

from finetune.evaluation.frozen import frozen
from finetune.tasks.calibration import Calibration
from finetune.tasks.multi_label import multi_label
from finetune.tasks.set_thresholds import THRESHOLDS

TASK = multi_label()
NETWORK = BertForSequenceClassification(
    BertConfig(vocab_size=9, hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4)
)


def rows_of(seed, rows=400):
    """Two labels, the first of few rows, and logits that are three times as sure as they may be."""
    draw = np.random.default_rng(seed)
    signal = draw.normal(size=(rows, 2)) * 1.5 - [2.0, 0.0]
    there = draw.random((rows, 2)) < 1 / (1 + np.exp(-signal))
    return 3 * signal, there.astype(np.float32)


def test_the_thresholds_of_several_labels_are_those_of_the_temperature_they_were_found_with(monkeypatch):
    parts = {"validation": rows_of(1), "test": rows_of(2)}
    monkeypatch.setattr("finetune.evaluation.frozen.logits_of", lambda network, batch: batch["answer"])
    model = SimpleNamespace(
        as_started=lambda: NETWORK,
        started=SimpleNamespace(rows=9, seconds=0.1, head={}),
        task=TASK,
        hparams={"facts": {}},
        trainer=SimpleNamespace(precision_plugin=SimpleNamespace(forward_context=nullcontext)),
        batches_of=lambda part: [
            {"row": torch.arange(400), "answer": torch.from_numpy(parts[part][0]).float()}
        ],
    )
    data = SimpleNamespace(parts={name: SimpleNamespace(labels=truth) for name, (_, truth) in parts.items()})
    logits, truth = parts["test"]
    how = TASK.calibrated(*parts["validation"], Calibration())
    assert how.temperature > 2
    mixed = Calibration(facts={THRESHOLDS: how.facts[THRESHOLDS]})  # of another temperature

    def right(calibration):
        said = TASK.probabilities(logits, calibration)
        return TASK.scores(truth, TASK.answer(said, calibration).predicted)["f1_macro"]

    found = frozen(model, data).parts["test"].scores["f1_macro"]
    assert found == pytest.approx(right(how), abs=0.005)
    assert found > right(mixed) + 0.02
