"""Drift, watched beside the answers: rows are drawn from those that are asked, and looked at when there are enough."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from finetune.commands.watch.drift.known import Known
from finetune.commands.watch.drift.looks import ALPHA, UNSURE, Look, alarms, looked
from finetune.commands.watch.drift.rows import rows_of
from finetune.commands.watch.drift.told import IN_WORDS, told
from finetune.commands.watch.drift.window import ROWS, Drawn, Window, save
from finetune.engines.engine import Engine
from finetune.files.whole import write_text
from finetune.language.say import AnyMessage, Message, reason
from finetune.runtime.answering.answers import Floats
from finetune.runtime.answering.texts import Texts, together


@dataclass
class Drift:
    """What is kept of the rows that are answered.

    Attributes:
        engine: What answers.
        known: What they are held against.
        window: The rows since the last look.
        kept: Where the window is kept.
        page: Where a look is told to programs.
        tell: Is told what is found.
        now: What day and time it is.
    """

    engine: Engine
    known: Known
    window: Window
    kept: Path
    page: Path
    tell: Callable[[AnyMessage], object]
    now: Callable[[], datetime]
    _of_file: Drawn | None = None
    _undone_told: bool = False

    def begin(self) -> None:
        """Begins a file: what was asked of another that was not answered is forgotten."""
        self._of_file = None

    def ask(self, texts: Sequence[Texts]) -> Floats:
        """Answers rows as the model does, and draws some of them."""
        said = self.engine.model.probabilities(texts)
        before = self._of_file.of if self._of_file else 0
        lots = np.random.default_rng([self.window.looks, self.window.since, before]).random(len(texts))
        lowest = np.sort(np.argsort(lots)[:ROWS])
        some = [together(texts[place]) for place in lowest.tolist()]
        drawn = Drawn(rows_of(self.engine.model, said[lowest], some), lots[lowest], len(texts))
        self._of_file = drawn if self._of_file is None else self._of_file.and_then(drawn)
        return said

    def end(self) -> None:
        """Ends a file that is answered: says how it stands, and takes a look where there are rows enough."""
        if self._of_file is not None:
            self.window.add(self._of_file)
            self._of_file = None
        if self.window.since >= ROWS:
            self._look()
        else:
            self.tell(
                Message(
                    "drift: {since:,} of the {rows:,} rows of the next look",
                    since=self.window.since,
                    rows=ROWS,
                )
            )
        try:
            save(self.window, self.kept)
        except OSError as error:
            self.tell(Message("{file} cannot be written ({why})", file=self.kept, why=reason(error)))
            with suppress(
                OSError
            ):  # the rows of an earlier one may have been looked at: the next start has none
                self.kept.unlink()

    def _look(self) -> None:
        drawn = self.window.drawn
        assert drawn is not None
        looks = looked(self.known.rows, drawn.rows, self.known.kind)
        found = alarms(looks)
        self.window.looked(alarm=bool(found))
        if not self._undone_told and UNSURE not in {look.name for look in looks}:
            self._undone_told = True
            self.tell(
                Message(
                    "drift: how sure the model is cannot be looked at, for its numbers have no intervals that tell it"
                )
            )
        message = told(
            found,
            len(looks),
            self.known.kind,
            self.engine.model.labels,
            rows=_which(drawn),
            in_a_row=self.window.in_a_row,
        )
        self.tell(message)
        self._write(looks, found, drawn, str(message))

    def _write(self, looks: Sequence[Look], found: Sequence[Look], drawn: Drawn, message: str) -> None:
        labels, kind = self.engine.model.labels, self.known.kind
        tests: dict[str, Any] = {
            look.name: {
                "p": look.p,
                "alarm": look in found,
                "held_out": look.was.tolist(),
                "now": look.now.tolist(),
                "told": str(IN_WORDS[look.name](look, kind, labels)),
            }
            for look in looks
        }
        content = {
            "at": self.now().isoformat(timespec="seconds"),
            "model": self.engine.identity,
            "rows": len(drawn.rows),
            "drawn_of": drawn.of,
            "held_out": len(self.known.rows),
            "alarm": bool(found),
            "alarms_in_a_row": self.window.in_a_row,
            "false_alarms": ALPHA,
            "told": message,
            "tests": tests,
        }
        try:
            write_text(self.page, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
        except OSError as error:
            self.tell(Message("{file} cannot be written ({why})", file=self.page, why=reason(error)))


def _which(drawn: Drawn) -> Message:
    if drawn.of == len(drawn.rows):
        return Message("the last {n:,} row", "the last {n:,} rows", n=drawn.of)
    return Message("{drawn:,} of the last {n:,} rows", n=drawn.of, drawn=len(drawn.rows))
