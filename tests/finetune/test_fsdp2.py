"""Which strategy `fsdp2` is, and which checkpoints go with it."""

import pytest
from jsonargparse import Namespace
from lightning.pytorch.strategies import DDPStrategy, FSDPStrategy, ModelParallelStrategy

from finetune.errors import ConfigError
from finetune.fsdp2 import FSDP2Strategy, check_checkpoint, strategy_for


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
