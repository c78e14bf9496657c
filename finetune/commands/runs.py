"""finetune runs: the runs with date, data, model, score and size on disk; `finetune runs delete 3` removes one."""

import json
import shutil
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from finetune.cli.plain_parser import PlainParser
from finetune.errors import ConfigError
from finetune.language.numbers import moment, number
from finetune.language.say import Message, say, show, visible
from finetune.language.scores import score_name
from finetune.runs.adapted import known
from finetune.runs.effort import EFFORT
from finetune.runs.find import find
from finetune.runs.folder import (
    CONFIG,
    CROSSVAL,
    LAST,
    METRICS,
    ROOT,
    RunFolder,
    all_crossvals,
    all_runs,
    names,
    ranked_by,
    version,
)
from finetune.runs.kind import ADAPT, NAMES, is_of_words
from finetune.runs.lock import holder

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

YES = ("y", "yes", "s", "sim")
"""Answers that delete, whatever the language of the question; its own one, too."""


def size_text(size: int) -> str:
    """Returns bytes as people say them."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= factor:
            return f"{number(size / factor, digits=1)} {unit}"
    return f"{size} B"


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
    begun = (run.path / LAST).exists() or (run.path / EFFORT).is_file()
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


def table(rows: Sequence[list[str]]) -> str:
    """Returns the cells in columns; names of tables and models are cut where they are too long."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    data, model = 2, 3  # their places
    free = WIDTH - sum(widths) - 2 * (len(widths) - 1) + widths[data] + widths[model]
    widths[model] = max(LEAST, min(widths[model], free - min(widths[data], free // 2)))
    widths[data] = max(LEAST, min(widths[data], free - widths[model]))
    return "\n".join(
        "  ".join(
            shortened(cell, width).ljust(width) for cell, width in zip(cells, widths, strict=True)
        ).rstrip()
        for cells in rows
    )


def there_are(root: Path) -> list[Path]:
    """Returns the folders that the list shows: of each kind the oldest first."""
    return [*(run for kind in NAMES.values() for run in all_runs(root, kind)), *all_crossvals(root)]


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
    print(visible(table([heading, *(row(folder, named=len(scores) > 1 or adapted) for folder in runs)])))
    there = say(
        "{n} run in {root}; {free} free on the disk.",
        "{n} runs in {root}; {free} free on the disk.",
        n=len(runs),
        root=root,
        free=size_text(shutil.disk_usage(root).free),
    )
    show(" ".join([there, *(str(MEANT[name]) for name in scores if name in MEANT)]))


def delete(chosen: list[str], root: Path, *, yes: bool) -> None:
    """Removes runs, after all were found and the user said yes.

    Raises:
        ConfigError: if one is not there, or nobody can be asked.
    """
    folders = []
    there = there_are(root)
    for name in chosen:
        folder = (
            find(name, root)
            if name == "latest"
            else next(
                (
                    run
                    for run in there
                    if name in (run.name, run.name.removeprefix("version_")) or Path(name) == run
                ),
                None,
            )
        )
        if folder is None:
            raise ConfigError(
                'there is no run "{name}" in {root}. There are: {known}. Nothing was deleted.',
                name=name,
                root=root,
                known=names(there),
            )
        folders.append(folder)
    folders = list(dict.fromkeys(folders))
    for folder in folders:
        process = holder(folder)
        if process is not None:
            raise ConfigError(
                "{folder} is being trained by another process (PID {process}). Nothing was deleted: wait until it has "
                "ended, or end it.",
                folder=folder,
                process=process,
            )
        if folder.is_symlink():
            raise ConfigError(
                "{folder} is a link to {place}. Nothing was deleted: remove the link, or the folder that it leads to.",
                folder=folder,
                place=folder.readlink(),
            )
    sizes = {folder: RunFolder(folder).size() for folder in folders}
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigError("deleting has to be confirmed, and there is no terminal to ask at: add --yes.")
        listed = ", ".join(f"{folder} ({size_text(size)})" for folder, size in sizes.items())
        answer = input(say("delete {runs} for good? [y/N] ", runs=listed)).strip().lower()
        if answer not in (*YES, say("y", context="answer")):
            show(say("nothing was deleted"))
            return
    for folder in folders:
        RunFolder(folder).delete()
        show(say("deleted {folder}, {size}", folder=folder, size=size_text(sizes[folder])))


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    parser = PlainParser(
        prog="finetune runs",
        description=say(
            "Lists the runs with date, data, model, score and size on disk; finetune runs delete 3 removes one."
        ),
    )
    actions = parser.add_subparsers(dest="action", metavar="{delete}")
    remove = actions.add_parser("delete", help=say("delete runs for good, by number, name or latest"))
    remove.add_argument(
        "names",
        nargs="+",
        metavar=say("RUN"),
        help=say("3, version_3, adapt_0, baseline_0, crossval_0, or latest"),
    )
    remove.add_argument("--yes", action="store_true", help=say("do not ask"))
    chosen = parser.parse_args(argv[1:])
    if chosen.action == "delete":
        delete(chosen.names, ROOT, yes=chosen.yes)
    else:
        show_runs(ROOT)
    return 0
