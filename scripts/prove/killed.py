"""The callback by which a run kills its own process at a moment that the environment names.

kill_resume.py copies this file into the folder of each run, whose options name `killed.Killed`. The class is made when
it is asked for: kill_resume.py reads the names here, and loads neither torch nor Lightning before it forks.
"""

import json
import os
import signal
from pathlib import Path
from typing import Any

MOMENT = "KILL_AT"
"""Environment variable: when the run is to kill itself, such as `write:3`; empty for never."""
COUNT = "count"
"""A moment that never comes: the run tells how many there were of each kind."""
MARK = "KILL_MARK"
"""Environment variable: a file that the run makes when its first step begins."""


def killed_class() -> type:
    """Returns a callback that counts moments and kills its own process at the one that the environment names."""
    from lightning.pytorch import Callback

    from callbacks.saving import checkpoint_io, sharded_checkpoint, summed_file

    class Killed(Callback):
        """Does nothing where no moment is named, so that it may stay in the configuration of every run."""

        def __init__(self) -> None:
            self.moment = os.environ.get(MOMENT, "")
            self.counts = {"write": 0, "validation": 0}
            if self.moment and os.environ.get("LOCAL_RANK", "0") == "0":
                # each piece that is written, each move of a file: the run dies before it
                self._watch(summed_file.Summed, "write")
                self._watch(checkpoint_io.os, "fsync")
                self._watch(checkpoint_io, "record")
                self._watch(sharded_checkpoint, "record")
                self._watch(Path, "replace")

        def _watch(self, owner: Any, name: str) -> None:
            original = getattr(owner, name)

            def counted(*arguments: Any) -> Any:
                self._count("write")
                return original(*arguments)

            setattr(owner, name, counted)

        def _count(self, kind: str) -> None:
            self.counts[kind] += 1
            if self.moment == f"{kind}:{self.counts[kind]}":
                os.killpg(0, signal.SIGKILL)

        def on_train_batch_start(self, *_: Any) -> None:
            if MARK in os.environ and not Path(os.environ[MARK]).exists():
                Path(os.environ[MARK]).touch()

        def on_validation_batch_end(self, trainer: Any, *_: Any) -> None:
            if not trainer.sanity_checking:
                self._count("validation")

        def on_train_end(self, trainer: Any, *_: Any) -> None:
            if self.moment == COUNT and trainer.is_global_zero:
                Path("counts.json").write_text(json.dumps(self.counts))

    return Killed


def __getattr__(name: str) -> Any:
    if name == "Killed":
        return killed_class()
    raise AttributeError(name)
