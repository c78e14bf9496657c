"""Training speed of two processes with one thread each beside one process with two threads: same rows, same steps.

    python scripts/bench/processes.py

Both train the embedded model on the demonstration table, in turn, each in fresh processes, with as many threads in all.
Speed counts the rows of the steps after the first ten, without evaluation or saving. What it shows is what processes
cost by themselves where there is no further processor to gain from: the exchange of 85 MB of gradients, which Gloo
copies through the network stack, AdamW's work done twice, and the wait for each other. All of it is the same for a
step of few rows as for one of many. Needs `pip install -e '.[demo]'`; nothing else should run on the machine meanwhile.
"""

import argparse
import sys
import tempfile
from typing import Any

from child import run
from compared import ratios, spread


def measure(processes: int, threads: int, *, rows: int, steps: int) -> dict[str, Any]:
    """Trains steps of so many rows in so many processes of so many threads; returns what the clock told."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *("-m", "finetune", "fit", "--data.path", "demo"),
            *("--data.effective_batch_size", str(rows), "--trainer.max_steps", str(steps)),
            *("--trainer.accelerator", "cpu", "--trainer.devices", str(processes)),
            *("--trainer.strategy", "ddp" if processes > 1 else "auto"),
            # what is measured is the step: neither a validation nor a checkpoint falls into it
            *("--trainer.limit_val_batches", "0", "--trainer.limit_test_batches", "0"),
            *("--early_stopping", "null", "--best_checkpoint", "null", "--last_checkpoint", "null"),
            *("--overfitting_watch", "null", "--data.on_findings", "skip"),
            *("--trainer.default_root_dir", folder, "--trainer.callbacks+=clocks.StepClock"),
        ]
        facts = run(command, environment={"OMP_NUM_THREADS": str(threads)}).told
    return facts | {"speed": facts["steps"] * rows / facts["seconds"]}


ARMS = {"one process, two threads": (1, 2), "two processes, one thread each": (2, 1)}


def main() -> None:
    """Runs both in turn and prints what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rows", type=int, nargs="+", default=[16, 32, 64, 128], help="rows of an optimizer step"
    )
    parser.add_argument("--steps", type=int, default=70)
    parser.add_argument("--pairs", type=int, default=5)
    given = parser.parse_args()
    print(f"samples/s min / median / max of {given.pairs}\n")
    print(f"| rows of a step | {' | '.join(ARMS)} | two/one of each pair | median |\n|---|---|---|---|---|")
    for rows in given.rows:
        found: dict[str, list[float]] = {arm: [] for arm in ARMS}
        for pair in range(given.pairs):
            for arm, (processes, threads) in ARMS.items():
                speed = measure(processes, threads, rows=rows, steps=given.steps)["speed"]
                found[arm].append(speed)
                print(
                    f"{rows} rows, pair {pair + 1}, {arm}: {speed:.1f} samples/s", file=sys.stderr, flush=True
                )
        one, two = found.values()
        each, median = ratios(two, one)
        print(f"| {rows} | {spread(one)} | {spread(two)} | {each} | {median} |", flush=True)


if __name__ == "__main__":
    main()
