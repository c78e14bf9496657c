"""What an export carries along to answer by itself: the program, the tokenizer, and how it reads and answers."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerBase

from finetune.data.batching.tokens import plain
from finetune.errors import ConfigError
from finetune.evaluation.answering import Answering
from finetune.evaluation.described import described
from finetune.files.whole import write_text
from finetune.runs.folder import DESCRIPTION, WORDS
from finetune.runtime.answering.answers import TASKS
from finetune.tasks.calibration import Calibration, stored
from finetune.tasks.task import Task

RUNTIME = Path(__file__).parents[2] / "runtime"


def check_task(task: Task) -> None:
    """Refuses a task that the program of the folder cannot answer.

    Raises:
        ConfigError: It is somebody's own.
    """
    if task.name not in TASKS:
        raise ConfigError(
            "--format onnx: the folder answers by itself, without this program, and so knows the tasks {known} alone. "
            "{task} is a function of your own: export with --format hf.",
            known=", ".join(TASKS),
            task=task.name,
        )


def carry(
    folder: Path,
    tokenizer: PreTrainedTokenizerBase,
    *,
    data: Mapping[str, Any],
    task: Task,
    labels: Sequence[str],
    answering: Answering,
    words: Path | None = None,
    mark: str | None = None,
) -> None:
    """Writes all but the network into the folder of an export.

    Args:
        folder: It is there.
        tokenizer: That of the exported network, whose `model_max_length` is where texts are cut.
        data: The options of the run's data, as its configuration has them.
        task: What is asked.
        labels: Names of the C outputs.
        answering: How the exported network's logits become an answer.
        words: The file of what words have learned, where they have a say.
        mark: What joins several labels of a row, as in the training table.

    Raises:
        ConfigError: The task is somebody's own.
    """
    check_task(task)
    copy_program(folder)
    plain(tokenizer).save(str(folder / "tokenizer.json"))
    if answering.words is not None and words is not None:
        shutil.copyfile(words, folder / WORDS)
    content = described(
        data,
        task=task,
        labels=labels,
        mark=mark,
        calibration=answering.calibration,
        mix=None if answering.words is None else answering.mix,
        max_length=int(tokenizer.model_max_length),
        pad_token_id=int(tokenizer.pad_token_id),
    )
    _write(folder, content)


def keep_calibration(folder: Path, calibration: Calibration) -> None:
    """Writes how logits become an answer into the description of a folder, where that was found anew."""
    content = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    _write(folder, {**content, "calibration": stored(calibration)})


def copy_program(folder: Path) -> None:
    """Copies the program that answers by itself into a folder, as it stands."""
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(RUNTIME / "answering", folder / "answering", ignore=left_out, dirs_exist_ok=True)
    for name in ("predict.py", "requirements.txt"):
        shutil.copyfile(RUNTIME / name, folder / name)


def _write(folder: Path, content: Mapping[str, Any]) -> None:
    write_text(folder / DESCRIPTION, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
