"""A callback that has one process of several fail, in several ways."""

import os
import signal
from typing import Literal

from lightning.pytorch import Callback

from finetune.errors import DataError


class Fails(Callback):
    """Fails in one process (or in all, -1), in `setup` or in a training step."""

    def __init__(
        self, rank: int, way: Literal["user", "defect", "sigterm", "sigkill"], step: int | None = 5
    ) -> None:
        self.rank = rank
        self.way = way
        self.step = step

    def setup(self, trainer, pl_module, stage):
        if self.step is None:
            self.fail(trainer)

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        if trainer.global_step == self.step:
            self.fail(trainer)

    def fail(self, trainer):
        if self.rank not in (trainer.global_rank, -1):
            return
        if self.way == "user":
            raise DataError("planted: row 17 has no label")
        if self.way == "defect":
            raise ZeroDivisionError("planted")
        os.kill(os.getpid(), getattr(signal, self.way.upper()))
