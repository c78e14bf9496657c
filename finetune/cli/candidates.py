"""The ways to train that --effort best compares: a table of options, and which of them the user leaves open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from callbacks.epochs_by_rows import EpochsByRows
from callbacks.progress.pace import duration
from finetune.cli.timing import Timing
from finetune.cli.verb import Ready
from finetune.evaluation.candidates import LONGER, NETWORK, QUICK, USUAL, WORDS
from finetune.language.say import Message
from finetune.tasks.task import NUMBER, ProblemType

FOLDS = 3
"""Into how many the rows are cut that are not the test's: each way costs as many trainings."""

SHARE = (FOLDS - 1) / FOLDS
"""Of those rows that each training has."""


@dataclass(frozen=True)
class Candidate:
    """A way to train.

    Attributes:
        name: A key of `NAMES`.
        options: Of `fit`, by which it differs from a usual one.
        needs: Options that have to be the user's no longer: one that he sets himself holds for all ways.
        measured_by: The way whose folds measure it too: it answers by a part of the same model.
        part: Which part, in `crossval.json`.
    """

    name: str
    options: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    measured_by: str | None = None
    part: tuple[str, ...] = ("metrics",)


NO_STEP = ("model.head_start", "model.lora", "model.quantize", "model.keep_adapter")
STEPS = ("trainer.max_epochs", "trainer.max_steps", "trainer.max_time", "epochs_by_rows")
TWICE = ("rows_to_see", "minimum", "maximum")

CANDIDATES = (
    Candidate(
        WORDS,
        ("--effort=quick", "--mix=1"),
        (*NO_STEP, "mix"),
        measured_by=QUICK,
        part=("baselines", "tfidf"),
    ),
    Candidate(QUICK, ("--effort=quick",), NO_STEP),
    Candidate(USUAL, ("--effort=good",)),
    Candidate(
        NETWORK, ("--effort=good", "--mix=none"), ("mix",), measured_by=USUAL, part=("alone", "network")
    ),
    Candidate(
        LONGER,
        (
            "--effort=good",
            *(f"--epochs_by_rows.{name}={2 * getattr(EpochsByRows(), name)}" for name in TWICE),
        ),
        STEPS,
    ),
)
"""The ways that are compared, the cheaper ones first."""


def open_to(ready: Ready, problem: ProblemType) -> list[Candidate]:
    """Returns the ways that are left open by what the user sets himself, and by what is asked: numbers are not mixed.

    Args:
        ready: What a fit would work with.
        problem: What is asked.
    """
    held = set_by_the_user(ready) | ({"mix"} if problem == NUMBER else set())
    left = [each for each in CANDIDATES if not held & set(each.needs)]
    there = {each.name for each in left}
    return [each for each in left if each.measured_by is None or each.measured_by in there]


def set_by_the_user(ready: Ready) -> set[str]:
    """Returns which of the options in question the user has set, by typing them or in a file."""
    options, parameters = ready.options, ready.model.hparams
    trainer, by_rows, usual = options.trainer, options.epochs_by_rows, EpochsByRows()
    otherwise: dict[str, Any] = {
        "mix": options.mix != "auto",
        "model.head_start": parameters["head_start"] != "auto",
        "model.lora": parameters["lora"] is not None,
        "trainer.max_epochs": trainer.max_epochs is not None,
        "trainer.max_steps": trainer.max_steps != -1,
        "trainer.max_time": trainer.max_time is not None,
        "epochs_by_rows": by_rows is None
        or any(getattr(by_rows, name, None) != getattr(usual, name) for name in TWICE),
    }
    typed = {word.partition("=")[0].removeprefix("--") for word in ready.prepared.typed}
    every = {name for each in CANDIDATES for name in each.needs}
    return {
        name
        for name in every
        if otherwise.get(name) or any(word == name or word.startswith(f"{name}.") for word in typed)
    }


def trained(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Returns those that have folds of their own."""
    return [each for each in candidates if each.measured_by is None]


def seconds_of(way: Candidate, timing: Timing, epochs: int) -> float:
    """Returns how long a way takes on all rows, by the steps of a usual training and its epochs."""
    if way.name == QUICK:
        return timing.start_seconds
    return timing.total(2 * epochs if way.name == LONGER else epochs)


def told_time(candidates: Sequence[Candidate], timing: Timing | None, epochs: int | None) -> Message:
    """Returns how long it takes to compare ways and to train the best one.

    Args:
        candidates: The ways.
        timing: By the steps of a usual training; None where none were timed.
        epochs: Of that.
    """
    ways = trained(candidates)
    if timing is None or epochs is None or epochs < 1:
        return Message(
            "--effort best trains {trainings} times ({ways} ways, each {folds} times on two thirds of the rows), and "
            "then the best way once on all. How long that takes is not known here.",
            folds=FOLDS,
            ways=len(ways),
            trainings=FOLDS * len(ways),
        )
    each = [seconds_of(way, timing, epochs) for way in ways]
    return Message(
        "--effort best trains {trainings} times ({ways} ways, each {folds} times on two thirds of the rows): about "
        "{before}; and then the best way once on all: at most {last}. What each training takes to start and to be "
        "measured comes on top.",
        folds=FOLDS,
        before=duration(FOLDS * SHARE * sum(each)),
        last=duration(max(each)),
        ways=len(ways),
        trainings=FOLDS * len(ways),
    )
