"""What is around every training: what it monitors is looked at before, its best model and its folder after."""

import shutil
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.accelerators import CPUAccelerator
from lightning.pytorch.callbacks import ModelCheckpoint

from callbacks.best_checkpoint import BestCheckpoint
from callbacks.early_stopping import EarlyStopping
from callbacks.metrics.monitored import check_monitored
from finetune.cli.ending import mendable
from finetune.cli.keep_run import KeepRun
from finetune.cli.resume import note_how_to_go_on
from finetune.cli.verb import Ready
from finetune.errors import DiskError, LostProcessError, WorkerError
from finetune.language.say import note
from finetune.runs.effort import EFFORT
from finetune.runs.folder import CONFIG
from finetune.runs.logger import RunLogger
from finetune.runs.run_name import name_of
from finetune.runs.seeds import is_averaged


def check_what_is_monitored(trainer: Trainer, model: LightningModule) -> None:
    """Checks the callbacks that monitor: Lightning's own and the user's do not check themselves.

    Raises:
        ConfigError: if there is no such metric, or it gets better the other way.
    """
    for callback in trainer.callbacks:  # type: ignore[attr-defined]
        check_what_it_monitors(callback, trainer, model)


def check_what_it_monitors(callback: Callback, trainer: Trainer, model: LightningModule) -> None:
    """Checks one callback.

    Raises:
        ConfigError: if there is no such metric, or it gets better the other way.
    """
    monitor, mode = getattr(callback, "monitor", None), getattr(callback, "mode", None)
    if not monitor and isinstance(callback, (BestCheckpoint, EarlyStopping)):
        monitor, _ = model.monitored  # type: ignore[misc]  # what it will monitor, in the direction that was asked for
    tolerant = not getattr(callback, "strict", True)  # Lightning's EarlyStopping may be told to bear it
    if isinstance(monitor, str) and monitor and mode in ("min", "max") and not tolerant:
        check_monitored(type(callback).__name__, monitor, mode=mode, trainer=trainer, module=model)


def note_where_one_process_is_faster(trainer: Trainer) -> None:
    """Says so of several processes that share the processor of one machine: see docs/measured/scaling.md."""
    if trainer.world_size > 1 and trainer.num_nodes == 1 and isinstance(trainer.accelerator, CPUAccelerator):
        note(
            "{n} processes share this machine's processor and exchange all gradients: one process, which uses all "
            "cores, is faster (of two processes two thirds was measured). That is --trainer.devices 1.",
            n=trainer.world_size,
        )


def best_checkpoint(trainer: Trainer) -> str | None:
    """Returns the best checkpoint's path; None where none was kept: then the last weights are the model."""
    kept = [
        callback
        for callback in trainer.checkpoint_callbacks
        if isinstance(callback, ModelCheckpoint) and callback.best_model_path and callback.monitor
    ]
    kept.sort(key=lambda callback: not isinstance(callback, BestCheckpoint))  # ours before the user's own
    return kept[0].best_model_path if kept else None


def leave_the_folder(
    error: BaseException, ready: Ready[Any, Any], *, folder: Path | None, told: bool = True
) -> None:
    """Removes the folder of a run that ended before it began; of one that began, adds to the error how to go on.

    Args:
        error: What ended it.
        ready: What the run worked with.
        folder: Of the run, where it has one.
        told: Whether how to go on is to be said here.
    """
    mended = mendable(error)
    began = any(isinstance(each, KeepRun) and each.began for each in ready.trainer.callbacks)  # type: ignore[attr-defined]
    wrong_input = isinstance(error, ValueError) or mended is not None
    empty = folder is not None and not (folder / CONFIG).is_file()  # nothing could go on with it
    if empty or (
        wrong_input and not (began and isinstance(mended, (DiskError, WorkerError, LostProcessError)))
    ):
        discard_untrained(ready)
    if told and (began or not wrong_input):
        note_how_to_go_on(error, folder, ready.prepared.argv[0])


def discard_untrained(ready: Ready[Any, Any]) -> None:
    """Removes the folder of a new run that an error ended before it had anything to keep."""
    logger = ready.trainer.logger
    if not isinstance(logger, RunLogger) or logger.folder is None or ready.prepared.resume:
        return
    if (logger.folder / EFFORT).is_file() or is_averaged(logger.folder):
        return  # what was trained for it lies there, which took longer
    if name_of(logger.folder) is not None:
        return  # somebody wants to know it again
    if logger.folder.is_dir() and not any(logger.folder.glob("checkpoints/*.ckpt")):
        logger.finalize("failed")
        if logger.lock is not None:
            logger.lock.release()  # Windows removes no file that is open
        shutil.rmtree(logger.folder)
