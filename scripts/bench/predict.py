"""Prediction speed beside `transformers.pipeline`: the same trained model and rows, in alternating fresh processes.

    python scripts/bench/predict.py TRAIN.csv TABLE.csv

A    `finetune predict --run ...` with its defaults; nothing in the cache.
B    `pipeline("text-classification", batch_size=32)` over the texts, with the model that the run exported.
B+   the same in bf16, rows sorted by length and put back in order, as an expert may do it by hand.

The model is trained for an epoch on the first rows of TRAIN. Speed counts the rows of TABLE over the seconds in which
they are labelled: in A from when the settings are read, so with opening the table and the model, tokenising and all; in
B of the pipeline's call alone. "Whole" is the process from start to end. The labels are compared row by row; of those
that differ it is said how sure B was. Needs `pip install -e '.[demo]'`; nothing else should run on the machine.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd
from child import Ended, run, tell
from compared import ratios, spread


def peer(folder: Path, *, expert: bool) -> None:
    """Labels the table with a pipeline, writes its labels beside it, tells the time."""
    import torch
    from transformers import pipeline

    texts = list(pd.read_csv(folder / "table.csv").texto)
    options: dict[str, Any] = {"dtype": torch.bfloat16} if expert else {}
    classifier = pipeline("text-classification", model=str(model_folder(folder)), batch_size=32, **options)
    start = time.perf_counter()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i])) if expert else list(range(len(texts)))
    found = classifier([texts[i] for i in order], truncation=True)
    seconds = time.perf_counter() - start
    rows = [found[i] for i in sorted(range(len(order)), key=order.__getitem__)]
    pd.DataFrame(rows).to_csv(folder / "pipeline.csv", index=False)
    tell(seconds=seconds)


def model_folder(folder: Path) -> Path:
    """Returns the model that the run exported."""
    return folder / "lightning_logs/version_0/model"


def label(arm: str, folder: Path) -> Ended:
    """Runs one arm in a process of its own, which finds no tokens of a run before."""
    with tempfile.TemporaryDirectory() as cache:
        return run(command_of(arm, folder), folder=folder, environment={"FINETUNE_CACHE": cache})


def command_of(arm: str, folder: Path) -> list[str]:
    """Returns the Python arguments of an arm."""
    if arm != "A":
        return [__file__, str(folder), str(folder), "--arm", arm]
    return [
        *("-m", "finetune", "predict", "--run", "latest", "--data.predict_path", "table.csv"),
        *("--output", "ours.jsonl", "--trainer.callbacks+=clocks.PredictionClock"),
    ]


def agreement(folder: Path) -> str:
    """Returns a sentence on the labels of the last A and B, row by row."""
    # JSON: in a CSV, text that a spreadsheet would run as a formula gets an apostrophe
    ours = pd.read_json(folder / "ours.jsonl", lines=True, dtype=False)
    theirs = pd.read_csv(folder / "pipeline.csv")
    same_order = (ours.texto == pd.read_csv(folder / "table.csv").texto).all()
    other = ours.label.astype(str) != theirs.label.astype(str)
    sure = f"; B was at most {theirs.score[other].max():.3f} sure of those that differ" if other.any() else ""
    rows = "rows in the table's order" if same_order else "ROWS IN ANOTHER ORDER"
    return f"{rows}; {(~other).sum():,} of {len(ours):,} labels are equal{sure}"


def main() -> None:
    """Trains, runs the arms in turn, prints what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for part in ("train", "table"):
        parser.add_argument(part, type=Path, help="table with the columns texto and rotulo")
    parser.add_argument("--rows", type=int, default=2000, help="first rows of TABLE to label")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--arm", help=argparse.SUPPRESS)  # set in the processes that this one starts
    given = parser.parse_args()
    if given.arm:
        peer(given.table, expert=given.arm == "B+")
        return
    arms = ["A", "B", "B+"]
    speeds: dict[str, list[float]] = {arm: [] for arm in arms}
    wholes: dict[str, list[float]] = {arm: [] for arm in arms}
    said: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pd.read_csv(given.train)[:1000].to_csv(folder / "train.csv", index=False)
        table = pd.read_csv(given.table)[: given.rows]
        table.to_csv(folder / "table.csv", index=False)
        fit = ["-m", "finetune", "fit", "--data.path", "train.csv", "--trainer.max_epochs", "1"]
        run(fit, folder=folder, tells=False)
        for pair in range(given.pairs):
            for arm in arms:
                done = label(arm, folder)
                speeds[arm].append(len(table) / done.told["seconds"])
                wholes[arm].append(done.seconds)
                print(
                    f"pair {pair + 1}, {arm}: {speeds[arm][-1]:.1f} rows/s, whole {done.seconds:.1f} s",
                    file=sys.stderr,
                )
                if arm != "A":
                    said[arm] = agreement(folder)
    print("\n| arm | rows/s min / median / max | whole, seconds |\n|---|---|---|")
    for arm in arms:
        print(f"| {arm} | {spread(speeds[arm])} | {spread(wholes[arm])} |")
    for arm in arms[1:]:
        each, median = ratios(speeds["A"], speeds[arm])
        print(f"\nA/{arm}: {each}; median {median}. {said[arm]}.")


if __name__ == "__main__":
    main()
