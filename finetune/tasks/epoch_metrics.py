"""The metrics of an epoch: what a task measures and the loss, over all batches and processes."""

from collections.abc import Callable, Iterable
from typing import Literal

from torch import Tensor, nn
from torchmetrics import MetricCollection

from finetune.tasks.row_metrics import RowMean
from finetune.tasks.task import Task


class EpochMetrics(nn.Module):
    """The metrics of one stage over one epoch and all ranks.

    Args:
        metrics: What is measured of logits and labels.
        derived: Gives the values with those that are made of others.
        with_loss: Whether the mean loss of the rows is measured, too.
    """

    def __init__(
        self,
        metrics: MetricCollection,
        derived: Callable[[dict[str, Tensor]], dict[str, Tensor]],
        *,
        with_loss: bool,
    ) -> None:
        super().__init__()
        self.metrics = metrics
        self.derived = derived
        self.loss = RowMean() if with_loss else None

    @property
    def updated(self) -> bool:
        """Whether any row was added since the epoch began."""
        return any(metric.update_called for metric in self.metrics.values(copy_state=False))

    def update(self, logits: Tensor, labels: Tensor, losses: Tensor) -> None:
        """Adds the rows of a batch: logits [B, C], labels [B], losses [B]."""
        self.metrics.update(logits, labels)
        if self.loss is not None:
            self.loss.update(losses)

    def close(self) -> dict[str, Tensor]:
        """Returns the epoch's values, gathered over the ranks, and starts the next epoch at nothing."""
        values: dict[str, Tensor] = self.derived(self.metrics.compute())
        self.metrics.reset()
        if self.loss is not None:
            values["loss"] = self.loss.compute()
            self.loss.reset()
        return values


def epoch_metrics(task: Task, outputs: int) -> nn.ModuleDict:
    """Returns the metrics of every stage; their names stand in checkpoints."""
    return nn.ModuleDict(
        {
            "train_epoch": EpochMetrics(task.train_metrics(outputs), task.derived, with_loss=False),
            "val_epoch": EpochMetrics(task.epoch_metrics(outputs), task.derived, with_loss=True),
            "test_epoch": EpochMetrics(task.epoch_metrics(outputs), task.derived, with_loss=True),
        }
    )


def logged(tasks: Iterable[Task]) -> dict[str, Literal["min", "max"]]:
    """Returns the metrics that a fit of one of these tasks logs, and which of their values are better."""
    found: dict[str, Literal["min", "max"]] = {}
    for task in tasks:
        names = {"train": ["loss", *task.train_metrics(2)], "val": list(task.directions)}
        found |= {f"{stage}/{each}": task.directions[each] for stage in names for each in names[stage]}
    return found


def scalars(values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Returns the values that are single numbers."""
    return {name: value for name, value in values.items() if value.ndim == 0}
