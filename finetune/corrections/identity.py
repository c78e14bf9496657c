"""Which training a file of corrections belongs to, and what its labels are. Reads the folder of a run, and no model."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from finetune.runs.folder import CONFIG, SPLIT
from finetune.tasks.table import SINGLE_LABEL, TASKS
from finetune.tasks.task import Task

FILE = "corrections.sqlite"
"""What the corrections of a run are kept in, in its folder."""


@dataclass(frozen=True)
class Identity:
    """The training that corrections belong to.

    Attributes:
        run: What the folder of the run is called.
        training: A sum that says which training it is: of the rows of its parts, or of its configuration.
        task: What a label is: a row of `TASKS`.
        labels: Names of the outputs.
        columns: The columns that the texts are made of.
    """

    run: str
    training: str
    task: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def made_task(self) -> Task:
        """What a label is."""
        return TASKS.get(self.task, TASKS[SINGLE_LABEL])()

    def as_json(self) -> str:
        """Returns it as text."""
        return json.dumps(asdict(self))


def from_json(text: str) -> Identity:
    """Returns what `as_json` wrote."""
    content: dict[str, Any] = json.loads(text)
    content |= {name: tuple(content[name]) for name in ("labels", "columns")}
    return Identity(**content)


def identity_of(run: Path, *, task: str, labels: Sequence[str], columns: Sequence[str]) -> Identity:
    """Returns what the corrections of a run belong to; that stays when the run is renamed, moved or gone on with.

    Args:
        run: Its folder.
        task: What a label is.
        labels: Names of the outputs.
        columns: The columns that the texts are made of.
    """
    told_by = run / SPLIT if (run / SPLIT).is_file() else run / CONFIG
    training = hashlib.sha256(told_by.read_bytes()).hexdigest()
    return Identity(run.absolute().name, training, task, tuple(labels), tuple(columns))
