"""What the folder of a run says of its labels and of how it reads tables. Opens no table and no model."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from finetune.cli.classifier_folder import class_names
from finetune.cli.trusted import look_at_config
from finetune.data.asked import Asked, Reading
from finetune.data.dividing.parts import Division
from finetune.data.labels.wish import names_of
from finetune.errors import ConfigError
from finetune.evaluation.answers import kept_task
from finetune.moved import brought_up_to_date
from finetune.runs.before import as_meant
from finetune.runs.exported import is_export
from finetune.runs.find import find
from finetune.runs.finished import unfinished
from finetune.runs.folder import CONFIG, MODEL, RunFolder, is_run
from finetune.runs.kind import is_of_words, refuse_adapted
from finetune.runs.words_run import description_of
from finetune.tasks.table import TASKS
from finetune.tasks.task import Task

AS_NAMES = ("label_columns", "label_order")
"""Options of several names, which may stand in one line."""


@dataclass(frozen=True)
class Run:
    """A run that has learned labels.

    Attributes:
        path: Its folder.
        task: What a label is.
        labels: Names of the outputs.
        asked: What its data were asked to be.
    """

    path: Path
    task: Task
    labels: list[str]
    asked: Asked


def run_of(name: str, root: Path, *, trust: bool) -> Run:
    """Returns the run that a name stands for.

    Args:
        name: As `--run` has it.
        root: The folder of the runs.
        trust: Whether the user allows what another's run names.

    Raises:
        UserError: There is none, it has learned no labels, or it is damaged, unfinished or not trusted.
    """
    path = _folder(name, root)
    refuse_adapted(path)
    folder = RunFolder(path)
    if not folder.finished():
        raise unfinished(path)
    look_at_config(path / CONFIG, trust=trust)
    metrics = folder.metrics()
    task = str(metrics.get("task") or "single_label")
    if task not in TASKS:
        raise ConfigError(
            "{run} was trained for the task {task}, a function of your own, and label knows {known} alone.",
            run=path,
            task=task,
            known=", ".join(TASKS),
        )
    labels = list(map(str, description_of(path)["labels"])) if is_of_words(path) else _class_names(path)
    return Run(path, kept_task(metrics), labels, _asked(path, task, labels))


def _folder(name: str, root: Path) -> Path:
    """The folder of the run; of an export that of the run that it was made from."""
    export = Path(name)
    if is_export(export) and not is_run(export):
        run = export.absolute().parent.parent
        if not is_run(run):
            raise ConfigError(
                "--run {folder} is an export that stands alone: corrections are kept beside the run that it was made "
                "from, whose rows are known there. Name that run.",
                folder=name,
            )
        return run
    return find(name, root)


def _class_names(run: Path) -> list[str]:
    file = run / MODEL / "config.json"
    try:
        return class_names(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            "{file} is missing or damaged: it does not name the classes. Put a copy of the folder {model}/ back, or "
            "train anew.",
            file=file,
            model=MODEL,
        ) from error


def _asked(run: Path, task: str, labels: list[str]) -> Asked:
    """What the data were asked to be, by the configuration that the run was started with."""
    text, _ = brought_up_to_date((run / CONFIG).read_text(encoding="utf-8"))
    data: dict[str, Any] = (yaml.safe_load(as_meant(text)) or {}).get("data") or {}
    known = Reading.__dataclass_fields__.keys() & data.keys()
    given = {name: data[name] for name in known if data[name] is not None}
    given |= {name: names_of(data.get(name)) for name in AS_NAMES}
    # nothing is cut where nothing was said of it
    given["max_characters"] = data.get("max_characters")
    reading = Reading(**{**given, "task": task, "classes": tuple(labels)})
    paths = {
        "train": data.get("path"),
        "validation": data.get("validation_path"),
        "test": data.get("test_path"),
        "predict": None,
    }
    return Asked(paths, reading, Division())
