"""Which rows a person should look at first, and what the model says of each: unsure and contradictory ones lead.

Takes rows window by window, and keeps of each a few numbers, no text. Writes no file: see `review_workbook`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from finetune.evaluation.answering import Answering
from finetune.evaluation.predicted.more_columns import ranked
from finetune.language.say import Message
from finetune.tasks.calibration import Calibration
from finetune.tasks.set_thresholds import thresholds_of
from finetune.tasks.task import MULTI, NUMBER, Answer, Booleans, Floats, Targets, Task

MOST = 10_000
"""Rows that a person gets, at most: nobody looks at more one by one."""

UNSURE = Message("not sure")
DISAGREE = Message("network and words disagree")
TWO_LABELS = Message("the same text has another label")
OTHER_LABEL = Message("its label is another")

Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class Row:
    """A row to look at.

    Attributes:
        position: Where it stands in the table.
        why: What makes it one to look at; nothing where it only follows.
        first: The answer.
        confidence: How sure it is; None of a number.
        second: What it would be else; None where there is none.
        second_confidence: How likely that is.
        low: Where the interval of a number begins; None where there is none.
        high: Where it ends.
    """

    position: int
    why: list[Message]
    first: str
    confidence: float | None
    second: str | None
    second_confidence: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class _Window:
    """What is kept of the rows of a window. Each [N]"""

    positions: NDArray[np.int64]
    answer: Answer
    second: Targets | None
    second_confidence: Floats | None
    disagree: Booleans
    other_label: Booleans
    keys: Keys
    labels: Keys


@dataclass
class Review:
    """Rows as they come, of which the first are chosen at the end.

    Attributes:
        task: What is asked.
        labels: [C] names of the outputs.
        calibration: How probabilities become an answer.
    """

    task: Task
    labels: Sequence[str]
    calibration: Calibration
    windows: list[_Window] = field(default_factory=list)

    def take(
        self,
        positions: NDArray[np.int64],
        probabilities: Floats,
        *,
        texts: Sequence[str],
        given: Sequence[str] | None = None,
        disagree: Booleans | None = None,
    ) -> None:
        """Takes some more rows.

        Args:
            positions: [N] where they stand in the table.
            probabilities: [N, C].
            texts: [N].
            given: [N] their labels as the table has them, "" where there is none; None where it has no label column.
            disagree: [N] whether the network and words say different things.
        """
        answer = self._rounded(self.task.answer(probabilities, self.calibration), probabilities)
        second, of_second = second_answers(answer, probabilities, self.calibration, task=self.task)
        none = np.zeros(len(positions), dtype=bool)
        self.windows.append(
            _Window(
                positions,
                answer,
                second,
                of_second,
                none if disagree is None else disagree,
                none if given is None else self._other(given, answer),
                _keys(texts),
                np.zeros(len(positions), dtype=np.uint64) if given is None else _keys(given),
            )
        )

    def _rounded(self, answer: Answer, values: Floats) -> Answer:
        """Numbers with as many digits as the table of answers has; of classes the answer as it is."""
        if self.task.problem_type != NUMBER:
            return answer
        shown = self.task.columns(answer, values, self.labels)
        low, high = (None if answer.low is None else np.asarray(shown[name]) for name in ("low", "high"))
        return replace(answer, predicted=np.asarray(shown["value"]), low=low, high=high)

    def _other(self, given: Sequence[str], answer: Answer) -> Booleans:
        """Whether a row has a label, and the answer is another one; a number always is."""
        if self.task.problem_type == NUMBER:
            return np.zeros(len(given), dtype=bool)
        written = self.task.written(answer.predicted, self.labels)
        pairs = zip(given, written, strict=True)
        return np.array(
            [bool(label) and _parts(label, self.task) != _parts(said, self.task) for label, said in pairs]
        )

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(len(window.positions) for window in self.windows)

    def chosen(self, most: int = MOST) -> list[Row]:
        """Returns the rows to look at: what is unsure, then what contradicts, then all others, the least sure first."""
        if not self.windows:
            return []
        two = _twice([window.keys for window in self.windows], [window.labels for window in self.windows])
        starts = np.cumsum([0, *(len(window.positions) for window in self.windows)])
        group, doubt = [], []
        for window, start in zip(self.windows, starts, strict=False):
            contradicts = window.disagree | window.other_label | two[start : start + len(window.positions)]
            group.append(np.where(window.answer.abstained, 0, np.where(contradicts, 1, 2)))
            doubt.append(self._doubt(window.answer))
        order = np.lexsort((-np.concatenate(doubt), np.concatenate(group)))[:most]
        return [self._row(starts, int(each), bool(two[each])) for each in order]

    def _doubt(self, answer: Answer) -> Floats:
        """By what rows of one group stand in order: how unsure each is, or how wide the interval of a number."""
        if self.task.problem_type != NUMBER:
            return np.asarray(1 - answer.confidence)
        if answer.low is None or answer.high is None:
            return np.zeros(len(answer.predicted))
        return np.asarray(answer.high - answer.low)

    def _row(self, starts: NDArray[np.int64], each: int, two: bool) -> Row:
        number = int(np.searchsorted(starts, each, side="right")) - 1
        window, at = self.windows[number], each - int(starts[number])
        answer = window.answer
        reasons = (answer.abstained[at], UNSURE), (window.disagree[at], DISAGREE), (two, TWO_LABELS)
        why = [reason for is_so, reason in (*reasons, (window.other_label[at], OTHER_LABEL)) if is_so]
        of_number = self.task.problem_type == NUMBER
        second, of_second = window.second, window.second_confidence
        return Row(
            int(window.positions[at]),
            why,
            self.task.written(answer.predicted[at : at + 1], self.labels)[0],
            None if of_number else float(answer.confidence[at]),
            None if second is None else self.task.written(second[at : at + 1], self.labels)[0],
            None if of_second is None else float(of_second[at]),
            None if answer.low is None else float(answer.low[at]),
            None if answer.high is None else float(answer.high[at]),
        )


def _parts(label: str, task: Task) -> set[str]:
    """What a label says, whatever the order of its names and the blanks between."""
    return {part.strip() for part in task.parts(label)}


def second_answers(
    answer: Answer, probabilities: Floats, calibration: Calibration, *, task: Task
) -> tuple[Targets | None, Floats | None]:
    """Returns what else each row may be, and how likely that is; nothing of numbers, nor of one class alone.

    Of labels that stand together it is the likeliest other set: that one name is in or out of which the answer is least
    sure.
    """
    if task.problem_type == NUMBER or probabilities.shape[1] < 2:
        return None, None
    if task.problem_type != MULTI:
        second = ranked(answer, probabilities, several=False)[:, 1]
        return second, np.take_along_axis(probabilities, second[:, None], axis=1)[:, 0]
    given = probabilities >= thresholds_of(calibration, probabilities.shape[1])
    right = np.where(given, probabilities, 1 - probabilities)
    against = (1 - right) / np.maximum(right, 1e-12)
    least = against.argmax(axis=1)[:, None]
    second = np.asarray(answer.predicted).copy()
    np.put_along_axis(second, least, 1 - np.take_along_axis(second, least, axis=1), axis=1)
    return second, np.minimum(1, answer.confidence * np.take_along_axis(against, least, axis=1)[:, 0])


def disagreeing(how: Answering, logits: Floats, said: Floats | None, task: Task) -> Booleans | None:
    """Returns of each row whether the network and words say different things; None where one has no say. [N]

    Args:
        how: How both become one answer.
        logits: [N, C] the network's.
        said: [N, C] what words say.
        task: What is asked.
    """
    if said is None or how.words is None or how.is_of_words_alone or task.problem_type == NUMBER:
        return None
    network = task.probabilities(logits / how.mix.network, Calibration())
    first, other = (task.answer(each, Calibration()).predicted for each in (network, said))
    different = np.asarray(first != other)
    return np.asarray(different if different.ndim == 1 else different.any(axis=1))


def _keys(texts: Sequence[str]) -> Keys:
    """Numbers that are the same where texts are, whatever blanks and capitals; 0 where there is nothing."""
    return np.array([_key(" ".join(text.casefold().split())) for text in texts], dtype=np.uint64)


def _key(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") if text else 0


def _twice(texts: Sequence[Keys], labels: Sequence[Keys]) -> Booleans:
    """Returns which rows have a text that stands in the table with another label, too. [N]"""
    text, label = np.concatenate(texts), np.concatenate(labels)
    labelled = label != 0
    pairs = np.unique(np.stack([text[labelled], label[labelled]], axis=1), axis=0)
    found, times = np.unique(pairs[:, 0], return_counts=True)
    return np.asarray(labelled & np.isin(text, found[times > 1]))
