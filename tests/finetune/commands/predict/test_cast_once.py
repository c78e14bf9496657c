import pytest
import torch
from lightning.pytorch import Trainer
from torch.utils.data import DataLoader

from finetune import TextClassifier
from finetune.commands.predict.cast_once import CastOnce

BATCHES = [
    {"row": torch.arange(2), "input_ids": ids, "attention_mask": torch.ones_like(ids)}
    for ids in torch.arange(5, 29).view(3, 2, 4)
]


class Watched(TextClassifier):
    """Tells the type of a weight at each batch, and may break off."""

    breaks_off = False

    def predict_step(self, batch, batch_idx):
        self.met.append(self.network.bert.encoder.layer[0].intermediate.dense.weight.dtype)
        if self.breaks_off and batch_idx:
            raise KeyError("in the midst")
        return super().predict_step(batch, batch_idx)


def predicted(model, *callbacks, precision="bf16-mixed"):
    model.met = []
    trainer = Trainer(
        accelerator="cpu",
        precision=precision,
        logger=False,
        callbacks=list(callbacks),
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    return torch.cat(
        [each["logits"] for each in trainer.predict(model, DataLoader(BATCHES, batch_size=None))]
    )


def test_weights_are_cast_while_a_prediction_lasts_and_the_answers_are_the_same(tiny_model):
    model = Watched(str(tiny_model), labels=["a", "b"])
    expected = predicted(model)
    assert model.met == [torch.float32] * 3
    assert torch.equal(predicted(model, CastOnce()), expected)
    assert model.met == [torch.bfloat16] * 3
    assert {each.dtype for each in model.parameters()} == {torch.float32}
    predicted(model, CastOnce(), precision="32-true")
    assert model.met == [torch.float32] * 3
    model.breaks_off = True
    with pytest.raises(KeyError, match="midst"):
        predicted(model, CastOnce())
    assert model.met[0] == torch.bfloat16
    assert {each.dtype for each in model.parameters()} == {torch.float32}
