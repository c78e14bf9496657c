"""Training speed beside Hugging Face `Trainer`: same model, rows, epochs and effective batch, in fresh processes.

    python scripts/bench/train.py TRAIN.csv VALIDATION.csv TEST.csv

A        `finetune fit` with its defaults.
B        `Trainer` as an expert sets it: float32 weights, bf16 autocast (where the processor has it), batches grouped by
         length and padded to a multiple of 8, best of the epochs kept.
B+       B with glibc's allocator thresholds raised as `KeepMemory` does.
C        the tutorial recipe: every text padded to 512 tokens, float32, batches of 8; a few rows, speed only.

The headline is the time to a quality: B's macro-F1 on the validation rows at its end, and the seconds of training after
which A has first reached that, beside B's seconds for all of its epochs. Both validate at the same steps, five times an
epoch, without stopping early; validations and what is saved then are counted in neither. A's seconds hold the start of
its head. A score of few validation rows goes up and down: whoever validates more often reaches it earlier by chance,
so B's seconds until its own curve is first there are told, too. Each pair has a seed of its own.

Samples/s counts the steps alone: no loading, evaluation or saving. "Whole" is the process from start to end, which in A
also tests and exports. Peak memory is the process's resident set. The limit is what matrix products alone reach in A's
process, after its training; the share counts 6 floating-point operations for each parameter outside the embeddings and
each real token. Needs `pip install -e '.[demo,bench]'`; nothing else should run on the machine meanwhile.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from child import HERE, run
from compared import ahead, ratios, spread

BATCH = 16
"""Rows of a step of A and B, as `fit` takes them by default."""

RATE = 1e-4
"""Peak learning rate of B: twice the Trainer's default, for the embedded model is narrow; not tuned."""

TUTORIAL_ROWS = 64
"""Those that C trains on."""


VALIDATIONS = 5
"""Of an epoch, in A and B."""


SEED = 42
"""Of the first pair."""


def ours(folder: Path, epochs: int, every: int, seed: int) -> list[str]:
    """Returns the command of A: the defaults, the clock, and a validation every so many steps."""
    paths = {"path": "train", "validation_path": "validation", "test_path": "test"}
    return [
        *("-m", "finetune", "fit", "--trainer.max_epochs", str(epochs), "--seed_everything", str(seed)),
        *(word for key, part in paths.items() for word in (f"--data.{key}", str(folder / f"{part}.csv"))),
        *("--trainer.default_root_dir", str(folder), "--trainer.callbacks+=clocks.TrainingClock"),
        *("--trainer.val_check_interval", str(every), "--early_stopping", "null"),
    ]


def measure(arm: str, folder: Path, epochs: int, every: int, seed: int) -> dict[str, Any]:
    """Runs one arm in a process of its own; returns what it told, its seconds from start to end, and its peak."""
    peer = [str(HERE / "peer.py"), arm, str(folder), str(epochs), str(RATE), "test", str(seed), str(every)]
    done = run(ours(folder, epochs, every, seed) if arm == "A" else peer)
    facts = done.told | {"whole": done.seconds, "peak_gib": done.peak_gib}
    if arm == "A":
        runs = (folder / "lightning_logs").glob("*/metrics.json")
        newest = max(runs, key=lambda path: path.stat().st_mtime)
        facts["f1_macro"] = json.loads(newest.read_text())["test"]["f1_macro"]
    return facts


@contextmanager
def tables(paths: list[Path], rows: int, validation_rows: int) -> Iterator[Path]:
    """Gives a folder with the rows that every arm gets."""
    with tempfile.TemporaryDirectory() as name:
        limits = {"train": rows, "validation": validation_rows, "test": None}
        for path, (part, limit) in zip(paths, limits.items(), strict=True):
            pd.read_csv(path)[:limit].to_csv(Path(name) / f"{part}.csv", index=False)
        yield Path(name)


def first_at(curve: list[tuple[float, float]], score: float) -> float | None:
    """Returns the seconds after which a curve is first as high as a score; None where it never is."""
    return next((seconds for seconds, reached in curve if reached >= score), None)


def report_quality(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> None:
    """Prints the headline: of each pair the score that B ends with, and when each arm has it."""
    print(
        "\n| pair | B's validation macro-F1 | B: all epochs, s | B: first there, s | A: first there, s | ratio |"
    )
    print("|---|---|---|---|---|---|")
    found = []
    for pair, (a, b) in enumerate(zip(ours, theirs, strict=False), 1):
        score = b["curve"][-1][1]
        mine, own = first_at(a["curve"], score), first_at(b["curve"], score)
        ratio = "" if mine is None else f"{b['seconds'] / mine:.2f}"
        shown = "never" if mine is None else f"{mine:.1f}"
        print(f"| {pair} | {score:.3f} | {b['seconds']:.1f} | {own:.1f} | {shown} | {ratio} |")
        found.append(0.0 if mine is None else b["seconds"] / mine)
    print(
        f"\ntime to B's final score, B/A: median {statistics.median(found):.2f}; never reached, which counts as 0, in "
        f"{found.count(0.0)} of {len(found)} pairs"
    )


def report(found: dict[str, list[dict[str, Any]]]) -> None:
    """Prints the tables."""
    if "A" in found and "B" in found:
        report_quality(found["A"], found["B"])
    print(
        "\n| arm | samples/s min / median / max | macro-F1 | peak GiB | whole, seconds |\n|---|---|---|---|---|"
    )
    for arm, runs in found.items():
        scores = [one["f1_macro"] for one in runs if one["f1_macro"] is not None]
        print(
            f"| {arm} | {spread([one['speed'] for one in runs])} | {spread(scores, 3) if scores else ''} | "
            f"{spread([one['peak_gib'] for one in runs], 2)} | {spread([one['whole'] for one in runs], 0)} |"
        )
    print()
    for arm, runs in found.items():
        if arm != "A":  # C runs in the first pairs only
            each, median = ratios([a["speed"] for a in found["A"][: len(runs)]], [b["speed"] for b in runs])
            print(f"samples/s, A/{arm}: {each}; median {median}")
        if arm in ("B", "B+"):
            each, median = ratios([a["whole"] for a in found["A"]], [b["whole"] for b in runs])
            print(f"whole, A/{arm}: {each}; median {median}")
            apart = [a["f1_macro"] - b["f1_macro"] for a, b in zip(found["A"], runs, strict=True)]
            print(f"macro-F1 on test rows, A - {arm}: {ahead(apart)}")
    limits = [one["limit"] / 1e9 for one in found["A"]]
    reached = [6 * one["parameters"] * one["tokens"] * one["epochs"] / one["seconds"] for one in found["A"]]
    shares = [100 * done / one["limit"] for done, one in zip(reached, found["A"], strict=True)]
    print(
        f"limit ({found['A'][0]['precision']}): matrix products {spread(limits, 0)} GFLOP/s; training reaches "
        f"{spread([done / 1e9 for done in reached], 0)}, which is {spread(shares)} %"
    )


def main() -> None:
    """Runs the arms in turn and prints what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for part in ("train", "validation", "test"):
        parser.add_argument(part, type=Path, help="table with the columns texto and rotulo")
    parser.add_argument("--rows", type=int, default=2000, help="first rows of TRAIN to train on")
    parser.add_argument("--validation_rows", type=int, default=500, help="first rows of VALIDATION")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--arms", nargs="+", default=["A", "B", "B+", "C"], choices=["A", "B", "B+", "C"])
    given = parser.parse_args()
    found: dict[str, list[dict[str, Any]]] = {arm: [] for arm in given.arms}
    every = max(1, -(-given.rows // BATCH) // VALIDATIONS)
    with tables([given.train, given.validation, given.test], given.rows, given.validation_rows) as folder:
        for pair in range(given.pairs):
            for arm in given.arms:
                if arm == "C" and pair >= 3:
                    continue  # one step takes over 10 seconds
                facts = measure(arm, folder, given.epochs, every, SEED + pair)
                rows = TUTORIAL_ROWS if arm == "C" else given.rows * given.epochs
                facts["speed"] = rows / facts["seconds"]
                found[arm].append(facts)
                print(f"pair {pair + 1}, {arm}: {facts['speed']:.1f} samples/s", file=sys.stderr, flush=True)
    report(found)


if __name__ == "__main__":
    main()
