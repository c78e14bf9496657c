"""How long a user waits, and for what: help, an error, a check, one text, the first step, and all of a `finetune fit`.

    python scripts/bench/start.py TABLE.csv
    python scripts/bench/start.py TABLE.csv --whole

The first prints what one waits for before anything happens: the median of three fresh processes each, in seconds of
processors; help and the table's tokens are in the cache by then. The second prints where the seconds of a whole fit go
(`sampled`), as Markdown. Needs `pip install -e '.[demo]'`.
"""

import argparse
import statistics
import tempfile
from itertools import pairwise
from pathlib import Path

from child import run

IMPORTS = ("torch", "transformers", "lightning.pytorch", "finetune.cli.lightning_cli")
RUNS = 3
FINETUNE = ("-m", "finetune")

IMPORTING = f"""
import importlib
from child import elapsed, tell
for name in {[*IMPORTS, ""]}:
    tell(**{{name: elapsed()}})
    name and importlib.import_module(name)
"""
"""Tells when each of the imports begins, and when the last one is over."""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path, help="table to train on")
    parser.add_argument("--whole", action="store_true", help="where the seconds of a whole fit go")
    parser.add_argument("--runs", type=int, default=RUNS, help="processes of each kind")
    given, more = parser.parse_known_args()
    table = ["--data.path", str(given.table.absolute())]
    with tempfile.TemporaryDirectory() as name:
        if given.whole:
            whole_fit([*table, *more], Path(name))
            return
        print("| command | CPU s |\n|---|---|")
        waits(table, Path(name), given.runs)
        first_step([*table, *more], Path(name), given.runs)


def waits(table: list[str], folder: Path, runs: int) -> None:
    """Prints what is waited for where nothing is trained."""
    for what in (["--help"], ["fit", "--help"], ["baseline", "--quick", "true", *table]):
        row(what, folder, runs)
    row(["check", *table], folder, runs, statuses=(0, 1))  # 1 where it finds something severe
    for wrong in (["--data.path", "nada.csv"], ["--data.pth", "dados.csv"]):
        row(["fit", *wrong], folder, runs, statuses=(2,))
    run([*FINETUNE, "fit", *table, "--effort", "quick"], folder=folder, tells=False)
    row(["predict", "--run", "0", "--text", "boi no pasto"], folder, runs)
    run([*FINETUNE, "export", "--run", "0", "--format", "onnx"], folder=folder, tells=False)
    export = next((folder / "lightning_logs").glob("*/export/onnx"))
    row(["predict", "--run", str(export), "--text", "boi no pasto"], folder, runs)


def row(words: list[str], folder: Path, runs: int, *, statuses: tuple[int, ...] = (0,)) -> None:
    """Prints the median of a command, after one that fills the caches."""
    ended = [run([*FINETUNE, *words], folder=folder, tells=False, statuses=statuses) for _ in range(runs + 1)]
    seconds = statistics.median(each.cpu_seconds for each in ended[1:])
    print(
        f"| `finetune {' '.join(words)}`{', an error' if 0 not in statuses else ''} | {seconds:.2f} |",
        flush=True,
    )


def first_step(options: list[str], folder: Path, runs: int) -> None:
    """Prints when the first step begins, and what dominates until then, in seconds that pass."""
    fit = [*FINETUNE, "fit", *options, "--trainer.max_steps", "1", "--trainer.limit_val_batches", "1"]
    fit += ["--trainer.callbacks+=clocks.Stages"]
    run(fit, folder=folder)
    stages = [run(fit, folder=folder).told for _ in range(runs)]
    total = statistics.median(stage["first step"] for stage in stages)
    print(f"finetune fit: the first step begins after {total:.1f} s. Of these:")
    names = ["imports and options", *sorted(stages[0], key=stages[0].__getitem__)]
    for this, following in pairwise(names):
        took = statistics.median(stage[following] - stage.get(this, 0.0) for stage in stages)
        print(f"  {took:5.2f} s  {this}")
    loaded = [run(["-c", IMPORTING], folder=folder).told for _ in range(runs)]
    for this, following in zip(IMPORTS, [*IMPORTS[1:], ""], strict=True):
        took = statistics.median(one[following] - one[this] for one in loaded)
        print(f"  {took:5.2f} s  of the imports: {this}")


def whole_fit(options: list[str], folder: Path) -> None:
    """Prints where the seconds of a whole fit go."""
    command = ["-m", "sampled", "fit", *options]
    told = run(command, folder=folder).told
    print(f"`finetune {' '.join(command[2:])}`\n\n| what | CPU s | share |\n|---|---|---|")
    for name, seconds in told["rows"].items():
        print(f"| {name} | {seconds:.1f} | {seconds / told['all']:.0%} |")
    print(f"| all | {told['all']:.1f} | |")


if __name__ == "__main__":
    main()
