"""What a prediction gives beside its file: scores where the table has labels, and the rows that a person should see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finetune.data.asked import Reading
from finetune.data.reading.table import Table
from finetune.data.windows import Windows
from finetune.evaluation.against_labels import Against, labels_beside
from finetune.evaluation.answering import Answering
from finetune.evaluation.predicted_table import own_columns
from finetune.evaluation.review import Review, Row
from finetune.evaluation.review_columns import CORRECT
from finetune.evaluation.review_workbook import write_review
from finetune.evaluation.trained_on import kept_texts
from finetune.language.say import say, show
from finetune.language.typed import command_line
from finetune.tasks.task import Booleans, Floats, Task

KEPT = "_kept "
"""How the names of columns begin that are kept and not written: those of ours begin otherwise."""

LOGIT, DISAGREE = f"{KEPT}logit ", f"{KEPT}disagree"


@dataclass
class Beside:
    """Takes the answers window by window.

    Attributes:
        how: How logits become an answer.
        task: What is asked.
        labels: [C] names of the outputs.
        reading: How the table is read.
        against: What they are worth by the table's labels; None where it has none.
        review: Which of them a person should see; None where nobody asked.
        rows: These, once they are written.
    """

    how: Answering
    task: Task
    labels: Sequence[str]
    reading: Reading
    against: Against | None
    review: Review | None
    rows: list[Row] = field(default_factory=list)

    def take(self, table: Table, first: int, kept: pd.DataFrame) -> None:
        """Takes the answers of a window.

        Args:
            table: The window.
            first: The position of its first row in the whole table.
            kept: What was kept of its rows, one for each.
        """
        of_logits = [name for name in kept if str(name).startswith(LOGIT)]
        positions = np.flatnonzero(kept[of_logits[0]].notna())
        rows = kept.iloc[positions]
        logits = rows[of_logits].to_numpy(dtype=np.float64)
        if self.against is not None:
            self.against.take(table, positions, logits)
        if self.review is None:
            return
        at = np.searchsorted(table.row, positions)
        given = table.label if self.against is not None else None
        self.review.take(
            positions + first,
            self.task.probabilities(logits, self.how.calibration),
            texts=table.texts(at),
            given=None if given is None else [given[each] for each in at.tolist()],
            disagree=rows[DISAGREE].to_numpy(dtype=bool),
        )

    def write(self, file: Path | None, windows: Windows) -> None:
        """Writes the workbook of rows to look at; None where nobody asked for one."""
        if self.review is None or file is None:
            return
        self.rows = self.review.chosen()
        cells = cells_at(windows.each(), [row.position for row in self.rows])
        write_review(file, self.rows, windows.whole, cells, labels=self.labels, task=self.task)

    def show(self, file: Path | None, table: Table) -> None:
        """Prints the scores, and what is in the workbook.

        Args:
            file: The workbook; None where nobody asked for one.
            table: What is known of the whole table.
        """
        if self.against is not None:
            self.against.show()
        if self.review is not None and file is not None:
            show_review(file, self.rows, table, self.reading, all_rows=self.review.rows)


def kept_beside(logits: Floats, disagree: Booleans | None) -> dict[str, Any]:
    """Returns what is kept of rows beside our columns, by names that no column has.

    Args:
        logits: [N, C] of the answer.
        disagree: [N] where network and words do; None where words have no say.
    """
    none = np.zeros(len(logits), dtype=bool)
    return {
        **{f"{LOGIT}{number}": column for number, column in enumerate(logits.T)},
        DISAGREE: none if disagree is None else disagree,
    }


def without_kept(answers: pd.DataFrame) -> pd.DataFrame:
    """Returns our columns alone."""
    return answers[[name for name in answers if not str(name).startswith(KEPT)]]


def begun(
    how: Answering,
    table: Table,
    *,
    task: Task,
    labels: Sequence[str],
    reading: Reading,
    review: bool,
    run: Path | None = None,
) -> Beside | None:
    """Returns what takes the answers to a table; None where it has no labels, and nobody wants to see rows.

    Args:
        how: How logits become an answer.
        table: What is known of the table: its columns.
        task: What is asked.
        labels: [C] names of the outputs.
        reading: How the table is read.
        review: Whether a person wants to see the rows.
        run: The run that answers; None where no run is named.
    """
    columns = labels_beside(table, reading, own_columns(task, labels))
    if not columns and not review:
        return None
    return Beside(
        how,
        task,
        labels,
        reading,
        Against(task, labels, how.calibration, reading, columns, kept_texts(run)) if columns else None,
        Review(task, labels, how.calibration) if review else None,
    )


def cells_at(windows: Iterable[Table], positions: Sequence[int]) -> list[dict[str, Any]]:
    """Returns what stands at some positions of a table that comes in windows, in the order of the positions."""
    found: dict[int, dict[str, Any]] = {}
    wanted, first = np.unique(np.asarray(positions, dtype=np.int64)), 0
    for window in windows:
        end = first + len(window.frame)
        some = wanted[(first <= wanted) & (wanted < end)]
        rows = window.frame.iloc[some - first].to_dict("records")
        found |= {
            int(at): {str(name): cell for name, cell in row.items()}
            for at, row in zip(some, rows, strict=True)
        }
        first = end
    return [found[position] for position in positions]


def show_review(file: Path, rows: Sequence[Row], table: Table, reading: Reading, *, all_rows: int) -> None:
    """Prints what is in the workbook, and what to do with it.

    Args:
        file: The workbook.
        rows: Its rows.
        table: The table that they are from.
        reading: How that is read.
        all_rows: How many rows were answered.
    """
    column = str(CORRECT)
    told = say(
        "{file}: {n:,} row of {all:,} to look at, of which {doubtful:,} are unsure or contradictory and stand first.",
        "{file}: {n:,} rows of {all:,} to look at, of which {doubtful:,} are unsure or contradictory and stand first.",
        file=file,
        n=len(rows),
        all=all_rows,
        doubtful=sum(bool(row.why) for row in rows),
    )
    filled = say(
        "Fill in its column {column} where the answer is wrong or missing; it is a table to check or train on then:",
        column=column,
    )
    show(f"{told} {filled}")
    texts = (
        ["--data.text_column", table.text_column]
        if reading.template is None
        else ["--data.template", reading.template]
    )
    if reading.text_pair_column is not None:
        texts += ["--data.text_pair_column", reading.text_pair_column]
    words = ["finetune", "check", "--data.path", str(file), *texts, "--data.label_column", column]
    show("  " + command_line(words))
