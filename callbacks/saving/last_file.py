"""The newest checkpoint of a training, written again and again, and the one before it. Decides not when."""

from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer
from lightning_utilities.core.rank_zero import rank_zero_warn

from callbacks.language.reasons import reason
from callbacks.language.say import Message, say
from callbacks.run_folder import is_remote
from callbacks.saving.checkpoint_io import forget_previous, remove_parts, write_last
from callbacks.saving.checksum import damage


class LastFile:
    """What stands at a path, from the beginning of a training to its end.

    Args:
        path: Where the newest checkpoint stands.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.step = 0  # of what stands there
        self._keep = True  # whether that is good, and becomes the previous one

    def begin(self, trainer: Trainer) -> None:
        """Looks at what is there as a training begins, or goes on: nothing new is to be saved yet."""
        self.step = trainer.global_step
        if trainer.is_global_zero and not is_remote(self.path):
            remove_parts(Path(self.path).parent)
            # one that is damaged must not take the place of the good one before it
            self._keep = damage(Path(self.path)) is None

    def write(self, trainer: Trainer, checkpoint: dict[str, Any], *, must: bool, ended: bool) -> None:
        """Writes a checkpoint; where the disk refuses, the one that is there stays. Every process takes part.

        Args:
            trainer: Whose it is.
            checkpoint: What is written.
            must: Whether an error ends the training, in place of a warning.
            ended: Whether no other one will follow.

        Raises:
            OSError: It must be written and cannot.
        """
        try:
            write_last(trainer, checkpoint, self.path, keep=self._keep)
        except OSError as error:
            if must:
                raise
            text = say(
                "{path} of step {step} could not be written: {why}. {kept} {then}",
                path=self.path,
                step=trainer.global_step,
                why=reason(error),
                kept=Message("What was written before, at step {step}, stays.", step=self.step)
                if Path(self.path).exists()
                else Message("There is none yet."),
                then=Message("Training has ended.")
                if ended
                else Message("Training goes on; the next one comes in its time."),
            )
            rank_zero_warn(text)
        else:
            self.step, self._keep = trainer.global_step, True

    def end(self, trainer: Trainer) -> None:
        """Removes the one before, once a training is done that this one is the end of."""
        if trainer.global_step == self.step:
            forget_previous(trainer, self.path)
