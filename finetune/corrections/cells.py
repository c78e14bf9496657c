"""The cells of a column of corrections as labels: what is misspelt is proposed, what is near none is a new class."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from finetune.corrections.label import as_written
from finetune.data.labels.class_names import folded_label
from finetune.data.labels.grades import as_one_class
from finetune.data.labels.numbers import numbers_of
from finetune.data.reading.cells import cell_text
from finetune.data.reading.invisible import as_seen
from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.language.say import AnyMessage, Message
from finetune.tasks.multi_label import MARK, NONE
from finetune.tasks.ordinal import ORDINAL
from finetune.tasks.task import MULTI, NUMBER, Task

NEAR = 0.8
"""How alike a name has to be to a class, capitals and accents aside, to be taken for a slip (difflib's ratio): one
wrong letter of five is, two of seven are not."""

OTHER_MARKS = (";", ",")
"""What people join labels by, besides the sign that joins them here."""


@dataclass
class Cells:
    """What stands in cells, as labels.

    Attributes:
        task: What a label is.
        labels: Names of the outputs.
        mark: What joins several in the run's own table.
        new: Names that are new classes, though they may look like one there is.
        added: The new classes that were found, in the order in which they stand.
        respelt: What was read as a class that differs in capitals, accents or blanks alone, by how it stands there.
    """

    task: Task
    labels: Sequence[str]
    mark: str | None = None
    new: Sequence[str] = ()
    added: dict[str, None] = field(default_factory=dict)
    respelt: dict[str, str] = field(default_factory=dict)

    def read(self, cells: Sequence[object]) -> list[str | AnyMessage | None]:
        """Returns the label of each cell; None of an empty one; what is wrong with it where it is none. [N]"""
        texts = [as_seen(cell_text(cell) or "").strip() for cell in cells]
        if self.task.problem_type == NUMBER:
            return self._numbers(texts, cells)
        return [self._label(text) if text else None for text in texts]

    def of_labels(self, labels: Sequence[str]) -> list[str | AnyMessage | None]:
        """Returns the same of labels that were read already, of which an empty one says that there is none. [N]"""
        if self.task.problem_type == NUMBER:
            return [as_written(label, self.task, self.labels) for label in labels]
        return [self._label(label) if label else NONE for label in labels]

    def _numbers(self, texts: Sequence[str], cells: Sequence[object]) -> list[str | AnyMessage | None]:
        read = numbers_of(texts, cells, usual=self.mark)
        return [
            as_written(number, self.task, self.labels)
            if number
            else Message('"{cell}" is no number', cell=text)
            if text
            else None
            for text, number in zip(texts, read.text, strict=True)
        ]

    def _label(self, text: str) -> str | AnyMessage:
        names = []
        for part in self._parts(text):
            name = self._class(part)
            if not isinstance(name, str):
                return name
            names.append(name)
        try:
            return as_written(MARK.join(names), self.task, self.labels)
        except DataError as error:
            return error.message

    def _parts(self, text: str) -> list[str]:
        """The names in a cell: one, or several where they may stand together; a sign alone says that there is none."""
        if self.task.problem_type != MULTI or text in self.labels:
            return [text]
        if text == MARK:
            return [NONE]
        if MARK in text:
            return _cut(text, MARK)
        if self.mark is not None and self.mark in text:
            return _cut(text, self.mark)
        known = {folded_label(label) for label in self.labels}
        for mark in OTHER_MARKS:
            parts = _cut(text, mark)
            if len(parts) > 1 and all(folded_label(part) in known for part in parts):
                return parts
        return [text]

    def _class(self, name: str) -> str | AnyMessage:
        """The class that a name is of, or what it may be meant for."""
        name = name[1:] if name.startswith("'") and name[1:] in self.labels else name  # guarded from Excel
        if not name or name in self.labels or name in self.added:
            return name
        if self.task.name == ORDINAL:
            return self._step(name)
        if name in self.new:
            self.added[name] = None
            return name
        known = {folded_label(label): label for label in [*self.labels, *self.added]}
        folded = folded_label(name)
        if folded in known:
            self.respelt[name] = known[folded]
            return known[folded]
        near = difflib.get_close_matches(folded, list(known), n=1, cutoff=NEAR)
        if near:
            return Message('"{cell}": did you mean "{near}"?', cell=name, near=known[near[0]])
        self.added[name] = None
        return name

    def _step(self, name: str) -> str | AnyMessage:
        """The step of an order that a name is of; where another stands in it nobody knows."""
        [step], _ = as_one_class([name], self.labels)
        step = {folded_label(label): label for label in self.labels}.get(folded_label(step), step)
        if step in self.labels:
            self.respelt[name] = step
            return step
        near = difflib.get_close_matches(name, list(self.labels), n=1, cutoff=NEAR)
        if near:
            return Message('"{cell}": did you mean "{near}"?', cell=name, near=near[0])
        return Message(
            '"{name}" is no step of the order: there are {labels}.', name=name, labels=quoted(self.labels)
        )


def _cut(text: str, mark: str) -> list[str]:
    return [part.strip() for part in text.split(mark) if part.strip()]


def all_names(labels: Iterable[str], task: Task) -> set[str]:
    """Returns the names of classes in labels; none of numbers."""
    return set() if task.problem_type == NUMBER else {part for label in labels for part in task.parts(label)}
