"""A run that has not finished: what is said where a finished one is needed. Opens no model."""

from pathlib import Path

from finetune.errors import ConfigError
from finetune.runs.folder import BEST


def unfinished(run: Path) -> ConfigError:
    """Returns that a run has not finished, and what finishes it."""
    if (run / BEST.parent).is_dir() and any((run / BEST.parent).glob("*.ckpt")):
        return ConfigError(
            "{run} has not finished: what was trained is measured and written at its end. To go on with it:\n"
            "  finetune fit --run {run} --resume",
            run=run,
        )
    return ConfigError(
        "{run} has not finished, and there is no checkpoint to go on from. Give another run: finetune runs lists them.",
        run=run,
    )
