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
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd
from lightning.pytorch import Callback, LightningModule, Trainer

MARK = "bench: "
"""Before the line of JSON in which a process tells what it measured."""


class PredictionClock(Callback):
    """Times a prediction of ours from the reading of the settings to the last label."""

    def __init__(self) -> None:
        self.start = time.perf_counter()

    def on_predict_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tells the time."""
        print(f"{MARK}{json.dumps({'seconds': time.perf_counter() - self.start})}", flush=True)


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
    print(f"{MARK}{json.dumps({'seconds': seconds})}", flush=True)


def model_folder(folder: Path) -> Path:
    """Returns the model that the run exported."""
    return folder / "lightning_logs/version_0/model"


def call(folder: Path, command: list[str]) -> tuple[dict[str, Any], float]:
    """Runs Python in a process of its own; returns what it told and its seconds from start to end."""
    with tempfile.TemporaryDirectory() as cache:
        paths = {"PYTHONPATH": str(Path(__file__).parent)}
        keep = {} if "fit" in command else {"FINETUNE_CACHE": cache}  # no tokens of a run before
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *command],
            cwd=folder,
            env={**os.environ, **paths, **keep},
            capture_output=True,
            text=True,
            check=False,
        )
        whole = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    told = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    return (json.loads(told[-1].removeprefix(MARK)) if told else {}), whole


def command_of(arm: str, folder: Path) -> list[str]:
    """Returns the Python arguments of an arm."""
    if arm != "A":
        return [str(Path(__file__).absolute()), str(folder), str(folder), "--arm", arm]
    ours = [
        "-m",
        "finetune",
        "predict",
        "--run",
        "latest",
        "--data.predict_path",
        "table.csv",
        "--output",
        "ours.jsonl",
    ]
    return [*ours, "--trainer.callbacks+=predict.PredictionClock"]


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


def spread(values: list[float]) -> str:
    """Returns minimum, median and maximum."""
    return " / ".join(f"{value:.1f}" for value in (min(values), statistics.median(values), max(values)))


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
        call(folder, ["-m", "finetune", "fit", "--data.path", "train.csv", "--trainer.max_epochs", "1"])
        for pair in range(given.pairs):
            for arm in arms:
                told, whole = call(folder, command_of(arm, folder))
                speeds[arm].append(len(table) / told["seconds"])
                wholes[arm].append(whole)
                print(
                    f"pair {pair + 1}, {arm}: {speeds[arm][-1]:.1f} rows/s, whole {whole:.1f} s",
                    file=sys.stderr,
                )
                if arm != "A":
                    said[arm] = agreement(folder)
    print("\n| arm | rows/s min / median / max | whole, seconds |\n|---|---|---|")
    for arm in arms:
        print(f"| {arm} | {spread(speeds[arm])} | {spread(wholes[arm])} |")
    for arm in arms[1:]:
        ratios = [a / b for a, b in zip(speeds["A"], speeds[arm], strict=True)]
        shown = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"\nA/{arm}: {shown}; median {statistics.median(ratios):.2f}. {said[arm]}.")


if __name__ == "__main__":
    main()
