"""Several runs side by side: what differs, and whether one is better on the rows that both were tested on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from finetune.evaluation.answers import Answers
from finetune.evaluation.comparison import FEWEST_ROWS, McNemar, mcnemar
from finetune.report.facts import Facts
from finetune.report.sections.asked import flat
from finetune.tasks.bootstrap import Interval
from finetune.tasks.targets import encoded
from finetune.tasks.task import NUMBER

EXAMPLES = 10
SEED = 42

NO_PARAMETERS = ("progress_bar", "resource_monitor", "trainer.logger", "data.predict_path")
"""What changes nothing about a model."""


@dataclass(frozen=True)
class Pair:
    """A run beside the first one.

    Attributes:
        run: Name of the run.
        part: On which part; "" where they have none in common.
        first_rows: Of the first run's part.
        rows: Of this run's.
        common: Rows that stand in both.
        gain: This run's score minus the first one's; None where too few rows are common.
        mcnemar: This run is the first of the test; None where there is no right and wrong.
        gained: Rows that this run alone gets right, or comes closer to.
        lost: Rows that the first run alone gets right, or comes closer to.
        other_labels: Classes that only one of the two knows.
        score: By which they are compared.
        tasks: What this run and the first are asked, where that is not the same.
    """

    run: str
    part: str
    first_rows: int
    rows: int
    common: int
    gain: Interval | None = None
    mcnemar: McNemar | None = None
    gained: Sequence[dict[str, Any]] = ()
    lost: Sequence[dict[str, Any]] = ()
    other_labels: Sequence[str] = ()
    score: str = "f1_macro"
    tasks: tuple[str, str] | None = None


@dataclass(frozen=True)
class Compared:
    """Runs, what differs between them, and each beside the first.

    Attributes:
        names: [N] of the runs, told apart.
        runs: [N].
        differing: Parameters with the value of each run.
        pairs: [N - 1].
    """

    names: Sequence[str]
    runs: Sequence[Facts]
    differing: Sequence[tuple[str, Sequence[Any]]]
    pairs: Sequence[Pair]


def compare(runs: Sequence[Facts]) -> Compared:
    """Returns runs side by side, the others compared with the first."""
    names = distinct([run.folder.resolve().parts for run in runs])
    pairs = [pair(runs[0], run, name=name) for run, name in zip(runs[1:], names[1:], strict=True)]
    return Compared(names, runs, differing(runs), pairs)


def distinct(paths: Sequence[tuple[str, ...]]) -> list[str]:
    """Returns the last parts of paths, as many as it takes to tell them apart."""
    for length in range(1, max(map(len, paths)) + 1):
        names = ["/".join(parts[-length:]) for parts in paths]
        if len(set(names)) == len(names):
            return names
    return ["/".join(parts) for parts in paths]


def differing(runs: Sequence[Facts]) -> list[tuple[str, list[Any]]]:
    """Returns the parameters of `config.yaml` that are not the same in all runs, with their values."""
    settings = [dict(flat(run.config)) for run in runs]
    names = dict.fromkeys(name for one in settings for name in one)
    return [
        (name, [one.get(name) for one in settings])
        for name in names
        if not name.startswith(NO_PARAMETERS) and len({repr(one.get(name)) for one in settings}) > 1
    ]


def pair(first: Facts, second: Facts, *, name: str) -> Pair:
    """Returns a run beside the first one, on the rows that both were tested on.

    Args:
        first: The first run.
        second: The other one.
        name: Of the other one.
    """
    tasks = asked(second), asked(first)
    if tasks[0] != tasks[1]:
        return Pair(name, "", 0, 0, 0, tasks=tasks)
    parts = [
        part
        for part in ("test", "validation")
        if all(run.answers is not None and part in set(run.answers.frame["split"]) for run in (first, second))
    ]
    if not parts or first.answers is None or second.answers is None:
        return Pair(name, "", 0, 0, 0)
    part = parts[0]
    mine, theirs = second.answers.part(part), first.answers.part(part)
    places, others = common_rows(mine, theirs)
    task, labels = mine.task, list(dict.fromkeys([*theirs.labels, *mine.labels]))
    found = Pair(
        name,
        part,
        len(theirs.frame),
        len(mine.frame),
        len(places),
        other_labels=[]
        if task.problem_type == NUMBER
        else [label for label in labels if (label in mine.labels) != (label in theirs.labels)],
        score=task.score,
    )
    if len(places) < FEWEST_ROWS:
        return found
    here = mine.frame.iloc[places].reset_index(drop=True)
    there = theirs.frame.iloc[others].reset_index(drop=True)
    truth, *answers = (
        encoded(given.tolist(), labels, task)
        for given in (here["label"], here["predicted"], there["predicted"])
    )
    gain = task.difference(truth, answers[0], answers[1], len(labels), seed=SEED)

    def examples(chosen: "np.ndarray[Any, Any]") -> list[dict[str, Any]]:
        shown = pd.DataFrame(
            {
                "source": here["source"],
                "line": here["line"],
                "text": here["text"],
                "label": here["label"],
                "this": here["predicted"],
                "first": there["predicted"],
            }
        ).iloc[chosen]
        return [
            {str(key): value for key, value in row.items()} for row in shown.head(EXAMPLES).to_dict("records")
        ]

    if task.right is None:
        nearer = np.abs(answers[1] - truth) - np.abs(answers[0] - truth)
        order = np.argsort(-nearer, kind="stable")
        won, lost = order[nearer[order] > 0], order[::-1][nearer[order[::-1]] < 0]
        return replace(found, gain=gain, gained=examples(won), lost=examples(lost))
    right = [task.right(truth, answered) for answered in answers]
    return replace(
        found,
        gain=gain,
        mcnemar=mcnemar(right[0], right[1]),
        gained=examples(np.flatnonzero(right[0] & ~right[1])),
        lost=examples(np.flatnonzero(~right[0] & right[1])),
    )


def asked(run: Facts) -> str:
    """Returns what a run is asked, a function of somebody's own by its name."""
    return str(run.metrics.get("task") or run.task.name)


def common_rows(first: Answers, second: Answers) -> tuple[list[int], list[int]]:
    """Returns the places [M] in each of two tables of the rows that stand in both.

    Rows of the same files are the same where file, row, text and label are; else where text and label are, the
    second of equal ones being the second in the other as well.
    """
    same_files = set(first.frame["source"]) == set(second.frame["source"])
    keys = [_keys(answers.frame, same_files=same_files) for answers in (first, second)]
    places = {key: place for place, key in enumerate(keys[1])}
    pairs = [(place, places[key]) for place, key in enumerate(keys[0]) if key in places]
    return [one for one, _ in pairs], [other for _, other in pairs]


def _keys(frame: pd.DataFrame, *, same_files: bool) -> list[tuple[Any, ...]]:
    if same_files:
        return list(zip(frame["source"], frame["row"], frame["text"], frame["label"], strict=True))
    seen: Counter[tuple[str, str]] = Counter()
    keys = []
    for text, label in zip(frame["text"], frame["label"], strict=True):
        seen[text, label] += 1
        keys.append((text, label, seen[text, label]))
    return keys
