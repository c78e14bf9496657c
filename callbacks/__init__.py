"""Lightning callbacks for any project: they know nothing of what is trained.

Holds the list of what is exported and nothing else. A name is imported when it is first used, so that
`import callbacks` costs nothing: neither torch nor lightning is loaded.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callbacks.best_checkpoint import BestCheckpoint
    from callbacks.early_stopping import EarlyStopping
    from callbacks.epochs_by_rows import EpochsByRows
    from callbacks.hardware_tier import HardwareTier
    from callbacks.keep_memory import KeepMemory
    from callbacks.last_checkpoint import LastCheckpoint
    from callbacks.learning_rate import LearningRate
    from callbacks.nan_guard import NanGuard
    from callbacks.overfitting_watch import OverfittingWatch
    from callbacks.progress_bar import FitProgressBar
    from callbacks.resource_monitor import ResourceMonitor

__all__ = [
    "BestCheckpoint",
    "EarlyStopping",
    "EpochsByRows",
    "FitProgressBar",
    "HardwareTier",
    "KeepMemory",
    "LastCheckpoint",
    "LearningRate",
    "NanGuard",
    "OverfittingWatch",
    "ResourceMonitor",
]

# One exported callback, one row (and its line above, for type checkers)
_MODULES = {
    "BestCheckpoint": "callbacks.best_checkpoint",
    "EarlyStopping": "callbacks.early_stopping",
    "EpochsByRows": "callbacks.epochs_by_rows",
    "FitProgressBar": "callbacks.progress_bar",
    "HardwareTier": "callbacks.hardware_tier",
    "KeepMemory": "callbacks.keep_memory",
    "LastCheckpoint": "callbacks.last_checkpoint",
    "LearningRate": "callbacks.learning_rate",
    "NanGuard": "callbacks.nan_guard",
    "OverfittingWatch": "callbacks.overfitting_watch",
    "ResourceMonitor": "callbacks.resource_monitor",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'callbacks' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
