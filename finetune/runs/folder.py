"""The run folders: claiming one, what is in it. Trains nothing and prints nothing."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from finetune.language.say import Message
from finetune.runs.damaged import TRAIN_ANEW, read_mapping
from finetune.runs.run_name import name_of

ROOT = Path("lightning_logs")
CONFIG = "config.yaml"
METRICS = "metrics.json"
PREDICTIONS = "predictions.csv"
SPLIT = "split.csv"
TRAINED_ON = "trained_on.npy"
LEFT_OUT = "left_out.npy"
ANSWER = "answer.json"
WORDS = "words.npz"
DESCRIPTION = "finetune.json"
FOLD = "fold.json"
CROSSVAL = "crossval.json"
DATA_REPORT = "data_report.json"
LABEL_ERRORS = "label_errors.csv"
REPORT = "report.html"
MODEL = "model"
ADAPTER = "adapter"
BEST = Path("checkpoints") / "best.ckpt"
LAST = Path("checkpoints") / "last.ckpt"
HARDWARE = "hardware.json"
TIDIED = "tidied.json"
"""What `finetune runs tidy` has freed of a run."""
ONLY_OF_RUNS = (
    *(SPLIT, ANSWER, FOLD, PREDICTIONS, WORDS, DATA_REPORT, HARDWARE),
    Path(MODEL) / "config.json",
)
"""What only this program leaves beside a `config.yaml`; a `metrics.json` others leave, too."""
BY_VALIDATION = "best"
"""Stands for the run of the best validation where a run is named."""
BASELINE_ANEW = Message("Or make the run anew:\n  finetune baseline --data.path TABLE")
"""What is always left where a file of a run of words is damaged: it takes seconds."""
UNFINISHED = "unfinished"
"""Key in `metrics.json` while something of what follows the training is still to come."""


def version(folder: Path, kind: str = "version") -> int:
    """Returns the number of a run folder, or -1 for a folder of another name."""
    number = folder.name.removeprefix(f"{kind}_")
    return int(number) if folder.name.startswith(f"{kind}_") and number.isdecimal() else -1


def claim(root: Path, kind: str = "version") -> Path:
    """Makes the next free `version_N` (`kind_N`) for this process alone: two that ask at once get two folders."""
    root.mkdir(parents=True, exist_ok=True)
    number = max((version(folder, kind) for folder in root.iterdir()), default=-1) + 1
    while True:
        folder = root / f"{kind}_{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def all_runs(root: Path, kind: str = "version") -> list[Path]:
    """Returns the run folders of a kind, oldest first."""
    if not root.is_dir():
        return []
    numbers = {folder: version(folder, kind) for folder in root.iterdir()}
    return sorted((folder for folder, number in numbers.items() if number >= 0), key=numbers.__getitem__)


def all_crossvals(root: Path) -> list[Path]:
    """Returns the folders of the cross-validations, oldest first."""
    return all_runs(root, "crossval")


def newest(root: Path, kind: str = "version", *, begun: bool = False) -> Path | None:
    """Returns the run whose last checkpoint was written last, or the best of one that keeps none; None without any.

    Args:
        root: Folder of the runs.
        kind: What their names begin with.
        begun: Whether a run counts from when its training began, even if it was stopped before its first checkpoint.
    """
    # a run that takes no step has no last one, nor has one that was tidied: its record is as old as that one was
    tells: list[Path | str] = [LAST, BEST, TIDIED]
    tells += [CONFIG] if begun else []
    written = {
        run: max(file.stat().st_mtime_ns for file in files)
        for run in all_runs(root, kind)
        if (files := [run / name for name in tells if (run / name).exists()])
    }
    return max(written, key=lambda run: (written[run], version(run, kind)), default=None)


def names(folders: Sequence[Path]) -> str | Message:
    """Returns the names of folders as they are listed in a sentence, each with the name that a user gave it."""
    given = [(folder.name, name_of(folder)) for folder in folders]
    listed = ", ".join(f"{each} ({name})" if name else each for each, name in given)
    return listed or Message("none", context="runs")


def is_run(folder: Path) -> bool:
    """Returns whether a folder is that of a run, by what a training leaves in it."""
    return (folder / CONFIG).is_file() and ((folder / SPLIT).is_file() or (folder / LAST.parent).is_dir())


def is_of_a_run(config: Path) -> bool:
    """Returns whether a run has written a configuration, rather than a person."""
    folder = config.parent
    return config.name == CONFIG and (
        any((folder / name).exists() for name in ONLY_OF_RUNS)
        or any((folder / LAST.parent).glob("*.ckpt"))
        or ((folder / REPORT).exists() and (folder / MODEL).exists())
    )


def _in_groups(config: dict[str, Any]) -> bool:
    """Whether what stands in groups does so: of a file that is cut the last one is empty."""
    return all(isinstance(config.get(group, {}), dict) for group in ("data", "model", "trainer"))


def _measured(metrics: dict[str, Any]) -> bool:
    """Whether each part that was measured has its score."""
    scores = [metrics[part].get(ranked_by(metrics)) for part in ("validation", "test") if part in metrics]
    return all(score is None or isinstance(score, (int, float)) for score in scores)


def ranked_by(metrics: Mapping[str, Any]) -> str:
    """Returns the name of the score by which runs of a task are ranked."""
    return str(metrics.get("ranked_by") or "f1_macro")


@dataclass(frozen=True)
class RunFolder:
    """What one run folder says about its run; what is not there yet is empty."""

    path: Path

    def config(self) -> dict[str, Any]:
        """Returns the configuration the run was started with; empty where it was never written.

        Raises:
            ConfigError: if it is damaged.
        """
        return read_mapping(self.path / CONFIG, TRAIN_ANEW, parse=yaml.safe_load, fits=_in_groups)

    def metrics(self) -> dict[str, Any]:
        """Returns the metrics of the finished run; empty where it has not finished.

        Raises:
            ConfigError: if they are damaged.
        """
        if (self.path / DESCRIPTION).is_file():  # of words alone, which are made anew in seconds
            put_back = Message("Put a copy of it back. {again}", again=BASELINE_ANEW)
            return read_mapping(self.path / METRICS, put_back, fits=_measured)
        if (self.path / TIDIED).is_file():  # the state from which it was measured is gone
            return read_mapping(self.path / METRICS, TRAIN_ANEW, fits=_measured)
        again = Message(
            "Remove it, and it is measured again:\n  finetune {command} --run {run} --resume",
            command="fit" if version(self.path, "adapt") < 0 else "adapt",
            run=self.path,
        )
        return read_mapping(self.path / METRICS, again, fits=_measured)

    def score(self, part: str) -> float | None:
        """Returns what was measured on a part by which runs are ranked; None where it was not.

        Raises:
            ConfigError: if the metrics are damaged.
        """
        metrics = self.metrics()
        score: float | None = metrics.get(part, {}).get(ranked_by(metrics))
        return score

    def finished(self) -> bool:
        """Returns whether all was trained, measured and written."""
        metrics = self.metrics()
        return bool(metrics) and UNFINISHED not in metrics

    def size(self) -> int:
        """Returns the bytes on disk."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())

    def delete(self) -> None:
        """Removes the folder and all that is in it."""
        shutil.rmtree(self.path)
