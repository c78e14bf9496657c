"""Several machines need one run folder: refused at the start where they do not share it. Shares nothing itself."""

import socket
import time
from pathlib import Path

from lightning.pytorch import Callback, LightningModule, Trainer

from callbacks.agreement import gathered
from callbacks.run_folder import is_remote, run_folder
from callbacks.saving.checksum import recorded
from finetune.errors import ConfigError
from finetune.language.say import Message

PATIENCE_SECONDS = 60.0
"""For what another machine has just written: network file systems show it after up to a minute."""
SIGN = ".shared"


class SharedFolder(Callback):
    """Has every process look whether it sees what the first one writes, and goes on from where that goes on.

    Without it the first machine would go on with its run while another one, which has none, begins: they would train
    different steps without a word, or wait for each other. And all measure the best model, which the first one writes.

    Args:
        checkpoint: From which this process goes on; None where it begins.
    """

    def __init__(self, checkpoint: str | None) -> None:
        self.checkpoint = checkpoint

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Checks once the processes know of each other, before anything is trained."""
        if stage != "fit" or trainer.fast_dev_run:  # type: ignore[attr-defined]
            return
        self._check_folder(trainer)
        self._check_checkpoint(trainer)

    def _check_folder(self, trainer: Trainer) -> None:
        folder, strategy = run_folder(trainer), trainer.strategy  # the first process's, on all
        if is_remote(folder):
            return
        sign = Path(folder) / SIGN
        if trainer.is_global_zero:
            sign.parent.mkdir(parents=True, exist_ok=True)
            sign.touch()
        strategy.barrier("SharedFolder")
        until = time.monotonic() + PATIENCE_SECONDS
        while not sign.exists() and time.monotonic() < until:
            time.sleep(0.1)
        shared = strategy.reduce_boolean_decision(sign.exists(), all=True)
        if trainer.is_global_zero:
            sign.unlink(missing_ok=True)
        if not shared:
            raise ConfigError(
                "the machines do not share {folder}, where the first process keeps the run: all need it, to go on and "
                "to measure the best model. Start all in a folder that they share, or name one with "
                "--trainer.default_root_dir.",
                folder=folder,
            )

    def _check_checkpoint(self, trainer: Trainer) -> None:
        own = (
            None if self.checkpoint is None else (Path(self.checkpoint).name, recorded(Path(self.checkpoint)))
        )
        places = gathered((socket.gethostname(), own), trainer.world_size)
        _, first = places[0]
        for rank, (host, place) in enumerate(places):
            if place != first:
                raise ConfigError(
                    "the processes do not go on from the same place: the first from {first}, process {rank} (on "
                    "{host}) from {other}. Either that one has not yet seen what another machine wrote: start again. "
                    "Or --run names another run there.",
                    first=told(first),
                    rank=rank,
                    host=host,
                    other=told(place),
                )


def told(place: tuple[str, list[str]] | None) -> Message | str:
    """Returns a checkpoint by its name and the beginning of its sum."""
    if place is None:
        return Message("the beginning")
    return f"{place[0]} ({', '.join(each[:8] for each in place[1])})"
