"""finetune runs: the runs with date, data, model, score and size on disk; `finetune runs delete 3` removes one."""

import argparse
import json
import shutil
import sys
from datetime import datetime
from pathlib import Path

from finetune.errors import ConfigError
from finetune.runs.folder import (
    CONFIG,
    CROSSVAL,
    LAST,
    METRICS,
    ROOT,
    RunFolder,
    all_crossvals,
    all_runs,
    find,
)
from finetune.runs.lock import holder


def size_text(size: int) -> str:
    """Returns bytes as people say them."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"


def shortened(text: str, width: int) -> str:
    """Returns the end of a text that is too long: of a path it says more than the beginning."""
    return text if len(text) <= width else "…" + text[1 - width :]


def score(run: RunFolder) -> str:
    """Returns the macro-F1 of the test, else of the validation; what is known of an unfinished run."""
    try:
        metrics = run.metrics()
    except json.JSONDecodeError:
        return "damaged"
    for part, short in (("test", "test"), ("validation", "val")):
        if part in metrics:
            return f"{metrics[part]['f1_macro']:.4f} {short}"
    return "unfinished" if (run.path / LAST).exists() else "not trained"


def mean_score(folder: Path) -> str:
    """Returns the mean macro-F1 of a cross-validation; how far it is where folds are still to be trained."""
    try:
        content = json.loads((folder / CROSSVAL).read_text(encoding="utf-8"))
        if "metrics" in content:
            return f"{content['metrics']['f1_macro']['mean']:.4f} mean"
        return f"{len(content['runs'])} of {content['folds'] * len(content['seeds'])} folds"
    except (OSError, json.JSONDecodeError):
        return "damaged"


def row(folder: Path) -> tuple[str, ...]:
    """Returns what the list shows of one run, or of a cross-validation."""
    run, several = RunFolder(folder), folder in all_crossvals(folder.parent)
    configs = sorted(folder.rglob(CONFIG)) if several else []  # the folds' own, alike but for the fold
    config = RunFolder(configs[0].parent if configs else folder).config()
    newest = next((file for file in (folder / CROSSVAL, folder / METRICS) if file.is_file()), folder)
    date = datetime.fromtimestamp(newest.stat().st_mtime).strftime("%y-%m-%d %H:%M")
    data = str(config.get("data", {}).get("path") or "?")
    model = str(config.get("model", {}).get("name") or "?")
    reached = mean_score(folder) if several else score(run)
    return (folder.name, date, shortened(data, 14), shortened(model, 12), reached, size_text(run.size()))


def show(root: Path) -> None:
    """Prints the runs, oldest first, and the cross-validations, at most 80 columns wide where names allow it."""
    runs = [*all_runs(root), *all_crossvals(root)]
    if not runs:
        print(f"no runs in {root} yet: finetune fit --data.path dados.csv makes the first")
        return
    rows = [("run", "date", "data", "model", "macro-F1", "size"), *(row(folder) for folder in runs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
    free = shutil.disk_usage(root).free
    print(f"{len(runs)} {'run' if len(runs) == 1 else 'runs'} in {root}; {size_text(free)} free")


def delete(names: list[str], root: Path, *, yes: bool) -> None:
    """Removes runs, after all were found and the user said yes.

    Raises:
        ConfigError: if one is not there, or nobody can be asked.
    """
    folders = []
    there = [*all_runs(root), *all_crossvals(root)]
    for name in names:
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
            known = ", ".join(run.name for run in there) or "none"
            raise ConfigError(f'there is no run "{name}" in {root}. There are: {known}. Nothing was deleted.')
        folders.append(folder)
    folders = list(dict.fromkeys(folders))
    for folder in folders:
        process = holder(folder)
        if process is not None:
            raise ConfigError(
                f"{folder} is being trained by another process (PID {process}). Nothing was deleted: wait until it has "
                "ended, or end it."
            )
    sizes = {folder: RunFolder(folder).size() for folder in folders}
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigError("deleting has to be confirmed, and there is no terminal to ask at: add --yes.")
        listed = ", ".join(f"{folder} ({size_text(size)})" for folder, size in sizes.items())
        if input(f"delete {listed} for good? [y/N] ").strip().lower() not in ("y", "yes", "s", "sim"):
            print("nothing was deleted")
            return
    for folder in folders:
        RunFolder(folder).delete()
        print(f"deleted {folder}, {size_text(sizes[folder])}")


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="finetune runs", description=__doc__)
    actions = parser.add_subparsers(dest="action", metavar="{delete}")
    remove = actions.add_parser("delete", help="delete runs for good, by number, name or latest")
    remove.add_argument("names", nargs="+", metavar="RUN", help="3, version_3, crossval_0, or latest")
    remove.add_argument("--yes", action="store_true", help="do not ask")
    chosen = parser.parse_args(argv[1:])
    if chosen.action == "delete":
        delete(chosen.names, ROOT, yes=chosen.yes)
    else:
        show(ROOT)
    return 0
