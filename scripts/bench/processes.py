"""Training speed of two processes with one thread each beside one process with two threads: same rows, same steps.

    python scripts/bench/processes.py

Both train the embedded model on the demonstration table, in turn, each in fresh processes, with as many threads in all.
Speed counts the rows of the steps after the first ten, without evaluation or saving. What it shows is what processes
cost by themselves where there is no further processor to gain from: the exchange of 85 MB of gradients, which Gloo
copies through the network stack, AdamW's work done twice, and the wait for each other. All of it is the same for a
step of few rows as for one of many. Needs `pip install -e '.[demo]'`; nothing else should run on the machine meanwhile.
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

from lightning.pytorch import Callback, LightningModule, Trainer

MARK = "bench: "
"""Before the line of JSON that the first process ends its training with."""

WARM_UP_STEPS = 10


class StepClock(Callback):
    """Times the optimizer steps after the first ten, and tells what they were."""

    def __init__(self) -> None:
        self.start = 0.0

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Looks at the clock."""
        if trainer.global_step == WARM_UP_STEPS:
            self.start = time.perf_counter()

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tells how long they took."""
        seconds, steps = time.perf_counter() - self.start, trainer.global_step - WARM_UP_STEPS
        if trainer.is_global_zero:
            facts = {"seconds": seconds, "steps": steps, "precision": trainer.precision}
            print(f"{MARK}{json.dumps(facts)}", flush=True)


def measure(processes: int, threads: int, *, rows: int, steps: int) -> dict[str, Any]:
    """Trains steps of so many rows in so many processes of so many threads; returns what the clock told."""
    script = Path(__file__).resolve()
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "finetune", "fit", "--data.path", "demo"),
                *("--data.effective_batch_size", str(rows), "--trainer.max_steps", str(steps)),
                *("--trainer.accelerator", "cpu", "--trainer.devices", str(processes)),
                *("--trainer.strategy", "ddp" if processes > 1 else "auto"),
                # what is measured is the step: neither a validation nor a checkpoint falls into it
                *("--trainer.limit_val_batches", "0", "--trainer.limit_test_batches", "0"),
                *("--early_stopping", "null", "--best_checkpoint", "null", "--last_checkpoint", "null"),
                *("--overfitting_watch", "null", "--data.on_findings", "skip"),
                *("--trainer.default_root_dir", folder, "--trainer.callbacks+=processes.StepClock"),
            ],
            env={**os.environ, "PYTHONPATH": str(script.parent), "OMP_NUM_THREADS": str(threads)},
            capture_output=True,
            text=True,
            check=False,
        )
    told = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode or not told:
        raise SystemExit(f"{processes} x {threads} failed:\n{done.stderr[-3000:]}")
    facts: dict[str, Any] = json.loads(told[-1].removeprefix(MARK))
    return facts | {"speed": facts["steps"] * rows / facts["seconds"]}


ARMS = {"one process, two threads": (1, 2), "two processes, one thread each": (2, 1)}


def spread(speeds: list[float]) -> str:
    """Returns minimum, median and maximum."""
    return f"{min(speeds):.1f} / {statistics.median(speeds):.1f} / {max(speeds):.1f}"


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
        ratios = [b / a for a, b in zip(one, two, strict=True)]
        shown = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(
            f"| {rows} | {spread(one)} | {spread(two)} | {shown} | {statistics.median(ratios):.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
