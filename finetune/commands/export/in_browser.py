"""What a page answers in a browser, held against the run and against the same model in Python. Opens nothing itself."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import compress
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.commands.export.browser import tried
from finetune.commands.export.held import Held, Said, hold
from finetune.commands.export.source import Source
from finetune.commands.export.without_torch import as_logits
from finetune.errors import ModelError
from finetune.page.offline.marked import INDEX
from finetune.tasks.task import NUMBER, Floats

MOST_ROWS = 2000
"""Rows that a page is asked, evenly over those held out: a fifth of a second each."""

SLOWLY = 20
"""Of these, rows that are asked of a slow processor."""


@dataclass(frozen=True)
class Speed:
    """How fast a page is.

    Attributes:
        ready: Seconds until it can answer.
        text: Seconds of a text, by the middle one of all requests.
    """

    ready: float
    text: float


@dataclass(frozen=True)
class InBrowser:
    """What a browser found.

    Attributes:
        name: The browser and its version.
        run: The page's answers held against the run's.
        python: The same, against those of the same model in Python.
        speed: As it is here.
        slowed: With a processor four times as slow; None where no process of the browser's was found to be slowed.
        memory: Bytes of the process that shows the page, at most.
        served: Whether a server gave it once, and the network was cut from then on; else it was cut from the beginning.
        requests: How many addresses it asked for besides its own files.
    """

    name: str
    run: Held
    python: Held
    speed: Speed
    slowed: Speed | None
    memory: int
    served: bool = False
    requests: int = 0

    def plain(self) -> dict[str, Any]:
        """Returns it as plain values."""
        return {
            "browser": self.name,
            "network": "cut after the first opening" if self.served else "cut",
            "requests": self.requests,
            "against_run": self.run.plain(),
            "against_python": self.python.plain(),
            "seconds": asdict(self.speed),
            "seconds_four_times_slower": self.slowed and asdict(self.slowed),
            "memory_bytes": self.memory,
        }


def asked_in_browser(program: Path, file: Path, source: Source, *, run: Said, python: Said) -> InBrowser:
    """Returns what a page answers to the held-out rows.

    Args:
        program: The browser.
        file: The page.
        source: The run, whose held-out rows are asked.
        run: What the run says of them.
        python: What the same model says in Python.

    Raises:
        ModelError: if it does not open, answers otherwise than in rows, or asks anybody for anything.
    """
    places = evenly(len(source.rows), MOST_ROWS)
    rows = [source.rows[place] for place in places]
    with tried(program, file) as page:
        answers, seconds = page.answers(rows)
    with tried(program, file, slowly=True) as slow:
        _, slowly = slow.answers(rows[:SLOWLY])
    strange = [*page.strange, *slow.strange]
    refuse_strange(strange)
    run_held, python_held = held_against(source, places, answers, run, python)
    return InBrowser(
        name=page.name,
        run=run_held,
        python=python_held,
        speed=Speed(page.seconds, median(seconds)),
        slowed=Speed(slow.seconds, median(slowly)) if slow.seen.slowed else None,
        memory=page.seen.most,
        served=file.name == INDEX,
        requests=len(strange),
    )


def refuse_strange(addresses: Sequence[str]) -> None:
    """Refuses a page that asked for more than its own files.

    Raises:
        ModelError: It did.
    """
    if addresses:
        raise ModelError(
            "the page asked for {address}, and a page asks nobody for anything: it was taken away again.",
            address=addresses[0],
        )


def held_against(
    source: Source, places: NDArray[np.int64], answers: Sequence[Mapping[str, Any]], run: Said, python: Said
) -> tuple[Held, Held]:
    """Returns a page's answers held against the run's, and against those in Python.

    Args:
        source: The run.
        places: [N] where the rows lie that were asked.
        answers: [N] what the page says of them; of an empty text nothing is compared.
        run: What the run says of all rows.
        python: What the same model says of them in Python.
    """
    told = [not each.get("empty") for each in answers]
    numbers = numbers_of(list(compress(answers, told)), source.labels, source.task.problem_type)
    logits = as_logits(numbers, source.task.problem_type, python.calibration)
    chosen = np.zeros(len(source.rows), dtype=bool)
    chosen[places[told]] = True
    said = Said(logits, logits, python.calibration)
    against = partial(hold, source.task, source.labels, source.truth[chosen])
    return against(answered(run.at(chosen)), said), against(answered(python.at(chosen)), said)


def answered(said: Said) -> Said:
    """Returns the answer's logits in the place of the network's, too: a page does not tell these."""
    return Said(said.logits, said.logits, said.calibration)


def evenly(rows: int, most: int) -> NDArray[np.int64]:
    """Returns the places of rows, of many so many that lie evenly among them."""
    return np.unique(np.linspace(0, rows - 1, min(rows, most)).astype(np.int64))


def numbers_of(answers: Sequence[Mapping[str, Any]], labels: Sequence[str], problem: str) -> Floats:
    """Returns what answers say of each output. [N, C]"""
    if problem == NUMBER:
        return np.array([[each["value"]] for each in answers], dtype=np.float64)
    return np.array(
        [[each["probabilities"][label] for label in labels] for each in answers], dtype=np.float64
    )
