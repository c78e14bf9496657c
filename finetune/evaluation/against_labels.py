"""What answers are worth by the labels that the table to predict has, where it has some. Takes rows in windows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from finetune.data.asked import Reading
from finetune.data.labels.columns import found_columns
from finetune.data.reading.cells import cell_text
from finetune.data.reading.invisible import as_seen
from finetune.data.reading.sums import Sums, among
from finetune.data.reading.table import Table
from finetune.data.tables import read_source
from finetune.errors import DataError
from finetune.evaluation.printed import show
from finetune.language.lists import listed
from finetune.language.numbers import rows
from finetune.language.say import AnyMessage, Message, say
from finetune.language.say import show as tell
from finetune.language.short import short
from finetune.tasks.calibration import Calibration
from finetune.tasks.targets import encoded, unknown_parts
from finetune.tasks.task import Booleans, Floats, Targets, Task

SHOWN = 5
"""Labels that are none of the classes, that are named."""


def labels_beside(table: Table, reading: Reading, own: Sequence[str]) -> tuple[str, ...]:
    """Returns the columns of a table in which its labels stand; none where it has none.

    Args:
        table: The table.
        reading: How it is read.
        own: Names of the columns that a prediction adds: a table that has them was predicted before, and what stands in
            them is an answer and no label.
    """
    names = table.columns
    if reading.label_columns:
        try:
            return found_columns(table.frame, reading.label_columns, table.source, text=table.text_column)
        except DataError:  # not all of them: most tables to predict have none
            return ()
    label = table.label_column
    if label is None or (label in own and all(name in names for name in own)):
        return ()
    return (label,)


@dataclass
class Against:
    """Answers and labels as they come, measured at the end.

    Attributes:
        task: What is asked.
        labels: [C] names of the outputs.
        calibration: How logits become an answer.
        reading: How tables are read.
        columns: Those of the labels.
        trained_on: Sums of the texts that the run was trained on; None where these are not known.
    """

    task: Task
    labels: Sequence[str]
    calibration: Calibration
    reading: Reading
    columns: tuple[str, ...]
    trained_on: Sums | None = None
    truth: list[Targets] = field(default_factory=list)
    logits: list[Floats] = field(default_factory=list)
    known: list[Booleans] = field(default_factory=list)
    unlabelled: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    of_no_class: int = 0
    wrong: AnyMessage | None = None

    def take(self, table: Table, positions: NDArray[np.int64], logits: Floats) -> None:
        """Takes the rows of a window.

        Args:
            table: The window.
            positions: [N] where the rows stand in its frame.
            logits: [N, C] of the answers.
        """
        if self.wrong is not None or not len(positions):
            return
        try:
            given = self._labels(table, positions)
        except DataError as error:
            self.wrong = error.message
            return
        numbers = {as_seen(name): number for number, name in enumerate(self.labels)}
        numbers |= {name: number for number, name in enumerate(self.labels)}
        self.unlabelled += len(positions) - len(given)
        kept = []
        for place, label in given.items():
            unknown = unknown_parts([label], numbers, self.task)
            self.unknown += unknown
            self.of_no_class += bool(unknown)
            if not unknown:
                kept.append(place)
        if kept:
            self.truth.append(encoded([given[place] for place in kept], numbers, self.task))
            self.logits.append(logits[kept])
            texts = table.texts(np.searchsorted(table.row, positions[kept]))
            self.known.append(among(texts, self.trained_on))

    def _labels(self, table: Table, positions: NDArray[np.int64]) -> dict[int, str]:
        """The label of each row that has one, by its place among the rows; as the task writes them."""
        cells = table.frame.iloc[positions][list(self.columns)].reset_index(drop=True)
        if self.reading.empty_labels != "none":  # as a rule an empty cell says that nobody has looked yet
            texts = cells[list(self.columns)].map(lambda cell: cell_text(cell) or "")
            cells = cells[(texts != "").any(axis=1)]
        if cells.empty:
            return {}
        text = "text" + "_" * max(map(len, self.columns))  # which none of the columns is called
        found = read_source(
            cells.reset_index(drop=True).assign(**{text: "-"}),
            text_column=text,
            label_column=None if self.reading.label_columns else self.columns[0],
            label_columns=self.columns if self.reading.label_columns else (),
            label_order=self.reading.label_order,
            empty_labels=self.reading.empty_labels,
            fix_encoding=self.reading.fix_encoding,
            task=self.task.name,
            classes=tuple(self.labels),
        )
        (labelled,) = found.values()
        places = cells.index.to_numpy()
        return {
            int(places[row]): label for row, label in zip(labelled.row, labelled.label or [], strict=True)
        }

    def show(self) -> None:
        """Prints what the answers are worth, and by how many rows."""
        column = listed(self.columns, told=lambda name: f'"{short(name)}"')
        if self.wrong is not None:
            tell(say("The labels in {column} cannot be compared: {why}", column=column, why=self.wrong))
            return
        if self.truth:
            tell(say("Compared with the labels in {column}:", column=column))
            known = np.concatenate(self.known)
            told = np.ones(len(known), dtype=bool) if known.all() else ~known
            truth, logits = (np.concatenate(each)[told] for each in (self.truth, self.logits))
            report = self.task.report(truth, logits, self.calibration, self.labels)
            show({**report, "rows": len(truth)}, self.task, part="predict")
            if known.any():
                tell(of_known_texts(int(known.sum()), len(known)))
        for text in self._left_out(column):
            tell(text)

    def _left_out(self, column: AnyMessage) -> list[Message]:
        found = []
        if self.unlabelled and self.truth:
            found.append(Message("Not compared: {rows} without a label.", rows=rows(self.unlabelled)))
        if self.unknown:
            named = [
                Message('"{label}" ({rows})', label=short(label), rows=rows(times))
                for label, times in self.unknown.most_common()
            ]
            found.append(
                Message(
                    "Not compared: {rows} whose label in {column} is none of the model's classes, such as {labels}.",
                    rows=rows(self.of_no_class),
                    column=column,
                    labels=listed(named, most=SHOWN),
                )
            )
        return found


def of_known_texts(known: int, count: int) -> Message:
    """Returns what is said of labelled rows whose texts were trained on: all of so many, or some, which are left out.

    Args:
        known: How many.
        count: Of how many.
    """
    if known == count:
        return Message(
            "The model was trained on the text of this row: the score tells how well it knows it by heart, and nothing "
            "of new texts.",
            "The model was trained on the texts of all {n:,} rows: the scores tell how well it knows them by heart, "
            "and nothing of new texts.",
            n=count,
        )
    return Message(
        "Not compared: {n:,} of {count:,} labelled rows, on whose text the model was trained: there it scores better "
        "than on new ones.",
        "Not compared: {n:,} of {count:,} labelled rows, on whose texts the model was trained: there it scores better "
        "than on new ones.",
        n=known,
        count=count,
    )
