"""What a checkpoint of Lightning lacks to go on exactly: where in the loops, and each process's own states."""

from dataclasses import dataclass
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from torch import Tensor

from callbacks.agreement import gathered
from callbacks.saving.loop_progress import Place, progress_at
from callbacks.saving.metric_states import metric_states, set_metric_states
from callbacks.saving.random_states import random_states, set_random_states

KEY = "exact_state"


@dataclass(frozen=True)
class Moment:
    """What has to be noted right after a step or a validation, before anything else happens.

    Attributes:
        random: The random states of this process.
        metrics: What this process's metrics have counted.
        loaders: How far this process's training loaders have come.
        logged: What a validation that has just ended has logged, which callbacks look up at the end of the epoch.
    """

    random: dict[str, Any]
    metrics: dict[str, Any]
    loaders: list[dict[str, Any]]
    logged: dict[str, Tensor]

    @classmethod
    def now(cls, trainer: Trainer, module: LightningModule) -> "Moment":
        """Returns the states of this process as they are."""
        loader = trainer.fit_loop._combined_loader
        return cls(
            random_states(trainer.strategy.root_device),
            metric_states(module),
            [] if loader is None else loader._state_dicts(),
            validated_values(trainer),
        )


def validated_values(trainer: Trainer) -> dict[str, Tensor]:
    """Returns the metrics of the validation that has just ended, for callbacks; nothing elsewhere."""
    if not trainer.validating:
        return {}
    metrics = trainer._logger_connector.metrics["callback"]
    return {name: value.detach().cpu().clone() for name, value in metrics.items()}


def add_exact_state(
    checkpoint: dict[str, Any], trainer: Trainer, moment: Moment, place: Place, *, epochs_closed: bool = False
) -> None:
    """Adds to a checkpoint what it lacks. Every process takes part, each with its own moment.

    Args:
        checkpoint: As Lightning has put it together.
        trainer: Whose it is.
        moment: What was noted at the place.
        place: Where training is to go on.
        epochs_closed: See `progress_at`.
    """
    loops = progress_at(place, checkpoint["loops"]["fit_loop"], epochs_closed=epochs_closed)
    if moment.loaders:
        loops["state_dict"]["combined_loader"] = moment.loaders
    checkpoint["loops"]["fit_loop"] = loops
    stepped = loops["epoch_loop.state_dict"]["_batches_that_stepped"]
    checkpoint[KEY] = {
        "place": place,
        # Lightning counts a step for the loggers only once its validation is over
        "steps_logged": stepped + (1 if place in ("before_validation", "validated") else 0),
        "processes": gathered(vars(moment), trainer.world_size),
    }


def own_share(checkpoint: dict[str, Any], trainer: Trainer) -> dict[str, Any] | None:
    """Returns this process's own states in a checkpoint; None where as many processes did not write it."""
    processes = checkpoint[KEY]["processes"]
    return processes[trainer.global_rank] if len(processes) == trainer.world_size else None


def take_up(share: dict[str, Any], trainer: Trainer, module: LightningModule) -> None:
    """Puts the random states and metrics of this process where they were."""
    set_metric_states(module, share["metrics"])
    device = trainer.strategy.root_device
    trainer.callback_metrics.update({name: value.to(device) for name, value in share["logged"].items()})
    set_random_states(share["random"], device)
