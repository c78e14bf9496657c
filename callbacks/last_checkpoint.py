"""LastCheckpoint: the newest whole state of the training, from which it goes on as if it had never stopped."""

import os
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.trainer.states import TrainerFn
from typing_extensions import override

from callbacks.agreement import agreed
from callbacks.language.chosen import chosen_language
from callbacks.language.say import Message, note
from callbacks.language.which import speaking
from callbacks.run_folder import run_folder
from callbacks.saving.checkpoint_io import write_checkpoints_whole
from callbacks.saving.exact_state import Moment, add_exact_state
from callbacks.saving.going_on import GoingOn
from callbacks.saving.last_and_previous import PREVIOUS
from callbacks.saving.last_file import LastFile
from callbacks.saving.loop_progress import (
    Place,
    in_mid_accumulation,
    in_mid_epoch,
    is_training,
    stops_now,
    validates_next,
)
from callbacks.saving.rhythm import Rhythm
from callbacks.saving.stop_signals import Stopped, StopSignals, exit_status


class LastCheckpoint(Checkpoint):
    """Keeps what training needs to go on exactly, with the optimizer: `<run folder>/checkpoints/last.ckpt`.

    Written every `every_minutes` or `every_n_steps`, after each validation (after each epoch in a run without) and at
    the end of training, always between two optimizer steps. A run that is killed at any moment and resumed from it ends
    with the same weights, bit for bit, on the same machine and versions, if its training loader has a `state_dict` with
    how far it has come; any other loader begins its epoch anew. Its SHA-256 stands in `SHA256SUMS`; while
    training lasts the one before it is kept, `previous.ckpt`, for the case that it is damaged. Of a model that
    ModelParallelStrategy shares out over processes both are folders, with a part of each process and sums of their own;
    another number of processes can go on from them.

    SIGTERM, SIGINT (Ctrl-C), SIGHUP, SIGUSR1 and SIGUSR2 end the training after the step, or the batch of a validation,
    that is being computed: `last.ckpt` is written and the process ends with status 75. A second Ctrl-C ends it at
    once.

    It must be the last of the Trainer's checkpoint callbacks, because it saves their state too. The run folder is the
    first logger's (`trainer.log_dir`), or `default_root_dir`. Logs no key.

    Args:
        dirpath: Folder of the checkpoint; by default `checkpoints` in the run's folder.
        filename: Name of the file, without `.ckpt`.
        every_minutes: Minutes from one writing to the next at the most, besides those at validations; null for none.
        every_n_steps: Optimizer steps from one writing to the next at the most, likewise; null for none.
        language: Language of what is said, such as `pt`; the reader's when left out.
    """

    comes_last = True
    """See `callbacks.order`."""

    # Lightning asks its first checkpoint callback for this on `ckpt_path="best"`; empty gives its own clear
    # error
    best_model_path = ""

    def __init__(
        self,
        dirpath: str | None = None,
        *,
        filename: str = "last",
        every_minutes: float | None = 10.0,
        every_n_steps: int | None = None,
        language: str | None = None,
    ) -> None:
        if not filename or filename == PREVIOUS:
            raise ValueError(
                Message(
                    "LastCheckpoint(filename={given!r}): give a name, for example 'last'.", given=filename
                )
            )
        if every_minutes is not None and every_minutes <= 0:
            raise ValueError(
                Message(
                    "LastCheckpoint(every_minutes={given!r}): give more than 0, or null.", given=every_minutes
                )
            )
        if every_n_steps is not None and every_n_steps < 1:
            raise ValueError(
                Message(
                    "LastCheckpoint(every_n_steps={given!r}): give 1 or more, or null.", given=every_n_steps
                )
            )
        self.filename = filename
        self.every_minutes = every_minutes
        self.every_n_steps = every_n_steps
        self.language = chosen_language("LastCheckpoint", language)
        self.last_model_path = ""  # set in setup
        self._dirpath = dirpath
        self._signals = StopSignals()
        self._forget()

    def _forget(self) -> None:
        self._due = False
        self._moment: Moment | None = None  # what was noted where a save can become due
        self._stopping = False  # all processes have agreed to
        self._ending = False
        self._file = LastFile(self.last_model_path)
        self._going_on = GoingOn()
        self._rhythm = Rhythm(every_n_steps=self.every_n_steps, every_minutes=self.every_minutes)

    # ---- hooks: the beginning -------------------------------------------------------------------------------

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        folder = self._dirpath or os.path.join(run_folder(trainer), "checkpoints")  # noqa: PTH118 (may be s3://)
        self.last_model_path = os.path.join(folder, f"{self.filename}.ckpt")  # noqa: PTH118
        if stage == "fit":
            self._check_order(trainer)
            self._forget()
            write_checkpoints_whole(trainer)

    @override
    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        if trainer.state.fn != TrainerFn.FITTING:
            return
        with speaking(self.language):
            self._going_on.read(trainer, checkpoint)
        if trainer.strategy.restore_checkpoint_after_setup:
            self._going_on.set_limit_aside(trainer)  # `on_fit_start` is over

    @override
    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # here the optimizers and their schedules are made already, which ask for the limit
        self._going_on.set_limit_aside(trainer)

    @override
    def on_sanity_check_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.fast_dev_run:  # type: ignore[attr-defined]
            self._listen()  # Lightning would end the run at once, with status 0

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.fast_dev_run:  # type: ignore[attr-defined]
            return
        self._rhythm.begin(trainer.global_step)
        self._listen()
        # while all was being made ready; Lightning would end the run without a save
        if trainer.received_sigterm:
            self._signals.received = "SIGTERM"
            trainer._signal_connector.received_sigterm = False
        self._file.begin(trainer)
        if self._going_on.begin(trainer, pl_module):
            with speaking(self.language):
                note(
                    "It goes on after step {step}, in epoch {epoch}.",
                    step=trainer.global_step,
                    epoch=trainer.current_epoch + 1,
                )

    # ---- hooks: between two things to do --------------------------------------------------------------------

    @override
    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if in_mid_accumulation(trainer) or not is_training(trainer):
            return
        asked = self._signals.received is not None
        self._due = agreed(trainer, asked or self._rhythm.is_due(trainer.global_step))
        if self._due:
            self._stopping = agreed(trainer, asked)
        # before a validation always: it may be asked to stop in the middle of it
        if self._due or validates_next(trainer):
            self._moment = Moment.now(trainer, pl_module)

    @override
    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        # Not at the end of the batch before: what it logs is written after that
        self._save_if_due(trainer, "step")
        self._moment = None
        self._going_on.begin_batch(trainer)

    @override
    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not is_training(trainer):
            return
        self._going_on.begin_validation(trainer)
        if self._moment is None and not in_mid_accumulation(trainer):
            self._moment = Moment.now(trainer, pl_module)  # gone on from here, or begun by the clock
        self._save_if_due(trainer, "before_validation")

    @override
    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        # Processes may have different numbers of batches, so that only one alone can decide here
        if self._signals.received and trainer.world_size == 1 and self._moment and is_training(trainer):
            self._due = self._stopping = True
            self._save_if_due(trainer, "before_validation")

    @override
    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not is_training(trainer) or in_mid_accumulation(trainer):
            return
        self._moment = Moment.now(trainer, pl_module)
        self._due = True
        if stops_now(trainer):
            # The epoch is closed first: Lightning would leave that out if it went on from here only to stop
            return
        self._stopping = agreed(trainer, self._signals.received is not None)
        self._save_if_due(trainer, "validated")

    @override
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if is_training(trainer):
            self._due = self._due or not trainer.enable_validation
            if self._due:
                self._moment = Moment.now(trainer, pl_module)

    @override
    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._save_if_due(trainer, "epoch")

    @override
    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if is_training(trainer):
            self._ending = True
            self._stopping = agreed(trainer, self._signals.received is not None)
            self._due = agreed(trainer, self._due or trainer.global_step != self._file.step)
            if self._due:
                self._moment = Moment.now(trainer, pl_module)
                # stopped in mid-epoch, it can go on there, with more steps or more patience
                cut = in_mid_epoch(trainer)
                self._save_if_due(trainer, "step" if cut else "epoch", epochs_closed=cut)
            self._stopping = agreed(trainer, self._signals.received is not None)  # while it was written
            if self._stopping:
                self._stop(trainer)
            self._tell_cost()
            self._file.end(trainer)
        self._signals.release()

    @override
    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._signals.release()

    @override
    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self._signals.release()

    # ---- how ------------------------------------------------------------------------------------------------

    def _save_if_due(self, trainer: Trainer, place: Place, *, epochs_closed: bool = False) -> None:
        """Saves with what was noted, if that is due, and ends the training if that was agreed."""
        if self._due and self._moment is not None:
            self._due = False
            with self._rhythm.saving(trainer.global_step):
                self._save(trainer, self._moment, place, epochs_closed=epochs_closed)
        if self._stopping:
            self._stop(trainer)

    def _save(self, trainer: Trainer, moment: Moment, place: Place, *, epochs_closed: bool) -> None:
        # On every rank: Lightning gathers what is sharded and lets rank zero write
        checkpoint = trainer._checkpoint_connector.dump_checkpoint(weights_only=False)
        add_exact_state(checkpoint, trainer, moment, place, epochs_closed=epochs_closed)
        with speaking(self.language):
            self._file.write(trainer, checkpoint, must=self._stopping, ended=self._ending)

    def _stop(self, trainer: Trainer) -> None:
        # Rank zero may still be writing: whoever started the processes ends all once the first has ended
        trainer.strategy.barrier()
        self._signals.release()
        self._tell_cost()
        with speaking(self.language):
            note(
                "Stopped at step {step}, as {who} asked; {path} has all it needs to go on.",
                step=trainer.global_step,
                who=self._signals.received or Message("another process"),
                path=self.last_model_path,
            )
        raise Stopped(exit_status(trainer))

    def _tell_cost(self) -> None:
        if self._rhythm.times:
            with speaking(self.language):
                note(
                    "{name} was written once, in {each:.2f} s: {share:.1%} of the training",
                    "{name} was written {n} times, {each:.2f} s each: {share:.1%} of the training",
                    name=f"{self.filename}.ckpt",
                    n=self._rhythm.times,
                    each=self._rhythm.seconds / self._rhythm.times,
                    share=self._rhythm.share,
                )

    def _listen(self) -> None:
        with speaking(self.language):
            self._signals.listen()

    def _check_order(self, trainer: Trainer) -> None:
        names = [type(callback).__name__ for callback in trainer.checkpoint_callbacks]
        if trainer.checkpoint_callbacks[-1] is not self:
            raise ValueError(
                Message(
                    "LastCheckpoint saves the state of the other checkpoint callbacks and must come after them; got "
                    "the order {names}. Put LastCheckpoint last in Trainer(callbacks=[...]).",
                    names=", ".join(names),
                )
            )
