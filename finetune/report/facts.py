"""All that a run folder says of its run, read into one frozen object. Draws nothing, trains nothing."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.errors import ConfigError, UserError
from finetune.evaluation.answers import Answers, kept_task, read_answers
from finetune.evaluation.baselines import TFIDF
from finetune.evaluation.score_names import model_name
from finetune.language.say import AnyMessage, Message, reason
from finetune.language.which import language
from finetune.report.events import Curve, read_curves
from finetune.report.secrets import masked, without_secrets
from finetune.runs.corrected import CORRECTED, corrected
from finetune.runs.effort import EFFORT, compared_before
from finetune.runs.folder import (
    BEST,
    CONFIG,
    DATA_REPORT,
    LABEL_ERRORS,
    LAST,
    METRICS,
    MODEL,
    PREDICTIONS,
    SPLIT,
    RunFolder,
    ranked_by,
)
from finetune.runs.kind import is_of_words
from finetune.runs.seeds import SEEDS, averaged
from finetune.runs.split import read_split
from finetune.tasks.task import Task

OURS = re.compile(rf"{Path(LABEL_ERRORS).stem}(_\d+)?\.csv")
"""The table of labels that may be wrong, and those that got a number."""

HARDWARE, RESOURCES = "hardware.json", "resources.csv"
PARTS = ("validation", "test")

Read = TypeVar("Read")


@dataclass(frozen=True)
class Facts:
    """A run folder. What is not there is empty or None.

    Attributes:
        folder: The run folder.
        config: `config.yaml`, without what is secret in it.
        metrics: `metrics.json`.
        data_report: `data_report.json`.
        hardware: `hardware.json`.
        model_config: `model/config.json`.
        resources: `resources.csv`.
        curves: Scalars of the TensorBoard files, by tag.
        division: Rows of each part in `split.csv`.
        answers: `predictions.csv`.
        unread: Files that are there and cannot be read, and why.
        of_words: Whether words alone answer, so that there is no network, and nothing of its training.
        effort: `effort.json`, where ways to train were compared before the run.
        seeds: `seeds.json`, where the run is the mean of networks of several seeds.
        corrected: `corrected.json`, where the run was made of another and of corrections.
    """

    folder: Path
    config: dict[str, Any]
    metrics: dict[str, Any]
    data_report: dict[str, Any]
    hardware: dict[str, Any]
    model_config: dict[str, Any]
    resources: pd.DataFrame | None
    curves: dict[str, Curve]
    division: dict[str, int]
    answers: Answers | None
    unread: tuple[Message, ...] = ()
    of_words: bool = False
    effort: dict[str, Any] = field(default_factory=dict)
    seeds: dict[str, Any] = field(default_factory=dict)
    corrected: dict[str, Any] = field(default_factory=dict)

    @property
    def task(self) -> Task:
        """What the run is asked."""
        return kept_task(self.metrics)

    @property
    def score(self) -> str:
        """The score by which its models are ranked, also where the task is a function of the user's own."""
        return ranked_by(self.metrics) if "ranked_by" in self.metrics else self.task.score

    @property
    def compared(self) -> tuple[str, ...]:
        """The scores by which its models stand side by side, that one first."""
        return (self.score, *(name for name in self.task.compared if name != self.score))

    @property
    def finished(self) -> bool:
        """Whether the training came to its end."""
        return bool(self.metrics)

    @property
    def untrained(self) -> dict[str, Any]:
        """What the last step was computed from, where nothing else of the network was trained; empty where it was."""
        told = self.metrics.get("untrained")
        return told if isinstance(told, dict) else {}

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        """The measured parts, validation before test."""
        return {part: self.metrics[part] for part in PARTS if self.metrics.get(part)}

    @property
    def last_part(self) -> str | None:
        """The part by which the model is judged: the test, else the validation."""
        return list(self.parts)[-1] if self.parts else None

    def of_network(self, part: str) -> dict[str, Any]:
        """Returns what the network alone reaches on a part: what is exported knows no words."""
        alone = (self.metrics.get("alone") or {}).get("network") or {}
        return dict(alone.get(part) or self.parts[part])

    @property
    def labels(self) -> list[str]:
        """Names of the classes, or of the number."""
        for part in self.parts.values():
            if "per_class" in part:
                return [str(label) for label in part["per_class"]]
        named = self.model_config.get("id2label") or {}
        if not named and self.answers is not None:
            return self.answers.labels
        return [str(named[key]) for key in sorted(named, key=int)]

    @property
    def data_name(self) -> str:
        """The table, without the folders of this machine."""
        path = str(self.setting("data", "path") or "")
        return Path(path).name or "?"

    @property
    def model_name(self) -> str:
        """The model that was trained, without the folders of this machine where it was a folder."""
        if self.of_words:
            return model_name(TFIDF, self.task.problem_type)
        name = without_secrets(str(self.metrics.get("model") or self.setting("model", "name") or "?"))
        return Path(name).name if name.startswith((".", "/", "~")) else name

    @property
    def date(self) -> datetime:
        """When the run was last written to: its metrics, else its configuration."""
        newest = next(
            (self.folder / name for name in (METRICS, CONFIG) if (self.folder / name).is_file()), self.folder
        )
        return datetime.fromtimestamp(newest.stat().st_mtime)

    @property
    def temperature(self) -> float:
        """What the logits are divided by before they are probabilities; 1 where nothing was calibrated."""
        return float((self.metrics.get("calibration") or {}).get("temperature") or 1.0)

    @property
    def resumable(self) -> bool:
        """Whether there is a state to go on from."""
        return (self.folder / LAST).exists()

    @property
    def usable(self) -> bool:
        """Whether there are weights to measure and label with."""
        return self.of_words or (self.folder / BEST).is_file()

    @property
    def label_errors(self) -> str | None:
        """The name of the table of labels that may be wrong, of several the newest; None where there is none."""
        # label_errors_mine.csv is of the user
        there = [file for file in self.folder.glob("*.csv") if OURS.fullmatch(file.name)]
        newest = max(there, key=lambda file: file.stat().st_mtime_ns, default=None)
        return None if newest is None else newest.name

    def setting(self, group: str, name: str) -> Any:
        """Returns a parameter of `config.yaml`; None where it is not there."""
        values = self.config.get(group)
        return values.get(name) if isinstance(values, dict) else None

    def rows_of(self, part: str) -> int | None:
        """Returns how many rows a part has; None where that is not known."""
        known: dict[str, int] = self.division or self.data_report.get("rows") or {}
        if part in known:
            return int(known[part])
        measured = self.parts.get(part)
        return int(measured["rows"]) if measured else None


def gather(folder: Path) -> Facts:
    """Reads a run folder; what is missing or damaged is left out and, if damaged, named."""
    unread: list[Message] = []

    def read(name: str, how: Callable[[Path], Read], otherwise: Read) -> Read:
        file = folder / name
        if not file.is_file():
            return otherwise
        try:
            return how(file)
        except (OSError, ValueError, KeyError, UserError) as error:
            unread.append(Message("{file} ({why})", file=name, why=_why(error)))
            return otherwise

    config: dict[str, Any] = read(CONFIG, lambda file: _sound(RunFolder(file.parent).config), {})
    metrics: dict[str, Any] = read(METRICS, lambda file: _sound(RunFolder(file.parent).metrics), {})
    return Facts(
        folder=folder,
        config=masked(config),
        metrics=metrics,
        data_report=read(DATA_REPORT, _mapping, {}),
        hardware=read(HARDWARE, _mapping, {}),
        model_config=read(f"{MODEL}/config.json", _mapping, {}),
        resources=read(RESOURCES, _resources, None),
        curves=read_curves(folder),
        division=read(SPLIT, _division, {}),
        answers=read(PREDICTIONS, lambda file: read_answers(file, metrics), None),
        of_words=is_of_words(folder),
        effort=read(EFFORT, lambda file: _sound(lambda: compared_before(file.parent)), {}),
        seeds=read(SEEDS, lambda file: _sound(lambda: _to_the_end(averaged(file.parent))), {}),
        corrected=read(CORRECTED, lambda file: _sound(lambda: corrected(file.parent)), {}),
        unread=tuple(unread),
    )


def _why(error: Exception) -> AnyMessage:
    if isinstance(error, OSError):
        return reason(error)
    return error.message if isinstance(error, UserError) else Message("damaged, or not as finetune writes it")


def in_language(told: Mapping[str, Read]) -> Read | None:
    """Returns what a file tells in several languages in the reader's, or in English where it was not told in that."""
    return told.get(language(), told.get("en"))


def _mapping(file: Path) -> dict[str, Any]:
    content = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError("it holds no mapping")
    return content


def _sound(content: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return content()
    except ConfigError as error:  # what to do with the run is not told of its page
        raise ValueError("damaged") from error


def _to_the_end(content: dict[str, Any]) -> dict[str, Any]:
    """What is known of networks of several seeds, once all are trained and one is taken; empty before."""
    return content if "taken" in content else {}


def _division(file: Path) -> dict[str, int]:
    try:
        counts = read_split(file)["split"].value_counts()
    except ConfigError as error:
        raise ValueError("damaged") from error
    return {str(part): int(rows) for part, rows in counts.items()}


def _resources(file: Path) -> pd.DataFrame | None:
    frame = pd.read_csv(file)
    if "time" not in frame:
        raise ValueError("it has no column time")
    if frame.empty:
        return None
    frame["time"] = pd.to_datetime(frame["time"], utc=True, format="ISO8601")
    return frame


def minutes(resources: pd.DataFrame) -> NDArray[np.float64]:
    """Returns the minutes [N] since the first sample."""
    passed = resources["time"] - resources["time"].iloc[0]
    return np.asarray(passed.dt.total_seconds() / 60, dtype=np.float64)
