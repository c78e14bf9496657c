"""OverfittingWatch: follows the training and the validation curve and says in words what it saw. Stops nothing."""

import math
from dataclasses import asdict, replace
from typing import Any, cast

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.trainer.states import TrainerFn
from typing_extensions import override

from callbacks.best_checkpoint import BestCheckpoint
from callbacks.language.chosen import chosen_language
from callbacks.language.say import in_every_language, joined, note
from callbacks.language.which import languages, speaking
from callbacks.metrics.monitored import WATCHED, check_mode, watched_by
from callbacks.metrics.overfitting import Epoch, Judgement, Mode, gap_of, judge
from callbacks.metrics.verdict import sentences


class OverfittingWatch(Callback):
    """Says at the end of training whether the model learned its training rows by heart, and what would help.

    It compares a metric on the training rows with the same one on the validation rows, epoch by epoch. It only
    observes: no run is stopped, and where a run does not log these metrics nothing is said. The training value is
    measured over the whole epoch while the model learns, so it lags behind: a gap below 0 is normal in the first
    epochs. To TensorBoard it gives the sentences as text too. With `fast_dev_run` nothing is recorded. Logs, each
    epoch, `overfitting/gap`: how much better the training value is than the validation's.

    Args:
        training: Name of the metric on the training rows, as the model logs it; left out, the one that the model names
            by its attribute `watched`, or `train/loss`.
        validation: Name of the same metric on the validation rows; left out, likewise.
        mode: `min` when a smaller value of the metric is better, `max` when a larger one is; left out, that of the
            metric that the model names.
        loss: Name of the validation loss, whose rise shows a model too sure of itself; null for none.
        language: Language of the sentences, such as `pt`; the reader's when left out.
        verbose: Whether to print the sentences.
    """

    def __init__(
        self,
        training: str | None = None,
        validation: str | None = None,
        *,
        mode: Mode | None = None,
        loss: str | None = "val/loss",
        language: str | None = None,
        verbose: bool = True,
    ) -> None:
        if mode is not None:
            check_mode("OverfittingWatch", mode)
        self._asked_for = training, validation, mode
        self.training, self.validation = training or WATCHED[0], validation or WATCHED[1]
        self.mode: Mode = mode or "max"
        self.loss = loss
        self.language = chosen_language("OverfittingWatch", language)
        self.verbose = verbose
        self._smoothing = True  # whether labels can be smoothed, which helps against it
        self.history: list[Epoch] = []
        self._keeper: BestCheckpoint | None = None

    # ---- hooks ----------------------------------------------------------------------------------------------

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if stage == "fit":
            named = watched_by(pl_module)
            self._smoothing = bool(getattr(pl_module, "can_smooth_labels", True))
            told = [asked or own for asked, own in zip(self._asked_for, named, strict=True)]
            self.training, self.validation, self.mode = told[0], told[1], cast(Mode, told[2])
            # the epochs of another run are forgotten, those that this Trainer goes on from are not
            self.history = [epoch for epoch in self.history if epoch.epoch <= trainer.current_epoch]
            keepers = (each for each in trainer.checkpoint_callbacks if isinstance(each, BestCheckpoint))
            self._keeper = next(keepers, None)

    @override
    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        debug = bool(trainer.fast_dev_run)  # type: ignore[attr-defined]
        if trainer.state.fn != TrainerFn.FITTING or trainer.sanity_checking or debug:
            return
        validation = logged(trainer, self.validation)
        if validation is None:
            return
        number = trainer.current_epoch + 1
        row = Epoch(number, trainer.global_step, None, validation, logged(trainer, self.loss))
        self.history = [*(epoch for epoch in self.history if epoch.epoch < number), row]

    # What the module logs in its own on_train_epoch_end is not there yet in a callback's: it is read one hook later

    @override
    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._read_training(trainer)

    @override
    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._read_training(trainer)
        judgement = self.judgement()
        if judgement is None or not trainer.is_global_zero:
            return
        said = sentences(judgement, metric=self.validation, smoothing=self._smoothing)
        with speaking(self.language):
            if self.verbose:
                note(joined(said, "\n"))
            text = "\n".join(f"- {sentence}" for sentence in said)
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                logger.experiment.add_text("overfitting", text, trainer.global_step)

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"epochs": [asdict(epoch) for epoch in self.history]}

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.history = [Epoch(**epoch) for epoch in state_dict["epochs"]]

    # ---- what was seen --------------------------------------------------------------------------------------

    def judgement(self) -> Judgement | None:
        """Returns what the curves say so far; None where there are no two curves."""
        if all(epoch.training is None for epoch in self.history):
            return None
        kept_step = None if self._keeper is None else self._keeper.kept_step
        return judge(self.history, self.mode, kept_step=kept_step)

    def record(self) -> dict[str, Any]:
        """Returns the curves, what they say and the sentences in every language, ready for JSON; {} without curves."""
        judgement = self.judgement()
        if judgement is None:
            return {}
        said = [
            in_every_language(each)
            for each in sentences(judgement, metric=self.validation, smoothing=self._smoothing)
        ]
        return {
            "training": self.training,
            "validation": self.validation,
            "mode": self.mode,
            "epochs": [asdict(epoch) for epoch in self.history],
            "best_epoch": judgement.best_epoch,
            "kept_epoch": judgement.kept_epoch,
            "gap": judgement.gap,
            "gap_at_end": judgement.gap_at_end,
            "still_improving": judgement.still_improving,
            "loss_rising_since": judgement.loss_rising_since,
            "overfitting": judgement.overfitting,
            "sentences": {language: [each[language] for each in said] for language in languages()},
        }

    def _read_training(self, trainer: Trainer) -> None:
        """Gives the epoch that has just ended its training value, and logs the gap."""
        last = self.history[-1] if self.history else None
        # an epoch without a validation has no row; one that a resumed run ended without a batch has no value
        if last is None or last.epoch != trainer.current_epoch or last.training is not None:
            return
        row = replace(last, training=logged(trainer, self.training))
        gap = gap_of(row, self.mode)
        self.history[-1] = row
        if gap is not None and trainer.is_global_zero:
            for logger in trainer.loggers:
                logger.log_metrics({"overfitting/gap": gap}, step=trainer.global_step)


def logged(trainer: Trainer, name: str | None) -> float | None:
    """Returns the newest value of a metric; None where there is none, or no finite one."""
    value = None if name is None else trainer.callback_metrics.get(name)
    return None if value is None or not math.isfinite(value) else float(value)
