"""The loss of a micro-batch and where it was met, read without making a GPU wait. Decides nothing."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch
from lightning.pytorch import Trainer
from torch import Tensor

from callbacks.language.say import Message


@dataclass(frozen=True)
class SeenLoss:
    """The loss of one micro-batch.

    Attributes:
        loss: On the CPU; until `arrived` it is on its way there.
        arrived: When a loss from a GPU has come; None where there is nothing to wait for.
        step: Optimizer step that it is part of, from 1.
        epoch: Epoch, from 1.
        number: Of the micro-batch in its epoch, from 1.
        batch: What tells its rows: the batch, its `row`, or None.
    """

    loss: Tensor
    arrived: torch.cuda.Event | None
    step: int
    epoch: int
    number: int
    batch: Any

    @classmethod
    def of(cls, loss: Tensor, trainer: Trainer, *, batch: Any, batch_idx: int) -> Self:
        """Notes a loss that may still be computed."""
        seen, arrived = loss.detach(), None
        if seen.is_cuda:
            seen = seen.to("cpu", non_blocking=True)  # torch takes pinned memory for it
            arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
            arrived.record()  # later work of the GPU is not waited for
        told = _what_tells_rows(trainer, batch)
        return cls(seen, arrived, trainer.global_step + 1, trainer.current_epoch + 1, batch_idx + 1, told)

    @property
    def value(self) -> float:
        """The loss, waited for if need be; of several numbers their sum, which is finite where all of them are."""
        if self.arrived is not None:
            self.arrived.synchronize()
        return float(self.loss.sum())

    def described(self, trainer: Trainer) -> Message:
        """Returns loss, step and rows in words."""
        rows = _rows_in_words(trainer, self.batch)
        return Message(
            "the training loss is {loss} in optimizer step {step} (epoch {epoch}, batch {number}): {rows}"
            if rows
            else "the training loss is {loss} in optimizer step {step} (epoch {epoch}, batch {number})",
            loss=self.value,
            step=self.step,
            epoch=self.epoch,
            number=self.number,
            rows=rows,
        )


def first_bad(losses: Iterable[SeenLoss]) -> SeenLoss | None:
    """Returns the first loss that is NaN or infinite; None where all are numbers."""
    return next((seen for seen in losses if not math.isfinite(seen.value)), None)


def _what_tells_rows(trainer: Trainer, batch: Any) -> Any:
    """The batch where the data module can say where it comes from, else its `row`: no more is kept than is asked."""
    if hasattr(trainer.datamodule, "whereabouts"):  # type: ignore[attr-defined]
        return batch
    return batch.get("row") if isinstance(batch, Mapping) else None


def _rows_in_words(trainer: Trainer, told: Any) -> Message | str:
    if hasattr(trainer.datamodule, "whereabouts"):  # type: ignore[attr-defined]
        where: Message | str = trainer.datamodule.whereabouts(told)  # type: ignore[attr-defined]
        return where
    if not isinstance(told, Tensor):
        return ""
    rows = told.flatten().tolist()
    return Message("row {rows}", "rows {rows}", n=len(rows), rows=", ".join(map(str, rows)))
