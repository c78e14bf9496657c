"""finetune runs: the runs with date, data, model, score, size on disk and name. Changes nothing."""

import json
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from finetune.commands.runs.asked import size_text
from finetune.errors import ConfigError
from finetune.language.numbers import moment, number
from finetune.language.say import AnyMessage, Message, say, show, visible
from finetune.language.scores import score_name
from finetune.runs.adapted import known
from finetune.runs.corrected import CORRECTED, SIDE_BY_SIDE, corrected, is_corrected, judged_by
from finetune.runs.effort import EFFORT
from finetune.runs.folder import (
    CONFIG,
    CROSSVAL,
    LAST,
    METRICS,
    RunFolder,
    all_crossvals,
    ranked_by,
    version,
)
from finetune.runs.kind import ADAPT, NAMES, is_of_words
from finetune.runs.named import there_are
from finetune.runs.run_name import name_of
from finetune.runs.seeds import is_averaged

WIDTH = 80
"""Columns that the list fits where names allow it."""

LEAST = 8
"""Letters that are left of a table's and a model's name."""

MEANT = {
    "f1_macro": Message("macro-F1: how well each class is found; 1 is best."),
    "kappa": Message("kappa: agreement with the labels, far errors counting more; 1 is best."),
    "r2": Message("R²: which share of the differences between the rows is explained; 1 is best."),
}
"""What the scores of the list say."""


def shortened(text: str, width: int) -> str:
    """Returns the end of a text that is too long: of a path it says more than the beginning."""
    return text if len(text) <= width else "…" + text[1 - width :]


def score(run: RunFolder) -> str:
    """Returns the score of the test, else of the validation; what is known of an unfinished run."""
    try:
        metrics = run.metrics()
    except ConfigError:
        return say("damaged")
    if "test" in metrics:
        return say("{score} test", score=number(run.score("test"), digits=4))
    if "validation" in metrics:
        return say("{score} val", score=number(run.score("validation"), digits=4))
    language = known(metrics, "validation")
    if language is not None:
        value = number(language.after, digits=2)
        return say("perplexity {value}", value=value) if language.measure == "perplexity" else value
    waits = (run.path / EFFORT).is_file() or is_averaged(run.path) or is_corrected(run.path)
    begun = (run.path / LAST).exists() or waits
    return say("unfinished") if begun else say("not trained")


def mean_score(folder: Path) -> str:
    """Returns the mean score of a cross-validation; how far it is where folds are still to be trained."""
    try:
        content = json.loads((folder / CROSSVAL).read_text(encoding="utf-8"))
        if "metrics" in content:
            return say("{score} mean", score=number(content["metrics"][ranked_by(content)]["mean"], digits=4))
        every = content["folds"] * len(content["seeds"])
        return say("{done} of {n} fold", "{done} of {n} folds", done=len(content["runs"]), n=every)
    except (
        OSError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
    ):  # of whatever shape: the others are shown
        return say("damaged")


def measured_by(folder: Path) -> str | None:
    """Returns the name of the score of a run or a cross-validation; None where nothing was measured."""
    for name in (METRICS, CROSSVAL):
        try:
            content = json.loads((folder / name).read_text(encoding="utf-8"))
            if content.keys() & {"test", "validation", "metrics"}:
                return ranked_by(content)
        except (OSError, ValueError, AttributeError):  # not there, or damaged: its row says so
            continue
    return None


def row(folder: Path, *, named: bool = False) -> list[str]:
    """Returns what the list shows of one run, or of a cross-validation.

    Args:
        folder: Its folder.
        named: Whether its score says what it is.
    """
    run, several = RunFolder(folder), folder in all_crossvals(folder.parent)
    configs = sorted(folder.rglob(CONFIG)) if several else []  # the folds' own, alike but for the fold
    try:
        config = RunFolder(configs[0].parent if configs else folder).config()
    except ConfigError:
        config = {"data": {"path": say("damaged")}}
    newest = next((file for file in (folder / CROSSVAL, folder / METRICS) if file.is_file()), folder)
    date = moment(datetime.fromtimestamp(newest.stat().st_mtime))
    data = str(config.get("data", {}).get("path") or "?")
    model = "TF-IDF" if is_of_words(folder) else str(config.get("model", {}).get("name") or "?")
    reached = mean_score(folder) if several else score(run)
    measured = measured_by(folder) if named else None
    reached = f"{score_name(measured)} {reached}" if measured else reached
    return [folder.name, date, data, model, reached, size_text(run.size())]


WORTH = {
    "better": Message("better than that"),
    "worse": Message("that one stays the better"),
    "undecided": Message("not proved to be better"),
    "tie": Message("as good as that"),
}
"""What is said of a run beside the one that it was made of."""


def of_corrections(folder: Path) -> AnyMessage:
    """Returns of which run and how many corrections a run was made, and whether it is better."""
    try:
        content = corrected(folder)
    except ConfigError:
        return Message("{file}: damaged", file=CORRECTED)
    part, rows = judged_by(content), content["rows"]
    return Message(
        "of {run} (labels changed: {changed:,}; new rows: {new:,}): {worth}",
        run=Path(content["run"]).name,
        changed=sum(rows["corrected"].values()),
        new=rows["new"],
        worth=Message("not compared") if part is None else WORTH[content[SIDE_BY_SIDE][part]["outcome"]],
    )


def table(rows: Sequence[list[str]]) -> list[str]:
    """Returns the cells in columns, a line each; names of tables and models are cut where they are too long."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    data, model = 2, 3  # their places
    free = WIDTH - sum(widths) - 2 * (len(widths) - 1) + widths[data] + widths[model]
    widths[model] = max(LEAST, min(widths[model], free - min(widths[data], free // 2)))
    widths[data] = max(LEAST, min(widths[data], free - widths[model]))
    return [
        "  ".join(
            shortened(cell, width).ljust(width) for cell, width in zip(cells, widths, strict=True)
        ).rstrip()
        for cells in rows
    ]


def show_runs(root: Path) -> None:
    """Prints the runs, oldest first, those that adapted a model, those of words alone, and the cross-validations."""
    runs = there_are(root)
    if not runs:
        show(
            say("no runs in {root} yet. This makes the first:", root=root)
            + "\n  finetune fit --data.path dados.csv"
        )
        return
    scores = list(dict.fromkeys(filter(None, map(measured_by, runs))))
    adapted = any(version(run, NAMES[ADAPT]) >= 0 for run in runs)  # whose rows say what they measured
    if not scores and not adapted:
        scores = ["f1_macro"]
    heading = [
        say("run", context="heading"),
        say("date"),
        say("data"),
        say("model"),
        score_name(scores[0]) if len(scores) == 1 and not adapted else say("score"),
        say("size"),
    ]
    first, *lines = table([heading, *(row(folder, named=len(scores) > 1 or adapted) for folder in runs)])
    print(visible(first))
    for folder, line in zip(runs, lines, strict=True):
        print(visible(line))
        name = name_of(folder)
        if name is not None:  # on a line of its own: a name that is cut could not be copied
            print(visible("  " + say("name: {name}", name=name)))
        if is_corrected(folder):
            print(visible(f"  {of_corrections(folder)}"))
    there = say(
        "{n} run in {root}; {free} free on the disk.",
        "{n} runs in {root}; {free} free on the disk.",
        n=len(runs),
        root=root,
        free=size_text(shutil.disk_usage(root).free),
    )
    show(" ".join([there, *(str(MEANT[name]) for name in scores if name in MEANT)]))
