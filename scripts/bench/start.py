"""How long a user waits: for help, for an error, and from `finetune fit` to the first step. Prints what dominates.

    python scripts/bench/start.py TABLE.csv

Each figure is the median of three fresh processes; help and the table's tokens are in the cache by then. Needs `pip
install -e '.[demo]'`.
"""

import argparse
import statistics
import tempfile
from itertools import pairwise
from pathlib import Path

from child import run

IMPORTS = ("torch", "transformers", "lightning.pytorch", "finetune.cli.lightning_cli")
RUNS = 3

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
    given = parser.parse_args()
    fit = ["-m", "finetune", "fit", "--data.path", str(given.table.absolute()), "--trainer.max_steps", "1"]
    fit += ["--trainer.limit_val_batches", "1", "--trainer.callbacks+=clocks.Stages"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what in (["--help"], ["fit", "--help"]):
            command = ["-m", "finetune", *what]
            run(command, folder=folder, tells=False)
            found = statistics.median(run(command, folder=folder, tells=False).seconds for _ in range(RUNS))
            print(f"finetune {' '.join(what)}: {found:.2f} s")
        for wrong in (["--data.path", "nada.csv"], ["--data.pth", "dados.csv"]):
            command = ["-m", "finetune", "fit", *wrong]
            run(command, folder=folder, tells=False, status=2)
            ended = [run(command, folder=folder, tells=False, status=2) for _ in range(RUNS)]
            print(
                f"finetune fit {' '.join(wrong)}, an error: {statistics.median(e.seconds for e in ended):.2f} s"
            )
        run(fit, folder=folder)
        stages = [run(fit, folder=folder).told for _ in range(RUNS)]
        total = statistics.median(stage["first step"] for stage in stages)
        print(f"finetune fit: the first step begins after {total:.1f} s. Of these:")
        names = ["imports and options", *sorted(stages[0], key=stages[0].__getitem__)]
        for this, following in pairwise(names):
            took = statistics.median(stage[following] - stage.get(this, 0.0) for stage in stages)
            print(f"  {took:5.2f} s  {this}")
        loaded = [run(["-c", IMPORTING], folder=folder).told for _ in range(RUNS)]
        for this, following in zip(IMPORTS, [*IMPORTS[1:], ""], strict=True):
            took = statistics.median(one[following] - one[this] for one in loaded)
            print(f"  {took:5.2f} s  of the imports: {this}")


if __name__ == "__main__":
    main()
