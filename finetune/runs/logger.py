"""RunLogger: TensorBoard's logger, in a run folder that is claimed when the run truly starts."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lightning.fabric.loggers.logger import _DummyExperiment
from lightning.pytorch.loggers import TensorBoardLogger
from lightning_utilities.core.rank_zero import rank_zero_only, rank_zero_warn

from finetune.language.say import reason, say
from finetune.runs.folder import claim
from finetune.runs.lock import RunLock


class RunLogger(TensorBoardLogger):
    """Writes the events of one run into its folder.

    The folder is claimed at its first use, after the data was read: a wrong table leaves no empty folder behind.

    Args:
        root: Folder of all runs.
        folder: The folder of a run to go on with, or one for this run alone; left out, the next free one.
        events: Whether to write events; the folder is claimed all the same.
        lock: Holds the folder from then on.
        claimed: Gets the folder of a new run as soon as there is one, to write its `config.yaml`: one that is
            interrupted before its first step can begin again.
        kind: What the names of such folders begin with.
    """

    def __init__(
        self,
        root: Path,
        folder: Path | None = None,
        *,
        events: bool = True,
        lock: RunLock | None = None,
        claimed: Callable[[Path], None] | None = None,
        kind: str = "version",
    ) -> None:
        place = root if folder is None else folder.parent
        super().__init__(save_dir=str(place), name="", version="", default_hp_metric=False)
        self.runs_root = root
        self.folder = folder
        self.events = events
        self.lock = lock
        self.claimed = claimed
        self.kind = kind
        self._earlier: list[Path] = []  # event files of the processes that trained this run before

    @property
    def experiment(self) -> Any:
        """TensorBoard's writer, made at its first use; one that writes nothing where there are to be no events."""
        if not self.events:
            return _DummyExperiment()
        if self._experiment is None and getattr(rank_zero_only, "rank", 0) == 0:
            self._earlier = event_files(Path(self.log_dir))
        return super().experiment

    @property
    def log_dir(self) -> str:
        """The run's folder. Only rank zero claims one; `trainer.log_dir` tells it to the others."""
        if self.folder is None:
            if getattr(rank_zero_only, "rank", 0) != 0:
                return str(self.runs_root)
            self.folder = claim(self.runs_root, self.kind)
            if self.claimed is not None:
                self.claimed(self.folder)
        if self.lock is not None and self.folder.is_dir():  # one that was given is made by its first file
            self.lock.hold(self.folder)
        return str(self.folder)

    @property
    def version(self) -> str:
        """The folder's name: Lightning's ModelCheckpoint puts its path together from it."""
        return Path(self.log_dir).name

    def sizes(self) -> dict[str, int]:
        """Returns how long each event file is, with all that was logged so far."""
        if getattr(rank_zero_only, "rank", 0) != 0:
            return {}
        self.save()
        return {file.name: file.stat().st_size for file in event_files(Path(self.log_dir))}

    @contextmanager
    def _observing(self) -> Iterator[None]:
        """Has a disk that refuses events end them, and not the training: what only observes stops nothing."""
        try:
            yield
        except (OSError, ValueError) as error:
            refused = error if isinstance(error, OSError) else error.__cause__  # Lightning wraps it
            if not isinstance(refused, OSError):
                raise
            self.events = False
            said = say(
                "No more curves are written to {folder}: {why}. Training goes on.",
                folder=self.log_dir,
                why=reason(refused),
            )
            rank_zero_warn(said)

    def cut_back(self, sizes: dict[str, int]) -> None:
        """Cuts what earlier processes logged after a checkpoint, which is logged again as the run goes on from it.

        Args:
            sizes: How long each event file was at the checkpoint; a file that was not there yet is removed.
        """
        for file in self._earlier:
            if file.name not in sizes:
                file.unlink()
            elif file.stat().st_size > sizes[file.name]:
                os.truncate(file, sizes[file.name])
        self._earlier = []

    @rank_zero_only
    def save(self) -> None:
        """Flushes the events; `hparams.yaml` is not written, since `config.yaml` has it all."""
        with self._observing():
            self.experiment.flush()

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Logs numbers at a step."""
        with self._observing():
            super().log_metrics(metrics, step)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Flushes and closes the events, if any were written."""
        if self._experiment is not None:
            with self._observing():
                self.experiment.flush()
                self.experiment.close()

    def log_hyperparams(self, params: Any, metrics: Any = None, step: int | None = None) -> None:
        """Writes hyper-parameters with the final metrics; without metrics, as Lightning calls it, nothing yet."""
        if metrics and self.events:
            super().log_hyperparams(params, metrics, step)


def event_files(folder: Path) -> list[Path]:
    """Returns TensorBoard's files in a folder; a link is none: it would be cut where it leads."""
    return sorted(file for file in folder.glob("events.out.tfevents.*") if not file.is_symlink())
