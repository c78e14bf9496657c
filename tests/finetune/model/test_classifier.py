from dataclasses import replace

import lightning.pytorch as pl
import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoTokenizer

from callbacks.hardware.memory_estimate import estimate_training
from callbacks.hardware.precision import precision_plugin
from finetune.data.batching.batches import LengthSampler, MicroBatch, StepSampler
from finetune.data.batching.loader import Batches, Collated
from finetune.data.module import TextData
from finetune.errors import ConfigError
from finetune.model.classifier import TextClassifier
from finetune.tasks.calibration import Calibration
from finetune.tasks.table import TASKS, task_of
from tests.callbacks.hardware.test_memory_estimate import measured_bytes
from tests.finetune.data.batching.test_loader import part_of

LABELS = ["a", "b", "c"]
LENGTHS = np.random.default_rng(0).integers(2, 40, 32).tolist()


def classifier(tiny_model, labels=LABELS, **settings):
    pl.seed_everything(0)
    return TextClassifier(str(tiny_model), labels=labels, freeze_embeddings=False, **settings)


def without_dropout(module):
    module.configure_model()
    for layer in module.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0.0
        if hasattr(layer, "dropout_prob"):
            layer.dropout_prob = 0.0
    return module


class KeepGradients(pl.Callback):
    """The gradients of each optimizer step, as they are just before it."""

    def __init__(self):
        self.steps = []

    def on_before_optimizer_step(self, trainer, module, optimizer):
        self.steps.append(
            {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
        )


TARGETS = {
    "single_label": np.arange(32) % 3,
    "ordinal": np.arange(32) % 3,
    "multi_label": (np.arange(32)[:, None] % [2, 3, 5] == 0).astype(np.float32),
    "number": np.arange(32) * 1.5 + 20.0,
}


def gradients(tiny_model, accumulation, *, task="single_label", rows=32, batch=32, uneven=None):
    """Gradients of one epoch without dropout, its steps cut into `accumulation` micro-batches."""
    targets = TARGETS[task][:rows]
    settings = {"task": task, "facts": task_of(task).facts(targets)}
    labels = ["preço"] if task == "number" else LABELS
    module = without_dropout(classifier(tiny_model, labels, **settings))
    sampler = StepSampler(np.array(LENGTHS[:rows]), effective_batch_size=batch, accumulation=accumulation)
    if uneven is not None:
        sampler.micro_batches = lambda step: np.split(step, uneven)
    part = replace(part_of(LENGTHS[:rows]), labels=targets)
    loader = Batches(Collated(part, 64, 8), sampler)
    keep = KeepGradients()
    trainer = pl.Trainer(
        max_epochs=1,
        accumulate_grad_batches=accumulation,
        callbacks=[keep],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, loader)
    return keep.steps


def assert_equal(found, expected):
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.keys() == theirs.keys()
        for name in ours:
            assert torch.allclose(ours[name], theirs[name], atol=1e-6), name
        assert max(gradient.abs().max() for gradient in ours.values()) > 1e-3


@pytest.mark.parametrize("task", TASKS)
def test_one_step_of_32_two_of_16_and_four_uneven_ones_give_the_same_gradient(tiny_model, task):
    whole = gradients(tiny_model, 1, task=task)
    assert_equal(gradients(tiny_model, 2, task=task, uneven=[16]), whole)
    assert_equal(gradients(tiny_model, 4, task=task, uneven=[1, 4, 21]), whole)
    assert_equal(gradients(tiny_model, 4, task=task), whole)


@pytest.mark.parametrize("task", TASKS)
def test_a_last_step_with_fewer_rows_than_micro_batches_counts_each_row_once(tiny_model, task):
    # 10 rows, 8 a step: the second step has 2 rows in 4 micro-batches
    found = (gradients(tiny_model, cuts, task=task, rows=10, batch=8) for cuts in (4, 1))
    assert_equal(*found)


def test_every_trainable_parameter_is_float32_whatever_the_folder_says(tiny_model, tmp_path):
    from transformers import AutoModel

    AutoModel.from_pretrained(tiny_model, dtype=torch.float16).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(tmp_path)
    module = TextClassifier(str(tmp_path), labels=LABELS)
    module.configure_model()
    assert {p.dtype for p in module.parameters() if p.requires_grad} == {torch.float32}


def test_dropout_is_on_in_training(tiny_model):
    module = classifier(tiny_model)
    module.configure_model()
    assert module.network.training


def test_a_checkpoint_opens_by_itself_with_its_labels(tiny_model, tmp_path):
    module = classifier(tiny_model)
    loader = Batches(
        Collated(part_of(LENGTHS), 64, 8), StepSampler(np.array(LENGTHS), effective_batch_size=8)
    )
    trainer = pl.Trainer(max_steps=1, logger=False, enable_progress_bar=False, enable_checkpointing=False)
    trainer.fit(module, loader)
    trainer.save_checkpoint(tmp_path / "m.ckpt")
    opened = TextClassifier.load_from_checkpoint(tmp_path / "m.ckpt", weights_only=True)
    assert opened.hparams["labels"] == LABELS
    assert opened.network.config.id2label == dict(enumerate(LABELS))
    weight = "network.classifier.weight"
    assert torch.equal(opened.state_dict()[weight], module.state_dict()[weight].cpu())


def test_without_labels_anywhere_it_says_where_they_come_from(tiny_model):
    with pytest.raises(ConfigError, match=r"neither the checkpoint nor the data.*labels="):
        TextClassifier(str(tiny_model)).configure_model()


def test_a_loss_of_another_task_is_refused_before_a_step_is_tried(tiny_model):
    module = classifier(tiny_model, ["preço"], task="number", loss="cross_entropy")
    with pytest.raises(
        ConfigError, match="cross_entropy is none of the task number: it can be trained by huber"
    ):
        module.configure_model()
    classifier(tiny_model, ["preço"], task="number", loss="absolute").configure_model()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"warmup_fraction": 1.0}, "warmup_fraction is 1.0"),
        ({"num_cycles": 0}, "num_cycles is 0"),
        ({"label_smoothing": 2.0}, "label_smoothing is 2.0"),
        ({"learning_rate": -1.0}, "learning_rate is -1.0"),
        ({"layer_decay": 0.0}, "layer_decay 0.0"),
        ({"loss": "cross_entropi"}, "cross_entropi"),
        ({"schedule": "cosin"}, "cosine_with_restarts"),
    ],
)
def test_a_wrong_setting_is_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        TextClassifier(**settings)


def some_batch():
    return Collated(part_of(LENGTHS), 64, 8)[MicroBatch(np.arange(12), 12)]


def test_the_loss_can_be_asked_for_without_a_trainer_and_leaves_no_trace(tiny_model):
    module = without_dropout(classifier(tiny_model))
    batch = some_batch()
    loss = module.training_loss(batch)
    expected = torch.nn.functional.cross_entropy(module(batch), batch["labels"])
    assert loss.item() == pytest.approx(expected.item(), abs=1e-6)
    assert not module.epoch_metrics["train_epoch"].updated


def test_the_memory_of_a_real_encoder_is_foretold(tiny_model):
    """With the metrics that the module keeps. Padding takes none; the estimate, which knows no content, counts it."""
    module = classifier(tiny_model)
    module.configure_model()
    full = Collated(part_of(LENGTHS), min(LENGTHS), 1)[MicroBatch(np.arange(12), 12)]
    assert full["attention_mask"].all()
    for name in ("32-true", "bf16-mixed"):
        plugin = precision_plugin(name, "cpu")
        foretold, measured = (
            [ask(module, batch, plugin, accumulates=True) for batch in (full, some_batch())]
            for ask in (lambda *a, **k: estimate_training(*a, **k).peak_bytes, measured_bytes)
        )
        assert foretold[0] == pytest.approx(measured[0], rel=0.03)
        assert foretold[1] > measured[1]


@pytest.mark.parametrize("task", TASKS)
def test_a_fit_logs_the_metrics_that_the_module_declares_and_no_other(tiny_model, task):
    labels = ["preço"] if task == "number" else LABELS
    module = classifier(tiny_model, labels, task=task, facts=task_of(task).facts(TARGETS[task]))
    part = replace(part_of(LENGTHS), labels=TARGETS[task])
    loader = Batches(Collated(part, 64, 8), StepSampler(np.array(LENGTHS), effective_batch_size=8))
    trainer = pl.Trainer(max_epochs=1, logger=False, enable_progress_bar=False, enable_checkpointing=False)
    rows = Batches(Collated(part, 64, 8), LengthSampler(np.array(LENGTHS), max_tokens=200))
    trainer.fit(module, loader, rows)
    directions = module.metric_directions
    assert set(trainer.callback_metrics) == set(directions)
    assert (directions["val/loss"], directions["train/loss"]) == ("min", "min")
    monitored, better = module.monitored
    assert directions[monitored] == better == "min"
    assert {directions[name] for name in module.watched[:2]} == {"max"} == {module.watched[2]}
    assert directions == TextClassifier(task=task).metric_directions  # known before the network is built
    assert directions.items() <= TextClassifier().metric_directions.items()  # which table it will be is not


class OwnStep(TextClassifier):
    def training_step(self, batch, batch_idx):
        return self.training_loss(batch)


def test_a_subclass_may_have_a_training_step_of_its_own(tiny_model):
    module = OwnStep(str(tiny_model), labels=LABELS)
    loader = Batches(
        Collated(part_of(LENGTHS), 64, 8), StepSampler(np.array(LENGTHS), effective_batch_size=8)
    )
    trainer = pl.Trainer(max_steps=1, logger=False, enable_progress_bar=False, enable_checkpointing=False)
    trainer.fit(module, loader)
    assert trainer.global_step == 1
    assert "train/loss" not in trainer.callback_metrics


class FirstLogits(pl.Callback):
    """What the head is when the first step begins, and what the network then answers to the training rows."""

    def on_train_start(self, trainer, module):
        self.head = {name: value.clone() for name, value in module.network.classifier.state_dict().items()}
        module.network.eval()
        with torch.no_grad():
            found = [
                (module(batch).argmax(-1) == batch["labels"]).float()
                for batch in trainer.datamodule.once("train")
            ]
        module.network.train()
        self.right = float(torch.cat(found).mean())


def fitted(module, *, ckpt_path=None, max_epochs=0, folder=None, of_each=(12, 12, 12), **settings):
    rows = [
        (f"o {word} subiu {number}", label)
        for label, word, count in zip("abc", ("milho", "leite", "trator"), of_each, strict=True)
        for number in range(count)
    ]
    data = TextData(pd.DataFrame(rows, columns=["texto", "rotulo"]), test_fraction=0, on_findings="skip")
    first = FirstLogits()
    trainer = pl.Trainer(
        max_epochs=max_epochs or 1,
        logger=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
        callbacks=[first],
        limit_val_batches=0,
        **settings,
    )
    trainer.fit(module, datamodule=data, ckpt_path=ckpt_path, weights_only=True)
    if folder is not None:
        trainer.save_checkpoint(folder / "last.ckpt")
    return trainer, first


def test_a_fit_starts_the_head_and_says_so(tiny_model, caplog):
    module = classifier(tiny_model)
    with caplog.at_level("INFO", logger="lightning.pytorch"):
        _, first = fitted(module)
    assert first.right > 0.9
    assert module.started.rows == 32
    assert (
        "the new layers begin as a logistic regression on what the pretrained model gives of 32 training rows"
        in caplog.text
    )


def test_a_head_that_was_trained_is_not_started_anew(tiny_model, tmp_path):
    module = classifier(tiny_model)
    trainer, _ = fitted(module)
    trainer.save_checkpoint(tmp_path / "best.ckpt")
    loaded = TextClassifier.load_from_checkpoint(tmp_path / "best.ckpt", weights_only=True)
    for again in (module, loaded):
        before = {name: value.clone() for name, value in again.network.classifier.state_dict().items()}
        _, first = fitted(again)
        assert all(torch.equal(first.head[name], value) for name, value in before.items())


def test_the_head_is_drawn_at_random_when_asked(tiny_model):
    module = classifier(tiny_model, head_start="none")
    _, first = fitted(module)
    assert module.started is None
    assert first.right < 0.9


@pytest.fixture
def knowing(tiny_model, tmp_path):
    """A function that makes a folder whose head was trained for some classes, and returns it with that head."""

    def make(labels):
        module = classifier(tiny_model, labels)
        module.configure_model()
        network = module.network
        torch.nn.init.normal_(network.classifier.bias)
        network.save_pretrained(tmp_path / "known")
        AutoTokenizer.from_pretrained(tiny_model).save_pretrained(tmp_path / "known")
        return tmp_path / "known", {label: network.classifier.weight[n] for n, label in enumerate(labels)}

    return make


def test_of_a_head_that_knows_some_classes_those_of_few_rows_stay_and_the_others_are_started(knowing, caplog):
    folder, rows = knowing(["z", "b", "a"])
    module = TextClassifier(str(folder))
    with caplog.at_level("INFO", logger="lightning.pytorch"):
        _, first = fitted(module, of_each=(12, 4, 12))
    weight = first.head["weight"]
    assert torch.equal(weight[1], rows["b"])
    assert not torch.isclose(weight[0], rows["a"]).all()
    assert module.started.held == (1,)
    assert 'the head knows "a", "b" already; new: "c"; no longer asked for: "z"' in caplog.text
    assert 'what the head knows of "b" stays, with fewer than 5 training rows each' in caplog.text
    assert "untrained" not in caplog.text
    assert module.rates() == (1.5e-4, 1.5e-4)


def test_where_all_known_classes_have_rows_enough_the_whole_head_is_started_and_that_is_told(knowing, caplog):
    folder, _ = knowing(["b", "a"])
    module = TextClassifier(str(folder))
    with caplog.at_level("INFO", logger="lightning.pytorch"):
        _, first = fitted(module)
    assert first.right > 0.9
    assert module.started.held == ()
    assert "each class that the head knows has 5 training rows or more" in caplog.text


@pytest.mark.parametrize("stored", [["c", "a", "b"], ["a", "b", "x", "c"]])
def test_a_head_that_knows_all_classes_goes_on_as_it_is(knowing, caplog, stored):
    folder, rows = knowing(stored)
    module = TextClassifier(str(folder))
    with caplog.at_level("INFO", logger="lightning.pytorch"):
        _, first = fitted(module)
    assert torch.equal(first.head["weight"], torch.stack([rows[label] for label in LABELS]))
    assert module.started is None
    assert 'the head knows "a", "b", "c" already' in caplog.text
    assert "untrained" not in caplog.text


def test_new_classes_are_drawn_at_random_beside_known_ones_when_asked(knowing):
    folder, rows = knowing(["b", "a"])
    module = TextClassifier(str(folder), head_start="none")
    _, first = fitted(module)
    assert torch.equal(first.head["weight"][:2], torch.stack([rows["a"], rows["b"]]))
    assert module.started is None


@pytest.mark.parametrize("lora", [None, {"rank": 2}])
def test_a_fit_that_is_resumed_takes_known_classes_from_its_checkpoint(knowing, caplog, tmp_path, lora):
    folder, _ = knowing(["b", "a"])

    def module():
        pl.seed_everything(0)
        return TextClassifier(str(folder), lora=lora)

    first = module()
    fitted(first, of_each=(12, 4, 12), folder=tmp_path)
    trained = {name: value.clone() for name, value in first.network.classifier.state_dict().items()}
    resumed = module()
    with caplog.at_level("INFO", logger="lightning.pytorch"):
        caplog.clear()
        _, found = fitted(resumed, of_each=(12, 4, 12), ckpt_path=tmp_path / "last.ckpt", max_epochs=2)
    assert all(torch.equal(found.head[name], value) for name, value in trained.items())
    assert resumed.started.held == (1,)
    assert resumed.rates() == first.rates()
    assert "the head knows" not in caplog.text
    opened = TextClassifier.load_from_checkpoint(tmp_path / "last.ckpt", weights_only=True)
    assert opened.network.config.id2label == {0: "a", 1: "b", 2: "c"}
    assert torch.equal(opened.network.classifier.weight, trained["weight"])
    if lora is not None:
        assert torch.equal(opened.merged_network().classifier.weight, trained["weight"])


def test_a_resumed_fit_takes_the_head_of_the_checkpoint(tiny_model, tmp_path):
    module = classifier(tiny_model)
    fitted(module, folder=tmp_path)
    trained = {name: value.clone() for name, value in module.network.classifier.state_dict().items()}
    resumed = classifier(tiny_model)
    _, first = fitted(resumed, ckpt_path=tmp_path / "last.ckpt", max_epochs=2)
    assert resumed.started.rows == 32  # as its checkpoint says; nothing was started anew
    assert all(torch.equal(first.head[name], value) for name, value in trained.items())


def test_a_started_head_learns_as_fast_as_the_encoder_and_keeps_its_rate_when_resumed(tiny_model, tmp_path):
    rates = []
    for start, path in (("auto", None), ("auto", tmp_path / "last.ckpt"), ("none", None)):
        module = classifier(tiny_model, head_start=start)
        fitted(module, ckpt_path=path, folder=None if path else tmp_path)
        rates.append(module.rates())
    assert rates[0] == rates[1] == (1.5e-4, 1.5e-4)
    assert rates[2] == (1.5e-4, pytest.approx(105e-5))


def test_asking_for_the_task_before_it_is_known_decides_nothing(tiny_model):
    module = classifier(tiny_model, ["preço"])
    assert module.task.name == "single_label"
    module.hparams["task"] = "number"
    assert module.task.name == "number"


def test_the_loss_of_an_exported_number_is_in_its_own_units_whatever_table_is_at_hand(tiny_model):
    module = classifier(tiny_model, ["preço"], task="number", facts={"mean": [500.0], "deviation": [100.0]})
    module.configure_model()
    module.calibrate(
        Calibration(facts={"mean": [0.0], "deviation": [1.0]}, folded_scale=[1.0], folded_shift=[0.0])
    )
    found = module.row_loss(torch.tensor([[3.0]]), torch.tensor([3.5]), label_smoothing=0.0)
    assert found.item() == pytest.approx(0.125)  # Huber's, of half a unit
