"""A training that goes on from a checkpoint: what that says of the place, taken up piece by piece. Reads no file."""

from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning_utilities.core.rank_zero import rank_zero_warn

from callbacks.language.say import say
from callbacks.saving.exact_state import KEY, own_share, take_up
from callbacks.saving.loop_progress import (
    begin_the_next_epoch,
    begin_the_validation,
    limit_steps,
    wait_for_the_validation,
)


class GoingOn:
    """What a checkpoint says of where to go on, until that is taken up; nothing for a training from the start."""

    def __init__(self) -> None:
        self._said: dict[str, Any] | None = None
        self._share: dict[str, Any] | None = None  # what of it is this process's own
        self._limit: int | None = None  # of steps, while it is set aside

    def read(self, trainer: Trainer, checkpoint: dict[str, Any]) -> None:
        """Takes from a checkpoint what is its own; Lightning gets the states of this process's loaders."""
        if KEY not in checkpoint:
            return
        self._said = said = checkpoint[KEY]
        self._share = own_share(checkpoint, trainer)
        if self._share is None:
            text = say(
                "The run goes on with {n} process after {before}: its steps are of the same rows, but its random "
                "numbers are others, and its training metrics those of the rest of the epoch.",
                "The run goes on with {n} processes after {before}: its steps are of the same rows, but its random "
                "numbers are others, and its training metrics those of the rest of the epoch.",
                n=trainer.world_size,
                before=len(said["processes"]),
            )
            rank_zero_warn(text)
        elif self._share["loaders"]:
            checkpoint["loops"]["fit_loop"]["state_dict"]["combined_loader"] = self._share["loaders"]

    def set_limit_aside(self, trainer: Trainer) -> None:
        """Has a training that has taken all its steps begin all the same, where its validation is still due."""
        if self._said is not None and self._said["place"] == "before_validation":
            self._limit = wait_for_the_validation(trainer)

    def begin(self, trainer: Trainer, module: LightningModule) -> bool:
        """Puts all back where it was, as training begins; returns whether it goes on from a checkpoint."""
        if self._said is None:
            return False
        if self._said["place"] == "epoch":
            begin_the_next_epoch(trainer)
        if self._share is not None:
            take_up(self._share, trainer, module)
            self._share = None
        return True

    def begin_validation(self, trainer: Trainer) -> None:
        """Sets right, as a validation begins, what had to tell Lightning that it is due."""
        self._set_limit(trainer)
        if self._said is not None and self._said["place"] == "before_validation":
            begin_the_validation(trainer)

    def begin_batch(self, trainer: Trainer) -> None:
        """Sets right, as a batch begins, what loggers count by: from here on nothing is left to be taken up."""
        self._set_limit(trainer)
        if self._said is not None:
            trainer.fit_loop.epoch_loop._batches_that_stepped = self._said["steps_logged"]
            self._said = None

    def _set_limit(self, trainer: Trainer) -> None:
        if self._limit is not None:
            limit_steps(trainer, self._limit)
            self._limit = None
