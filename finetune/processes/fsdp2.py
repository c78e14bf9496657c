"""`--trainer.strategy fsdp2`: the model shared out over all processes. How it is shared out: `model/sharding.py`."""

from pathlib import Path
from typing import Any

from lightning.pytorch.strategies import FSDPStrategy, ModelParallelStrategy
from typing_extensions import override

from finetune.errors import ConfigError
from finetune.language.say import Message
from finetune.model.sharding import NOT_FSDP1

NAME = "fsdp2"
"""What the command line calls it."""


class FSDP2Strategy(ModelParallelStrategy):
    """Lightning's ModelParallelStrategy over all processes there are; no matrix is split (no tensor parallelism)."""

    def __init__(self) -> None:
        super().__init__(tensor_parallel_size=1)

    @override
    def setup_environment(self) -> None:
        self._data_parallel_size = self.num_nodes * self.num_processes  # Lightning's auto: the nodes alone
        super().setup_environment()


def strategy_for(given: Any) -> Any:
    """Returns the Trainer's strategy for what the user gave: ours for `fsdp2`, all else as it is.

    Raises:
        ConfigError: if it is one that TextClassifier does not go with.
    """
    if given == NAME:
        return FSDP2Strategy()
    if isinstance(given, FSDPStrategy) or given in FSDPStrategy.get_registered_strategies():
        raise ConfigError(NOT_FSDP1)
    return given


def check_checkpoint(path: Path, strategy: Any, *, to_go_on: bool) -> None:
    """Refuses a checkpoint that was written by the other kind of strategy, before anything is built.

    Args:
        path: The checkpoint: a folder if the model was shared out.
        strategy: As the command line has it: a name, or a class path with its arguments.
        to_go_on: Whether training goes on from it, which takes the optimizer's state too.

    Raises:
        ConfigError: if the strategy cannot read it.
    """
    name = str(strategy if isinstance(strategy, str) else getattr(strategy, "class_path", strategy))
    shares_out = name == NAME or name.endswith((FSDP2Strategy.__name__, ModelParallelStrategy.__name__))
    if path.is_dir() and not shares_out:
        raise ConfigError(
            "{path} is a folder with the parts of a model that was shared out over processes, and --trainer.strategy "
            "{name} cannot read it. Give --trainer.strategy fsdp2, with as many processes as you like, one too "
            "(--trainer.devices 1){file}.",
            path=path,
            name=name,
            file="" if to_go_on else Message("; or take best.ckpt, which is one file"),
        )
    if to_go_on and shares_out and not path.is_dir():
        raise ConfigError(
            "{path} is one file, of a training whose model was not shared out: fsdp2 cannot go on from it. Go on with "
            "the strategy that it was trained with (--trainer.strategy auto, or ddp).",
            path=path,
        )
