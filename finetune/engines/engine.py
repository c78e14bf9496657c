"""What answers: rows become texts, texts probabilities, and these what programs read. Opens no folder."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from finetune.language.lists import quoted
from finetune.language.say import say
from finetune.runtime.answering.answers import MULTI, NUMBER, Floats
from finetune.runtime.answering.columns import parsed
from finetune.runtime.answering.model import Model
from finetune.runtime.answering.network import Tokens
from finetune.runtime.answering.said import Refused
from finetune.runtime.answering.table import Dialect, Table
from finetune.runtime.answering.texts import Making, Texts

Cell = str | int | float | bool | None
Row = Mapping[str, Cell]

TORCH, ONNX, WORDS = "torch", "onnx", "words"
"""What answers."""

TEXT = "texto"
"""The column of the texts where a run has found its own by its name."""

DIGITS = 6
"""Of a probability that is sent."""


class OtherColumns(Exception):  # noqa: N818 - what is wrong
    """A row, or a text, has not what the model reads; says so in the language that is spoken."""


@dataclass(frozen=True)
class Engine:
    """A model that is ready to answer.

    Attributes:
        model: What gives probabilities.
        making: How the texts of rows are made.
        kind: `TORCH`, `ONNX` or `WORDS`.
        name: What the run is called.
        number: By which one model is told from another of this name.
        run: The folder of the run; None where an export stands alone.
        tokens: What makes rows of ids for a network that torch asks; None where no such one answers.
    """

    model: Model
    making: Making
    kind: str
    name: str
    number: str
    run: Path | None = None
    tokens: Tokens | None = None

    @property
    def identity(self) -> str:
        """The name of the model in every answer."""
        return f"{self.name}-{self.number}"

    @property
    def columns(self) -> list[str]:
        """Names of the columns that a row has, in the order of a template."""
        named = self.model.described["columns"]
        first = [named["text"] or TEXT] if named["template"] is None else parsed(named["template"]).columns
        second = [named["pair"]] if self.making.of_pairs else []
        return list(dict.fromkeys([*first, *second]))

    def warm(self) -> None:
        """Loads what answers, and asks it once: the first of anything is slow."""
        self.model.load()
        self.model.probabilities([("a",) * (1 + self.making.of_pairs)])

    def of_text(self, given: str | Sequence[str]) -> Texts | None:
        """Returns a text, or two, as the model reads them; None where they show nothing.

        Raises:
            OtherColumns: It reads another number of texts, or columns.
        """
        texts, columns = [given] if isinstance(given, str) else list(given), self.columns
        if len(texts) != len(columns) or len(texts) != 1 + self.making.of_pairs:
            raise OtherColumns(self._wanted())
        return self.of_row(dict(zip(columns, texts, strict=True)))

    def _wanted(self) -> str:
        columns = self.columns
        if self.making.of_pairs and len(columns) == 2:
            return say('The model reads two texts: give each as ["first", "second"], or as rows.')
        if len(columns) > 1:
            return say(
                "The model's text is made of the columns {columns}: give rows.", columns=quoted(columns)
            )
        return say("The model reads one text, and not two.")

    def of_row(self, row: Row) -> Texts | None:
        """Returns the text of a row, or both, as the model reads them; None where it has none.

        Raises:
            OtherColumns: A column is not there.
        """
        names = list(row)
        try:
            made = self.making.of_table(Table(names, lambda: iter(()), 1, Dialect("json")), "")
            return made.of_one(list(row.values()), 1)
        except Refused as error:
            raise OtherColumns(
                say(
                    "A row needs the columns {columns}, and one has {names}.",
                    columns=quoted(self.columns),
                    names=quoted(names),
                )
            ) from error

    def answers(self, probabilities: Floats, *, every: bool) -> list[dict[str, Any]]:
        """Returns the answers to N rows.

        Args:
            probabilities: [N, C] what is said of each output.
            every: Whether the probability of each label stands beside its answer.
        """
        answer, columns = self.model.answer(probabilities), self.model.columns(probabilities)
        found: list[dict[str, Any]] = []
        for number in range(len(probabilities)):
            said = {name: _sent(values[number]) for name, values in columns.items() if name[:2] != "p:"}
            if self.model.problem == MULTI:
                chosen = np.flatnonzero(answer.predicted[number]).tolist()
                said = {**said, "labels": [self.model.labels[at] for at in chosen]}
            if every and self.model.problem != NUMBER:
                shares = probabilities[number].round(DIGITS).tolist()
                said["probabilities"] = dict(zip(self.model.labels, shares, strict=True))
            found.append(said)
        return found


def short(content: bytes) -> str:
    """Returns the first letters of a sum, by which one model is told from another."""
    return hashlib.sha256(content).hexdigest()[:8]


def _sent(value: Any) -> Any:
    """A value as JSON has it, which knows no NaN."""
    return None if isinstance(value, float) and not np.isfinite(value) else value
