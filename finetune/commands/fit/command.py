"""finetune fit: a training, and what ends it. What follows it is in `finish`, what it keeps in `save_run`."""

import shutil
from pathlib import Path

from lightning.pytorch import Callback, LightningModule, Trainer

from callbacks.best_checkpoint import BestCheckpoint
from callbacks.early_stopping import EarlyStopping
from callbacks.metrics.monitored import check_monitored
from callbacks.saving.stop_signals import stopping_at_once
from finetune.cli.ending import mendable
from finetune.cli.lightning_cli import run
from finetune.cli.resume import note_how_to_go_on
from finetune.cli.verb import Ready
from finetune.commands.fit.finish import finish_fit
from finetune.commands.fit.save_run import SaveRun
from finetune.errors import DiskError, LostProcessError, WorkerError
from finetune.evaluation.abstention import check_precision
from finetune.evaluation.answering import check_mix
from finetune.evaluation.baselines import refuse_unknown
from finetune.evaluation.wishes import check_wishes as check_task_wishes
from finetune.model.classifier import TextClassifier
from finetune.runs.folder import CONFIG
from finetune.runs.logger import RunLogger


def fit(ready: Ready) -> int:
    """Train on a table, test the best model, keep all in a new run folder.

    --run RUN --resume goes on with a run; RUN is a folder, its number, or latest, which begins one where there is none.
    """
    trainer, options = ready.trainer, ready.options
    logger = trainer.logger  # what follows the training takes it away
    try:
        check_wishes(ready)
        # where a network is shared out, Lightning names the checkpoint only after the head would have been started
        ready.model.head_is_new = ready.asked["ckpt_path"] is None
        trainer.fit(ready.model, datamodule=ready.data, **ready.asked)
        if not trainer.fast_dev_run:  # type: ignore[attr-defined]
            finish_fit(
                trainer,
                ready.model,
                ready.data,
                mix=options.mix,
                baselines=options.baselines or (),
                wanted_precision=options.wanted_precision,
                write_report=options.write_report,
            )
    except BaseException as error:
        leave_the_folder(error, ready, folder=logger.folder if isinstance(logger, RunLogger) else None)
        raise
    return 0


def check_wishes(ready: Ready) -> None:
    """Refuses a misspelt baseline or monitored metric, or an impossible wish, before the training.

    Raises:
        ConfigError: if there is one.
    """
    refuse_unknown(ready.options.baselines or ())
    check_mix(ready.options.mix)
    if ready.options.wanted_precision is not None:
        check_precision(ready.options.wanted_precision)
    wishes = Wishes(mix=ready.options.mix, wanted_precision=ready.options.wanted_precision)
    ready.trainer.callbacks.append(wishes)  # type: ignore[attr-defined]
    for callback in ready.trainer.callbacks:  # type: ignore[attr-defined]
        check_what_it_monitors(callback, ready.trainer, ready.model)


class Wishes(Callback):
    """Refuses, once the table was read and before anything is trained, what its labels cannot be asked for.

    Args:
        mix: What words shall have of the answer.
        wanted_precision: The wish for right answers.
    """

    def __init__(self, *, mix: float | str, wanted_precision: float | None) -> None:
        self.mix = mix
        self.wanted_precision = wanted_precision

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Looks at them."""
        if isinstance(pl_module, TextClassifier):
            check_task_wishes(pl_module.task, mix=self.mix, wanted_precision=self.wanted_precision)


def check_what_it_monitors(callback: Callback, trainer: Trainer, model: TextClassifier) -> None:
    """Checks a callback that monitors: Lightning's own and the user's do not check themselves.

    Raises:
        ConfigError: if there is no such metric, or it gets better the other way.
    """
    monitor, mode = getattr(callback, "monitor", None), getattr(callback, "mode", None)
    if not monitor and isinstance(callback, (BestCheckpoint, EarlyStopping)):
        monitor, _ = model.monitored  # what it will monitor, in the direction that was asked for
    tolerant = not getattr(callback, "strict", True)  # Lightning's EarlyStopping may be told to bear it
    if isinstance(monitor, str) and monitor and mode in ("min", "max") and not tolerant:
        check_monitored(type(callback).__name__, monitor, mode=mode, trainer=trainer, module=model)


def leave_the_folder(error: BaseException, ready: Ready, *, folder: Path | None) -> None:
    """Removes the folder of a run that ended before it began; of one that began, adds to the error how to go on.

    Args:
        error: What ended it.
        ready: What the run worked with.
        folder: Of the run, where it has one.
    """
    told = mendable(error)
    began = any(isinstance(each, SaveRun) and each.began for each in ready.trainer.callbacks)  # type: ignore[attr-defined]
    wrong_input = isinstance(error, ValueError) or told is not None
    empty = folder is not None and not (folder / CONFIG).is_file()  # nothing could go on with it
    if empty or (
        wrong_input and not (began and isinstance(told, (DiskError, WorkerError, LostProcessError)))
    ):
        discard_untrained(ready)
    in_fold = ready.data.division.fold is not None  # finetune crossval says it of its folds
    if not in_fold and (began or not wrong_input):
        note_how_to_go_on(error, folder)


def discard_untrained(ready: Ready) -> None:
    """Removes the folder of a new run that an error ended before it had anything to keep."""
    logger = ready.trainer.logger
    if not isinstance(logger, RunLogger) or logger.folder is None or ready.prepared.resume:
        return
    if logger.folder.is_dir() and not any(logger.folder.glob("checkpoints/*.ckpt")):
        logger.finalize("failed")
        if logger.lock is not None:
            logger.lock.release()  # Windows removes no file that is open
        shutil.rmtree(logger.folder)


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    return run(argv, fit, own_callbacks=lambda options: [SaveRun(options)], within=stopping_at_once)
