"""DomainModel by itself: what it logs, what it is told wrong, what its memory is, that gaps do not hang on batches."""

import lightning.pytorch as pl
import numpy as np
import pytest
import torch
from lightning.pytorch.plugins.precision import Precision
from transformers import AutoTokenizer

from callbacks.hardware.memory_estimate import estimate_evaluation, estimate_training
from finetune.data.batching.batches import LengthSampler, MicroBatch, StepSampler
from finetune.data.batching.loader import Batches, Collated
from finetune.data.batching.pairs import tokenize_rows
from finetune.data.batching.part import Part
from finetune.errors import ConfigError, ModelError
from finetune.model.domain_model import DomainModel
from tests.decoders import byte_tokenizer
from tests.finetune.model.objectives.test_masked_words import TEXTS, write_encoder

OBJECTIVES = ["masked_words", "two_views"]


class Texts(pl.LightningDataModule):
    """Some texts, in steps of 8, with the tokenizer that the model asks for."""

    def __init__(self, tokenizer, texts=TEXTS):
        super().__init__()
        self.tokenizer = tokenizer
        tokens, _ = tokenize_rows([texts], tokenizer, cache=None)
        rows = np.arange(len(texts))
        self.data = Collated(Part(tokens, rows, rows, None), 64, 4)

    def on_before_batch_transfer(self, batch, dataloader_idx):
        return self.trainer.lightning_module.prepared(batch, learning=self.trainer.training)

    def train_dataloader(self):
        return Batches(self.data, StepSampler(self.data.lengths, effective_batch_size=8, pad_to=4))

    def val_dataloader(self):
        return self.once("validation")

    train_rows = len(TEXTS)

    def tokens_of(self, part):
        return int(self.data.lengths.sum())

    def once(self, part, most=None):
        return Batches(self.data, LengthSampler(self.data.lengths, max_tokens=200, pad_to=4))


def fitted(folder, *, epochs=1, **settings):
    pl.seed_everything(3, verbose=False)
    module = DomainModel(str(folder), **settings)
    trainer = pl.Trainer(
        max_epochs=epochs, logger=False, enable_progress_bar=False, enable_checkpointing=False
    )
    data = Texts(AutoTokenizer.from_pretrained(folder))
    trainer.fit(module, datamodule=data)
    return module, trainer, data


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_it_learns_and_logs_what_it_declares(objective, tiny_model):
    rates = (
        {"learning_rate": 1e-3, "head_learning_rate": 1e-2}
        if objective == "masked_words"
        else {"learning_rate": 3e-3}
    )
    module, trainer, _ = fitted(tiny_model, epochs=6, objective=objective, **rates)
    assert (
        set(trainer.callback_metrics)
        == set(module.metric_directions)
        == set(DomainModel(objective=objective).metric_directions)
    )
    untrained = fitted(tiny_model, epochs=1, objective=objective, learning_rate=0.0, head_learning_rate=0.0)[
        1
    ]
    before, after = (each.callback_metrics["val/loss"].item() for each in (untrained, trainer))
    assert after < before
    if objective == "masked_words":
        assert trainer.callback_metrics["val/perplexity"].item() == pytest.approx(np.exp(after), rel=1e-5)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_part_is_measured_as_a_validation_measures_it(objective, tiny_model):
    module, trainer, _ = fitted(tiny_model, objective=objective)
    module.trainer = trainer
    assert module.language_of("validation") == pytest.approx(
        trainer.callback_metrics["val/loss"].item(), abs=1e-5
    )


def test_an_epoch_leaves_out_other_words_and_an_evaluation_always_the_same(tiny_model):
    module = DomainModel(str(tiny_model))
    module.configure_model()
    module.read_by(AutoTokenizer.from_pretrained(tiny_model))
    batch = Texts(AutoTokenizer.from_pretrained(tiny_model)).data[MicroBatch(np.arange(8), 8)]
    first = module.prepared(batch, learning=True)
    held = module.prepared(batch, learning=False)
    epochs = [first, held]
    module._trainer = type("Trainer", (), {"current_epoch": 1, "datamodule": None})()
    assert not torch.equal(module.prepared(batch, learning=True)["targets"], first["targets"])
    assert torch.equal(module.prepared(batch, learning=False)["targets"], held["targets"])
    assert not torch.equal(*(each["targets"] for each in epochs))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_its_memory_is_foretold(objective, tiny_model):
    module = DomainModel(str(tiny_model), objective=objective)
    module.configure_model()
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    module.read_by(tokenizer)
    batch = Texts(tokenizer).data[MicroBatch(np.arange(16), 16)]
    small = Texts(tokenizer).data[MicroBatch(np.arange(4), 4)]
    counted = [estimate_training(module, each, Precision(), accumulates=False) for each in (small, batch)]
    assert counted[1].activations_bytes > 2 * counted[0].activations_bytes > 0
    assert estimate_evaluation(module, batch, Precision()) < counted[1].peak_bytes
    loss = module.training_loss(batch)
    assert loss.item() > 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"masked_share": 0.0}, "masked_share is 0.0"),
        ({"masked_share": 1.0}, "masked_share is 1.0"),
        ({"objective": "masked_word"}, "masked_words, two_views"),
        ({"warmup_fraction": 1.0}, "warmup_fraction is 1.0"),
        ({"learning_rate": -1.0}, "learning_rate is -1.0"),
        ({"schedule": "cosin"}, "cosine_with_restarts"),
        ({"num_cycles": 0}, "num_cycles is 0"),
    ],
)
def test_a_wrong_setting_is_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        DomainModel(**settings)


def test_a_tokenizer_without_a_gap_is_refused_where_one_is_needed(tmp_path):
    write_encoder(tmp_path, "bert")
    without = byte_tokenizer(pad="<pad>")
    module = DomainModel(str(tmp_path))
    module.configure_model()
    with pytest.raises(ModelError, match="two_views"):
        module.read_by(without)
    other = DomainModel(str(tmp_path), objective="two_views")
    other.configure_model()
    other.read_by(without)
