import lightning.pytorch as pl
import numpy as np
import pandas as pd
import pytest
from lightning.pytorch.callbacks import ModelCheckpoint

from finetune.data.module import TextData
from finetune.evaluation.measured import measure, measured_before, step_of
from finetune.model import classifier
from finetune.model.classifier import TextClassifier

ROWS = [
    (f"o {word} subiu {n}", label)
    for label, word in zip("ab", ("milho", "leite"), strict=True)
    for n in range(20)
]


class Count(pl.Callback):
    """How many validation batches the network was asked."""

    asked = 0

    def on_validation_batch_end(self, *_):
        self.asked += 1


@pytest.fixture
def trained(tiny_model, tmp_path):
    """A fit of two epochs with a checkpoint of each, its model and its data."""
    pl.seed_everything(0)
    data = TextData(pd.DataFrame(ROWS, columns=["texto", "rotulo"]), on_findings="skip")
    model = TextClassifier(str(tiny_model), labels=["a", "b"], freeze_embeddings=False)
    each = ModelCheckpoint(dirpath=tmp_path, filename="{epoch}", save_top_k=-1, save_on_train_epoch_end=False)
    trainer = pl.Trainer(
        max_epochs=2,
        logger=False,
        enable_progress_bar=False,
        callbacks=[each, Count()],
        num_sanity_val_steps=1,
    )
    trainer.fit(model, datamodule=data)
    return trainer, model, data, [str(tmp_path / f"epoch={epoch}.ckpt") for epoch in range(2)]


def test_the_rows_of_the_last_validation_are_known_as_they_would_be_measured_anew(trained):
    trainer, model, data, (first, last) = trained
    (count,) = (each for each in trainer.callbacks if isinstance(each, Count))
    before = count.asked
    known = measured_before(model, data, checkpoint=last)
    assert count.asked == before
    again = measure(trainer, model, data, "validation", checkpoint=last)
    assert count.asked > before
    assert np.array_equal(known.index, again.index)
    assert np.array_equal(known.logits, again.logits)
    assert (known.loss, known.complete) == (again.loss, True)
    assert step_of(first) < step_of(last)


def test_of_other_weights_and_after_another_fit_nothing_is_known(trained, tmp_path):
    trainer, model, data, (first, last) = trained
    assert measured_before(model, data, checkpoint=first) is None
    assert measured_before(model, data, checkpoint=str(tmp_path)) is None  # shared out: a folder
    measure(trainer, model, data, "validation", checkpoint=first)  # is no validation of a fit
    assert measured_before(model, data, checkpoint=last) is not None
    model.on_fit_start()
    assert measured_before(model, data, checkpoint=last) is None


def test_answers_that_are_too_many_are_not_held(trained, monkeypatch):
    trainer, model, data, _ = trained
    monkeypatch.setattr(classifier, "MOST_NUMBERS", 3)
    model.last_validation = None
    trainer.fit_loop.max_epochs = 3
    trainer.fit(model, datamodule=data)
    assert model.last_validation is None
