from lightning.pytorch.strategies import FSDPStrategy, ModelParallelStrategy, SingleDeviceStrategy

from callbacks.hardware.trainer_changes import brings_own_precision, shares_model_out


def test_sharding_strategies_bring_their_own_precision() -> None:
    assert brings_own_precision(FSDPStrategy())
    assert not brings_own_precision(ModelParallelStrategy())
    assert not brings_own_precision(SingleDeviceStrategy())


def test_strategies_that_share_a_model_out_are_known() -> None:
    assert shares_model_out(FSDPStrategy())
    assert shares_model_out(ModelParallelStrategy())
    assert not shares_model_out(SingleDeviceStrategy())
