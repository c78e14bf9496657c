"""The callbacks a run has by default, as {class_path, init_args} for a command line's defaults.

Holds values only: nothing is imported here, so a command table may read it at no cost. Each function gives
one callback; `default_callbacks` gives them all, in the order the Trainer must get them.
"""

from typing import Any

ClassSpec = dict[str, Any]


def early_stopping(monitor: str | None = None, mode: str | None = None, *, patience: int = 3) -> ClassSpec:
    """Stops when the monitored metric was worse than its best by more than chance in `patience` validations.

    Which metric that is, the module says by its attribute `monitored`: see `callbacks.metrics.monitored`.
    """
    return {
        "class_path": "callbacks.early_stopping.EarlyStopping",
        "init_args": {"monitor": monitor, "mode": mode, "patience": patience},
    }


def best_checkpoint(monitor: str | None = None, mode: str | None = None) -> ClassSpec:
    """Keeps the last weights but those that are worse than the best by more than chance: `checkpoints/best.ckpt`."""
    return {
        "class_path": "callbacks.best_checkpoint.BestCheckpoint",
        "init_args": {"monitor": monitor, "mode": mode},
    }


def last_checkpoint() -> ClassSpec:
    """Keeps the newest whole state, with the optimizer, to go on from: `checkpoints/last.ckpt`."""
    return {"class_path": "callbacks.last_checkpoint.LastCheckpoint", "init_args": {}}


def resource_monitor() -> ClassSpec:
    """Records what the run takes of the machine: `resources.csv` and `resources/...` in the logger."""
    return {"class_path": "callbacks.resource_monitor.ResourceMonitor", "init_args": {}}


def learning_rate() -> ClassSpec:
    """Logs the highest and the lowest learning rate at the logging rhythm."""
    return {"class_path": "callbacks.learning_rate.LearningRate", "init_args": {}}


def epochs_by_rows() -> ClassSpec:
    """Chooses the number of epochs by the size of the table where no limit is given."""
    return {"class_path": "callbacks.epochs_by_rows.EpochsByRows", "init_args": {}}


def keep_memory() -> ClassSpec:
    """Reuses freed memory, which makes training on a CPU faster."""
    return {"class_path": "callbacks.keep_memory.KeepMemory", "init_args": {}}


def hardware_tier() -> ClassSpec:
    """Fits precision, micro-batches and memory to the machine, and prints how."""
    return {"class_path": "callbacks.hardware_tier.HardwareTier", "init_args": {}}


def progress_bar() -> ClassSpec:
    """Shows loss, samples/s and the time left; plain lines where there is no terminal."""
    return {"class_path": "callbacks.progress_bar.FitProgressBar", "init_args": {}}


def overfitting_watch() -> ClassSpec:
    """Says at the end whether the model learned its training rows by heart, and what would help."""
    return {"class_path": "callbacks.overfitting_watch.OverfittingWatch", "init_args": {}}


def default_callbacks() -> dict[str, ClassSpec]:
    """Every default by its command-line key, in the Trainer's order: `last_checkpoint` comes after the rest.

    It saves the state of the others, so they have to have seen the validation before it.
    """
    return {
        "epochs_by_rows": epochs_by_rows(),
        "keep_memory": keep_memory(),
        "hardware_tier": hardware_tier(),
        "early_stopping": early_stopping(),
        "resource_monitor": resource_monitor(),
        "learning_rate": learning_rate(),
        "progress_bar": progress_bar(),
        "overfitting_watch": overfitting_watch(),
        "best_checkpoint": best_checkpoint(),
        "last_checkpoint": last_checkpoint(),
    }
