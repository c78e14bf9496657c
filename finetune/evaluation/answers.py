"""`predictions.csv`: what the model, and the baselines, say of every row that was held out. Computes no score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.data.dividing.by_column import Rows
from finetune.errors import DataError
from finetune.evaluation.predicted.formulas import FORMULA, guard_cell
from finetune.files.whole import write_text
from finetune.runs.damaged import CUT, TRAIN_ANEW
from finetune.runs.folder import RunFolder
from finetune.runs.tidied import is_tidied
from finetune.tasks.calibration import Calibration
from finetune.tasks.single_label import single_label
from finetune.tasks.table import TASKS
from finetune.tasks.targets import encoded, unknown_parts
from finetune.tasks.task import NUMBER, Booleans, Targets, Task

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

COLUMNS = ("source", "line", "row", "split", "text", "label", "predicted", "confidence", "abstained")
INTERVAL = ("low", "high")
"""Columns of numbers: where the interval of the answer begins and ends. Numbers have no columns of probabilities."""

VALUE = "value"
"""What the only output is called of numbers that were read."""

PROBABILITY = "p:"
BASELINE = "baseline:"


@dataclass(frozen=True)
class Answers:
    """Rows that were held out, in the order of their parts and of the table.

    Attributes:
        frame: `COLUMNS`: where the row stands, its text and label, and the answer; `abstained` says whether the model
            would rather not have given it. Of numbers also `INTERVAL`.
        labels: Names of the C outputs.
        probabilities: [N, C] of each, as `predict` would give them; [N, 1] what is answered, of numbers.
        baselines: What each baseline answers. [N] labels
        task: What is asked.
    """

    frame: pd.DataFrame
    labels: list[str]
    probabilities: Floats
    baselines: dict[str, list[str]]
    task: Task = field(default_factory=single_label)

    @property
    def truth(self) -> Targets:
        """Targets, [N] or [N, C]."""
        return encoded(self.frame["label"].tolist(), self.labels, self.task)

    @property
    def predicted(self) -> Targets:
        """The same of the model's answers."""
        return encoded(self.frame["predicted"].tolist(), self.labels, self.task)

    @property
    def right(self) -> Booleans:
        """Which answers are right; none where there is no right and wrong. [N]"""
        if self.task.right is None:
            return np.zeros(len(self.frame), dtype=bool)
        return self.task.right(self.truth, self.predicted)

    @property
    def split(self) -> str:
        """The part that the first row is of: of answers to one part, that part."""
        return str(self.frame["split"].iloc[0])

    def with_baselines(self, predicted: Mapping[str, Targets], index: Integers) -> "Answers":
        """Returns the same with the answers of baselines beside.

        Args:
            predicted: What each baseline answers to all rows of the part. [M] or [M, C]
            index: Which of these the rows here are. [N]
        """
        baselines = {name: self.task.written(given[index], self.labels) for name, given in predicted.items()}
        return replace(self, baselines=baselines)

    def part(self, split: str) -> "Answers":
        """Returns the rows of one part."""
        kept = np.flatnonzero(self.frame["split"] == split)
        return Answers(
            self.frame.iloc[kept].reset_index(drop=True),
            self.labels,
            self.probabilities[kept],
            {name: [given[i] for i in kept] for name, given in self.baselines.items()},
            self.task,
        )


def answers_of(
    split: str,
    rows: Rows,
    probabilities: Floats,
    *,
    labels: Sequence[str],
    task: Task,
    calibration: Calibration,
) -> Answers:
    """Returns the answers to the rows of one part.

    Args:
        split: The part's name.
        rows: A table and which of its texts. [N]
        probabilities: [N, C] of each output.
        labels: Names of the C outputs.
        task: What is asked.
        calibration: How probabilities become an answer.
    """
    table, index = rows
    answer = task.answer(probabilities, calibration)
    texts, given = table.text, table.label or []
    unknown = np.full(len(index), np.nan)
    low, high = [unknown if each is None else each for each in (answer.low, answer.high)]
    frame = pd.DataFrame(
        {
            "source": table.source,
            "line": [table.line(int(table.row[i])) for i in index],
            "row": table.row[index],
            "split": split,
            "text": [texts[i] for i in index],
            "label": [given[i] for i in index],
            "predicted": task.written(answer.predicted, labels),
            "confidence": answer.confidence,
            "abstained": answer.abstained,
            **(dict(zip(INTERVAL, (low, high), strict=True)) if task.problem_type == NUMBER else {}),
        }
    )
    return Answers(frame, list(labels), probabilities, {}, task)


def joined(parts: Sequence[Answers]) -> Answers:
    """Returns the answers of several parts, one after the other; all are of the same classes and baselines."""
    return Answers(
        pd.concat([part.frame for part in parts], ignore_index=True),
        parts[0].labels,
        np.concatenate([part.probabilities for part in parts]),
        {name: [label for part in parts for label in part.baselines[name]] for name in parts[0].baselines},
        parts[0].task,
    )


def write_answers(path: Path, answers: Answers) -> None:
    """Writes the file: one column a class (`p:label`) and one a baseline (`baseline:name`) behind the others.

    Of numbers there are `low` and `high` in place of the classes.

    Nine digits hold a float32 exactly. Cells that a spreadsheet would run as a formula get an apostrophe, and
    those that begin with one before a formula get another, so that `read_answers` takes away one and no more.
    """
    numbers = answers.task.problem_type == NUMBER
    own = [*COLUMNS, *(INTERVAL if numbers else ())]
    columns: dict[str, Any] = {column: answers.frame[column] for column in own}
    if not numbers:
        columns |= {
            f"{PROBABILITY}{label}": answers.probabilities[:, i] for i, label in enumerate(answers.labels)
        }
    columns |= {f"{BASELINE}{name}": given for name, given in answers.baselines.items()}
    # with this line end a text that holds either half of it is quoted: a lone one would else be read as a line's end
    table = pd.DataFrame(columns)
    # a number below 0 is no formula
    for name in ("source", "text") if numbers else columns:
        table[name] = table[name].map(guarded)
    text = table.to_csv(index=False, float_format="%.9g", lineterminator="\r\n")
    write_text(path, text, encoding="utf-8-sig")


def read_answers(path: Path, metrics: Mapping[str, Any] | None = None) -> Answers:
    """Reads what `write_answers` wrote.

    Args:
        path: The file.
        metrics: The content of `metrics.json` beside it; read when left out.

    Raises:
        DataError: if the file is not of that kind, or damaged.
    """
    try:
        return _answers(path, kept_task(RunFolder(path.parent).metrics() if metrics is None else metrics))
    except (ValueError, TypeError) as error:  # pandas' own are ValueErrors
        if is_tidied(path.parent):
            raise DataError(
                "{file} is damaged: {why}. {remedy}", file=path, why=CUT, remedy=TRAIN_ANEW
            ) from error
        raise DataError(
            "{path} is damaged: it is cut short, or no table of predictions any more. Remove metrics.json beside it, "
            "and the run is measured again:\n  finetune fit --run {run} --resume",
            path=path,
            run=path.parent,
        ) from error


def kept_task(metrics: Mapping[str, Any]) -> Task:
    """Returns what a run is asked; one label of several where it does not say.

    A function of somebody's own is not called, for a run may come from anywhere: what is known of it is its problem.

    Args:
        metrics: The content of `metrics.json`.
    """
    name = str(metrics.get("task") or "single_label")
    if name in TASKS:
        return TASKS[name]()
    made = [make() for make in TASKS.values()]
    return next((task for task in made if task.problem_type == metrics.get("problem_type")), made[0])


def _answers(path: Path, task: Task) -> Answers:
    frame = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False, na_filter=False)
    numbers = task.problem_type == NUMBER
    own = [*COLUMNS, *(INTERVAL if numbers else ())]
    missing = [column for column in own if column not in frame]
    if missing:
        raise DataError(
            "{path} is no file of predictions: it has no column {columns}.",
            path=path,
            columns=", ".join(missing),
        )
    frame = frame.map(unguarded)
    names = [str(column) for column in frame.columns]
    columns = [name for name in names if name.startswith(PROBABILITY)]
    baselines = [name for name in names if name.startswith(BASELINE)]
    probabilities = frame[columns].replace("", "nan").to_numpy().astype(np.float64)
    kept = frame[own].astype({"line": int, "row": int})
    for name in ("confidence", *(INTERVAL if numbers else ())):
        kept[name] = frame[name].replace("", "nan").astype(float)
    kept["abstained"] = frame["abstained"] == "True"
    if numbers:
        if not path.read_bytes().endswith(b"\n") or "" in frame[[*("label", "predicted"), *baselines]].values:
            raise ValueError("a row without all its numbers")  # the last one, cut
        return Answers(
            kept,
            [VALUE],
            kept["predicted"].to_numpy().astype(np.float64).reshape(-1, 1),
            {name.removeprefix(BASELINE): frame[name].tolist() for name in baselines},
            task,
        )
    labels = [name.removeprefix(PROBABILITY) for name in columns]
    if unknown_parts([*kept["label"], *kept["predicted"]], labels, task):
        raise ValueError("a row without its label")  # the last one, cut
    return Answers(
        kept,
        labels,
        probabilities,
        {name.removeprefix(BASELINE): frame[name].tolist() for name in baselines},
        task,
    )


def guarded(cell: Any) -> Any:
    """Puts an apostrophe before a cell that `guard` would put one before, and before one that has one already."""
    if isinstance(cell, str) and cell.startswith("'") and cell.lstrip("'").startswith(FORMULA):
        return f"'{cell}"
    return guard_cell(cell)


def unguarded(cell: str) -> str:
    """Takes away the apostrophe that `guarded` put before a cell."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA) else cell
