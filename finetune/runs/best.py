"""Which run is best: by macro-F1 on the validation rows, among runs of one table and division. Asks no test score."""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

from finetune.errors import ConfigError
from finetune.language.numbers import number
from finetune.language.say import Message, joined, note
from finetune.runs.folder import BEST, SPLIT, RunFolder, all_runs, names
from finetune.runs.saved import table_of
from finetune.runs.split import read_split


@dataclass(frozen=True)
class Candidate:
    """A run that can be measured against others.

    Attributes:
        run: Its folder.
        score: Macro-F1 on its validation rows.
        rows: What stands for its rows and their parts: only scores of the same ones compare.
        table: What its table is called.
    """

    run: Path
    score: float
    rows: str
    table: str


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
    if len(by_rows) > 1:
        raise ConfigError(
            "--run best: the runs in {root} are of {n} tables, or of tables that were divided otherwise, and scores of "
            "different rows do not compare. Name one, as in --run {example}:\n{groups}",
            root=root,
            n=len(by_rows),
            example=best_of(next(reversed(by_rows.values()))).run.name,
            groups=joined([told(group) for group in by_rows.values()], "\n"),
        )
    return best_of(next(iter(by_rows.values()))).run


def best_of(group: list[Candidate]) -> Candidate:
    """Returns the best of some runs, oldest first: the last of those that are as good."""
    return max(enumerate(group), key=lambda each: (each[1].score, each[0]))[1]


def told(group: list[Candidate]) -> Message:
    """Returns which runs are of the same rows, and which of them is best."""
    first = best_of(group)
    return Message(
        "  {table}: {runs}; best: {best} (macro-F1 {score} on validation rows)",
        table=first.table,
        runs=names([each.run for each in group]),
        best=first.run.name,
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
    measured, every = folder.metrics()["validation"].get("rows"), int((split["split"] == "validation").sum())
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
    rows = hashlib.sha256(f"{content}\n{divided}".encode()).hexdigest()
    return Candidate(run, score, rows, Path(str(table)).name if table else str(run))
