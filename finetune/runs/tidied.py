"""What a run can no longer do once its last checkpoints were freed by `finetune runs tidy`. Frees nothing."""

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from finetune.errors import ConfigError
from finetune.files.whole import write_text
from finetune.language.say import Message
from finetune.runs.folder import BEST, LAST, TIDIED, RunFolder
from finetune.runs.kind import ADAPT, trained_by


def is_tidied(run: Path) -> bool:
    """Returns whether what training would go on from was freed."""
    return (run / TIDIED).is_file() and not (run / LAST).exists()


def freed(run: Path, checkpoint: Path) -> ConfigError:
    """Returns that a checkpoint is not there any more, and what can be done in its place.

    Args:
        run: The run's folder.
        checkpoint: The file that was asked for.
    """
    command = trained_by(RunFolder(run).config())
    return ConfigError(
        "{checkpoint} is not there any more: finetune runs tidy has freed it. {run} answers as before; its training "
        "cannot go on. Begin a new run from what it has learned:\n{command}",
        checkpoint=checkpoint,
        run=run,
        command=Message("  finetune adapt --model.name {run} --data.path TEXTS", run=run)
        if command == ADAPT
        else Message("  finetune fit --model.name {run} --data.path TABLE", run=run),
    )


def record(run: Path, names: Sequence[str], size: int) -> None:
    """Keeps what is freed of a run, before it is; as old as its newest checkpoint, by which `latest` is told.

    Args:
        run: The run's folder.
        names: Of the checkpoints, as they stand in it.
        size: Their bytes.
    """
    there = [run / name for name in (LAST, BEST, TIDIED) if (run / name).exists()]
    moment = max(file.stat().st_mtime_ns for file in there)
    content = {"freed": list(names), "bytes": size, "when": datetime.now().astimezone().isoformat()}
    write_text(run / TIDIED, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    os.utime(run / TIDIED, ns=(moment, moment))
