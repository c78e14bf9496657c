"""A callback that ends a run once, before one of its steps, as a power cut would. Saves nothing."""

from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from typing_extensions import override


class PowerCut(Exception):  # noqa: N818
    """Ends the run."""


class Stopped(pl.Callback):
    """Ends a run before a step, where no file says that it was ended before.

    Args:
        step: Before which.
    """

    def __init__(self, step: int) -> None:
        self.step = step

    @override
    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        mark = Path("was_stopped")
        if trainer.global_step == self.step and not mark.exists():
            mark.touch()
            raise PowerCut(f"before step {self.step}")
