"""Which run is best: by its score on the validation rows, among runs of one table, division and task. Asks no test."""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

from finetune.errors import ConfigError
from finetune.language.numbers import number
from finetune.language.say import Message, joined, note
from finetune.language.scores import score_name
from finetune.runs.folder import BEST, SPLIT, RunFolder, all_runs, names, ranked_by
from finetune.runs.saved import table_of
from finetune.runs.split import read_split

SINGLE_LABEL = "single_label"
"""What a run was asked that does not say it: it began before there were other tasks."""


@dataclass(frozen=True)
class Candidate:
    """A run that can be measured against others.

    Attributes:
        run: Its folder.
        score: On its validation rows.
        rows: What stands for its rows, their parts, and what is asked: only scores of the same ones compare.
        table: What its table is called.
        task: What is asked.
        ranked_by: What the score is.
    """

    run: Path
    score: float
    rows: str
    table: str
    task: str
    ranked_by: str


def best(root: Path) -> Path:
    """Returns the best run, the newest of those that are as good.

    Args:
        root: Folder of the runs.

    Raises:
        ConfigError: if none was measured on validation rows, or they are of several tables or divisions.
    """
    by_rows: dict[str, list[Candidate]] = {}
    for run in all_runs(root):
        found = candidate(run)
        if found is not None:
            by_rows.setdefault(found.rows, []).append(found)
    if not by_rows:
        raise ConfigError(
            "--run best: no run in {root} has a model that was measured on validation rows. Train one first:\n"
            "  finetune fit --data.path TABLE",
            root=root,
        )
    groups = list(by_rows.values())
    tasks = dict.fromkeys(group[0].task for group in groups)
    if len(tasks) > 1:
        raise ConfigError(
            "--run best: the runs in {root} are of {n} tasks ({tasks}), and scores of different tasks do not compare. "
            "Name one, as in --run {example}:\n{groups}",
            root=root,
            n=len(tasks),
            tasks=", ".join(tasks),
            example=best_of(groups[-1]).run.name,
            groups=joined([told(group) for group in groups], "\n"),
        )
    if len(by_rows) > 1:
        raise ConfigError(
            "--run best: the runs in {root} are of {n} tables, or of tables that were divided otherwise, and scores of "
            "different rows do not compare. Name one, as in --run {example}:\n{groups}",
            root=root,
            n=len(by_rows),
            example=best_of(groups[-1]).run.name,
            groups=joined([told(group) for group in groups], "\n"),
        )
    return best_of(groups[0]).run


def best_of(group: list[Candidate]) -> Candidate:
    """Returns the best of some runs, oldest first: the last of those that are as good."""
    return max(enumerate(group), key=lambda each: (each[1].score, each[0]))[1]


def told(group: list[Candidate]) -> Message:
    """Returns which runs are of the same rows, and which of them is best."""
    first = best_of(group)
    return Message(
        "  {table}: {runs}; best: {best} ({name} {score} on validation rows)",
        table=first.table,
        runs=names([each.run for each in group]),
        best=first.run.name,
        name=score_name(first.ranked_by),
        score=number(first.score, digits=4),
    )


def candidate(run: Path) -> Candidate | None:
    """Returns what is known of a run; None where it has no model or no validation score, and where it is damaged."""
    folder = RunFolder(run)
    if not (run / BEST).exists() or not (run / SPLIT).is_file():
        return None
    try:
        score, table = folder.score("validation"), folder.config().get("data", {}).get("path")
        split = read_split(run / SPLIT)
        content = table_of(run / BEST)
    except ConfigError as error:
        note("{run} does not count: {why}", run=run, why=error.message)
        return None
    if score is None or not math.isfinite(score):
        return None
    metrics = folder.metrics()
    measured, every = metrics["validation"].get("rows"), int((split["split"] == "validation").sum())
    if measured not in (None, every):
        note(
            "{run} does not count: it was measured on {measured:,} of its {every:,} validation rows",
            run=run,
            measured=measured,
            every=every,
        )
        return None
    # a table may be moved and renamed; of a checkpoint of before nothing but its name tells it from another
    columns = ["row", "split"] if content is not None else ["source", "row", "split"]
    divided = split[columns].sort_values(columns).to_csv(index=False)
    task, score_of = str(metrics.get("task") or SINGLE_LABEL), ranked_by(metrics)
    rows = hashlib.sha256(f"{content}\n{task}\n{score_of}\n{divided}".encode()).hexdigest()
    return Candidate(run, score, rows, Path(str(table)).name if table else str(run), task, score_of)
