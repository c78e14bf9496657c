"""Which strategy `fsdp2` is, and which checkpoints go with it."""

from types import SimpleNamespace

import lightning.pytorch as pl
import numpy as np
import pytest
from jsonargparse import Namespace
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.strategies import DDPStrategy, FSDPStrategy, ModelParallelStrategy

from callbacks import BestCheckpoint
from finetune.data.batching.batches import LengthSampler, StepSampler
from finetune.data.batching.loader import Batches, Collated
from finetune.errors import ConfigError
from finetune.model.classifier import TextClassifier
from finetune.model.sharding import is_sharded
from finetune.processes.fsdp2 import FSDP2Strategy, check_checkpoint, strategy_for
from tests.finetune.data.batching.test_loader import part_of


def test_the_name_becomes_a_strategy_and_others_stay():
    assert isinstance(strategy_for("fsdp2"), FSDP2Strategy)
    for given in ("auto", "ddp", DDPStrategy(), ModelParallelStrategy()):
        assert strategy_for(given) is given


@pytest.mark.parametrize("given", ["fsdp", "fsdp_cpu_offload", FSDPStrategy()])
def test_the_first_fsdp_is_refused(given):
    with pytest.raises(ConfigError, match=r"FSDPStrategy \(strategy fsdp\).*--trainer.strategy fsdp2"):
        strategy_for(given)


def test_a_checkpoint_of_the_other_kind_is_refused(tmp_path):
    parts, file = tmp_path / "parts.ckpt", tmp_path / "file.ckpt"
    parts.mkdir()
    file.touch()
    by_class = Namespace(class_path="lightning.pytorch.strategies.ModelParallelStrategy")
    with pytest.raises(
        ConfigError, match=r"parts.ckpt is a folder.*strategy ddp cannot.*--trainer.strategy fsdp2"
    ):
        check_checkpoint(parts, "ddp", to_go_on=False)
    for sharing in ("fsdp2", by_class):
        check_checkpoint(parts, sharing, to_go_on=True)
        check_checkpoint(file, sharing, to_go_on=False)
        with pytest.raises(ConfigError, match=r"file.ckpt is one file.*fsdp2 cannot go on from it"):
            check_checkpoint(file, sharing, to_go_on=True)
    check_checkpoint(file, "auto", to_go_on=True)


@pytest.mark.parametrize("strategy", [FSDP2Strategy, lambda: ModelParallelStrategy(1, 1)])
@pytest.mark.parametrize("kept", [BestCheckpoint, ModelCheckpoint])
def test_a_trainer_of_your_own_trains_and_measures_the_best(
    tiny_model, tmp_path, process_group, strategy, kept
):
    lengths = [3, 9, 5, 12, 7, 4, 10, 6]
    data = Collated(part_of(lengths), 64, 8)
    train = Batches(data, StepSampler(np.array(lengths), effective_batch_size=4))
    rows = Batches(data, LengthSampler(np.array(lengths), max_tokens=64))
    best = kept(dirpath=str(tmp_path), monitor="val/loss", save_weights_only=True)
    model = TextClassifier(str(tiny_model), labels=["a", "b", "c"])
    trainer = pl.Trainer(
        accelerator="cpu",
        devices=1,
        strategy=strategy(),
        max_epochs=2,
        callbacks=[best],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, train, rows)
    assert is_sharded(model.network)
    (measured,) = trainer.validate(model, rows, ckpt_path="best", verbose=False)
    assert measured["val/loss"] == pytest.approx(float(best.best_model_score), abs=1e-6)


def test_the_first_fsdp_is_refused_by_the_model_too(tiny_model):
    model = TextClassifier(str(tiny_model), labels=["a", "b"])
    model._trainer = SimpleNamespace(strategy=FSDPStrategy())
    with pytest.raises(ConfigError, match="FSDPStrategy"):
        model.setup("fit")
