"""Prediction speed beside `transformers.pipeline`: the same trained model and rows, in alternating fresh processes.

    python scripts/bench/predict.py TRAIN.csv TABLE.csv

A      `finetune predict --run ...` with its defaults; nothing in the cache.
onnx   `finetune predict --run EXPORT` by the run's ONNX export, in float32.
int8   the same by its export in 8 bits (`finetune export --format onnx-int8`).
B      `pipeline("text-classification", batch_size=32)` over the texts, with the model that the run exported.
B+     the same in bf16, rows sorted by length and put back in order, as an expert may do it by hand.
S      `SentenceTransformer.encode(batch_size=32)` of the same encoder: vectors alone, no labels. Left out where
       sentence-transformers is not installed.

The model is trained for an epoch on the first rows of TRAIN. Speed counts the rows of TABLE over the seconds in which
they are labelled: in A from when the settings are read, so with opening the table and the model, tokenising and all; of
the exports the whole process; in B, B+ and S the call alone. Where others work on the machine, go by the rows for each
second of the processor, and give all one thread (`OMP_NUM_THREADS=1`, and `taskset -c 0` for the exports). "Whole" is
the process from start to end. The labels are compared row by row; of those that differ it is said how sure B was.

Then one text at a time, all in memory: the median of each; and `finetune predict --text`, from the command to its end.
Needs `pip install -e '.[demo,onnx]'`; nothing else should run on the machine.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
from answering import asking_export, asking_torch, by_pipeline, by_sentences, one_by_one, pipeline_of
from child import Ended, run
from compared import ratios, spread

EXPORTS = {"onnx": "onnx", "int8": "onnx-int8"}
"""The arms that an export answers, and its format."""

SERIES = 100
"""Texts that are asked one by one."""


# ---- in a process of its own --------------------------------------------------------------------------------


def work(arm: str, folder: Path, *, alone: bool) -> None:
    """Does what an arm does within a process that tells its times."""
    texts, model = list(pd.read_csv(folder / "table.csv").texto), model_folder(folder)
    if alone:
        asking: dict[str, Callable[[Path], Callable[[str], Any]]] = {"A": asking_torch, "B": pipeline_of}
        ask = asking.get(arm, asking_export)
        one_by_one(ask(folder / arm if arm in EXPORTS else model), texts[:SERIES])
    elif arm == "S":
        by_sentences(model, texts)
    else:
        by_pipeline(model, texts, folder / "pipeline.csv", expert=arm == "B+")


# ---- the arms -----------------------------------------------------------------------------------------------


def model_folder(folder: Path) -> Path:
    """Returns the model that the run exported."""
    return folder / "lightning_logs/version_0/model"


def run_of(arm: str) -> str:
    """Returns what `--run` names in an arm of ours."""
    return arm if arm in EXPORTS else "latest"


def label(arm: str, folder: Path) -> Ended:
    """Runs one arm in a process of its own, which finds no tokens of a run before."""
    with tempfile.TemporaryDirectory() as cache:
        ours = arm in ("A", *EXPORTS)
        command = command_of(arm) if ours else [__file__, str(folder), str(folder), "--arm", arm]
        return run(command, folder=folder, environment={"FINETUNE_CACHE": cache}, tells=arm not in EXPORTS)


def command_of(arm: str) -> list[str]:
    """Returns the Python arguments of an arm of ours."""
    command = ["-m", "finetune", "predict", "--run", run_of(arm), "--data.predict_path", "table.csv"]
    command += ["--output", "ours.jsonl", "--overwrite=true"]
    return command if arm in EXPORTS else [*command, "--trainer.callbacks+=clocks.PredictionClock"]


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


def prepare(given: argparse.Namespace, folder: Path) -> int:
    """Puts the tables down, trains and exports; returns the rows to label."""
    pd.read_csv(given.train)[:1000].to_csv(folder / "train.csv", index=False)
    table = pd.read_csv(given.table)[: given.rows]
    table.to_csv(folder / "table.csv", index=False)
    if given.run is None:
        fit = ["-m", "finetune", "fit", "--data.path", "train.csv", "--trainer.max_epochs", "1"]
        run(fit, folder=folder, tells=False)
    else:
        shutil.copytree(given.run, model_folder(folder).parent)
    for arm in set(EXPORTS) & set(given.arms):
        # to be measured, also where these few rows cannot show that it answers as the run does
        export = ["-m", "finetune", "export", "--format", EXPORTS[arm], "--output", arm, "--accept"]
        run(export, folder=folder, tells=False)
    return len(table)


# ---- the tables ---------------------------------------------------------------------------------------------


def measure_tables(arms: list[str], folder: Path, *, rows: int, pairs: int) -> None:
    """Labels the table with each arm in turn, prints speeds and ratios."""
    speeds, of_processor, wholes = (defaultdict[str, list[float]](list) for _ in range(3))
    said: dict[str, str] = {}
    for pair in range(pairs):
        for arm in arms:
            done = label(arm, folder)
            seconds, cpu_seconds = (
                done.told.get(name, getattr(done, name)) for name in ("seconds", "cpu_seconds")
            )
            speeds[arm].append(rows / seconds)
            of_processor[arm].append(rows / cpu_seconds)
            wholes[arm].append(done.seconds)
            print(
                f"pair {pair + 1}, {arm}: {rows / seconds:.1f} rows/s, {rows / cpu_seconds:.1f} a CPU second, whole "
                f"{done.seconds:.1f} s",
                file=sys.stderr,
            )
            if arm in ("B", "B+"):
                said[arm] = agreement(folder)
    print("\n| arm | rows/s min / median / max | rows a CPU second | whole, seconds |\n|---|---|---|---|")
    for arm in arms:
        print(f"| {arm} | {spread(speeds[arm])} | {spread(of_processor[arm])} | {spread(wholes[arm])} |")
    for ours in [arm for arm in arms if arm in ("A", *EXPORTS)]:
        for peer in [arm for arm in arms if arm not in ("A", *EXPORTS)]:
            each, median = ratios(of_processor[ours], of_processor[peer])
            print(f"\n{ours}/{peer}, rows a CPU second: {each}; median {median}.", end="")
    print("".join(f"\n\nBeside {peer}: {sentence}." for peer, sentence in said.items()))


def measure_texts(arms: list[str], folder: Path, *, pairs: int) -> None:
    """Asks one text after the other, and one of a fresh process; prints both."""
    text = str(pd.read_csv(folder / "table.csv").texto.iloc[0])
    print("\n| one text | in memory, ms | CPU ms | from the command, s | CPU s |\n|---|---|---|---|---|")
    found: dict[str, list[Ended]] = {}
    for arm in [arm for arm in arms if arm in ("A", *EXPORTS, "B")]:
        alone = [__file__, str(folder), str(folder), "--arm", arm, "--alone"]
        found[arm] = [run(alone, folder=folder) for _ in range(pairs)]
        cells = [spread([each.told[name] for each in found[arm]]) for name in ("ms", "cpu_ms")]
        if arm != "B":
            asked = ["-m", "finetune", "predict", "--run", run_of(arm), "--text", text]
            started = [run(asked, folder=folder, tells=False) for _ in range(pairs)]
            cells += [
                spread([getattr(each, name) for each in started]) for name in ("seconds", "cpu_seconds")
            ]
        print(f"| {arm} | {' | '.join([*cells, '', ''][:4])} |", flush=True)
    if {"A", "int8"} <= set(found):
        took = {arm: statistics.median(each.told["cpu_ms"] for each in found[arm]) for arm in ("A", "int8")}
        print(f"\nint8 beside A, CPU ms of a text: {took['int8'] / took['A']:.2f}")


def main() -> None:
    """Trains, runs the arms in turn, prints what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for part in ("train", "table"):
        parser.add_argument(part, type=Path, help="table with the columns texto and rotulo")
    parser.add_argument("--rows", type=int, default=2000, help="first rows of TABLE to label")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--arms", nargs="+", default=["A", *EXPORTS, "B", "B+", "S"])
    parser.add_argument("--run", type=Path, help="a finished run of such a table, in place of training one")
    parser.add_argument("--arm", help=argparse.SUPPRESS)  # set in the processes that this one starts
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.arm:
        work(given.arm, given.table, alone=given.alone)
        return
    arms = list(given.arms)
    if "S" in arms and find_spec("sentence_transformers") is None:
        print("S is left out: sentence-transformers is not installed", file=sys.stderr)
        arms.remove("S")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = prepare(given, folder)
        measure_tables(arms, folder, rows=rows, pairs=given.pairs)
        measure_texts(arms, folder, pairs=given.pairs)


if __name__ == "__main__":
    main()
