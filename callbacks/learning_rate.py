"""LearningRate: how the rate goes, in two curves however many parameter groups there are."""

from lightning.pytorch import Callback, LightningModule, Trainer
from torch.optim import Optimizer
from typing_extensions import override


def extremes(trainer: Trainer) -> dict[str, float]:
    """Returns the highest and the lowest rate among all groups of all optimizers; nothing where there is none."""
    rates = [float(group["lr"]) for optimizer in trainer.optimizers for group in optimizer.param_groups]
    if not rates:
        return {}
    return {"learning_rate/highest": max(rates), "learning_rate/lowest": min(rates)}


class LearningRate(Callback):
    """Logs the learning rate that each logged step is taken with.

    With layer-wise decay there are dozens of groups whose curves have one shape: two of them tell all.

    Logs, every `log_every_n_steps`:
        learning_rate/highest: Rate of the fastest group, mostly the head.
        learning_rate/lowest: Rate of the slowest group, mostly the lowest layer; left out when all are equal.
    """

    @override
    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer
    ) -> None:
        # once a step: at the start of a batch it would be logged for each micro-batch
        if not trainer.loggers or trainer.fast_dev_run or not trainer._logger_connector.should_update_logs:  # type: ignore[attr-defined]
            return
        rates = extremes(trainer)
        if len(set(rates.values())) == 1:
            rates.pop("learning_rate/lowest")
        for logger in trainer.loggers:
            logger.log_metrics(rates, step=trainer.fit_loop.epoch_loop._batches_that_stepped)
