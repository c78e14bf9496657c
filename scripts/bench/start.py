"""How long a user waits: for help, and from `finetune fit` to the first training step. Prints what dominates.

    python scripts/bench/start.py TABLE.csv

Each figure is the median of three fresh processes; help and the table's tokens are in the cache by then. Needs `pip
install -e '.[demo]'`.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback

MARK = "bench: "
START = "BENCH_START"
"""Environment variable: when the process was started."""

IMPORTS = ("torch", "transformers", "lightning.pytorch", "finetune.cli.lightning_cli")
RUNS = 3


def mark(name: str) -> None:
    """Tells how long after the start of the process something begins."""
    print(f"{MARK}{name}={time.time() - float(os.environ[START]):.3f}", flush=True)


class Marks(Callback):
    """Tells when a fit reaches its stages, up to the first step."""

    def __init__(self) -> None:
        mark("reading and dividing the table, tokens from the cache")

    def setup(self, *_: Any, **__: Any) -> None:
        """After the data was set up."""
        mark("HardwareTier: opening the model, estimating its memory")

    def on_fit_start(self, *_: Any) -> None:
        """After the other callbacks' setup."""
        mark("optimizer, run folder, first validation batch")

    def on_train_start(self, *_: Any) -> None:
        """The optimizer is made, a validation batch was tried."""
        mark("loader")

    def on_train_batch_start(self, *_: Any) -> None:
        """The first step begins."""
        mark("first step")


def seconds_of(arguments: list[str], folder: Path) -> float:
    """Returns the time of a process from start to end."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def marks_of(arguments: list[str], folder: Path) -> dict[str, float]:
    """Returns what a process told by `mark`."""
    environment = {**os.environ, START: str(time.time()), "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    told = [line.removeprefix(MARK).split("=") for line in done.stdout.splitlines() if line.startswith(MARK)]
    # of a stage that comes again, as `setup` does for the test, the first time counts
    return {name: float(value) for name, value in reversed(told)}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path, help="table to train on")
    given = parser.parse_args()
    fit = ["-m", "finetune", "fit", "--data.path", str(given.table.absolute()), "--trainer.max_steps", "1"]
    fit += ["--trainer.limit_val_batches", "1", "--trainer.callbacks+=start.Marks"]
    code = (
        f"import importlib, os, time\nstart = float(os.environ[{START!r}])\nfor name in {[*IMPORTS, '']}:\n"
    )
    code += f"    print({MARK!r} + name, time.time() - start, sep='=')\n    name and importlib.import_module(name)"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what in (["--help"], ["fit", "--help"]):
            command = ["-m", "finetune", *what]
            seconds_of(command, folder)
            found = statistics.median(seconds_of(command, folder) for _ in range(RUNS))
            print(f"finetune {' '.join(what)}: {found:.2f} s")
        marks_of(fit, folder)
        stages = [marks_of(fit, folder) for _ in range(RUNS)]
        total = statistics.median(stage["first step"] for stage in stages)
        print(f"finetune fit: the first step begins after {total:.1f} s. Of these:")
        names = ["imports and options", *sorted(stages[0], key=stages[0].__getitem__)]
        for this, following in pairwise(names):
            took = statistics.median(stage[following] - stage.get(this, 0.0) for stage in stages)
            print(f"  {took:5.2f} s  {this}")
        loaded = [marks_of(["-c", code], folder) for _ in range(RUNS)]
        for this, following in zip(IMPORTS, [*IMPORTS[1:], ""], strict=True):
            took = statistics.median(one[following] - one[this] for one in loaded)
            print(f"  {took:5.2f} s  of the imports: {this}")


if __name__ == "__main__":
    main()
