"""Adapters (LoRA) beside the training of all: what each learns in the same epochs, and what it takes.

    python scripts/bench/adapters.py [TABLE.csv ...] [--seeds 3] [--epochs 3] [--arms "NAME=OPTIONS" ...] [--test]

TABLE has the columns `texto` and `rotulo`; the demonstration, when none is given. An arm is `finetune fit` with its
options, in a process of its own; the first one is what the others are held against. Each seed divides the rows anew and
draws all else; of one seed every arm has the same rows. Differences are of the same seeds, with 95% intervals of
Student's t. Settings are chosen by the validation rows: the test rows are told only where `--test` asks for them.
Needs `pip install -e '.[demo,lora]'`.
"""

import argparse
import json
import shlex
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from child import run
from compared import ahead

ARMS = ("full=", "LoRA=--model.lora true")
RUN = Path("lightning_logs/version_0")
MB = 1e6


@dataclass(frozen=True)
class Fit:
    """What one fit reached, and what it took.

    Attributes:
        validation: Macro-F1.
        test: Macro-F1.
        cpu_seconds: Of the whole command.
        peak_gib: The process at its largest.
        last_mb: Of the checkpoint that goes on.
        best_mb: Of the best one.
    """

    validation: float
    test: float
    cpu_seconds: float
    peak_gib: float
    last_mb: float
    best_mb: float


def fit(table: str, options: Sequence[str], *, seed: int, epochs: int) -> Fit:
    """Trains in a folder of its own, without simple models and words: what is measured is the network."""
    path = table if table == "demo" else str(Path(table).absolute())
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *("-m", "finetune", "fit", "--data.path", path, "--seed_everything", str(seed)),
            *("--trainer.max_epochs", str(epochs), "--early_stopping", "null", "--baselines", "null"),
            *("--mix", "none", "--write_report", "false", "--data.on_findings", "skip", *options),
        ]
        ended = run(command, folder=Path(folder), tells=False)
        made = Path(folder, RUN)
        metrics = json.loads((made / "metrics.json").read_text(encoding="utf-8"))
        sizes = [(made / "checkpoints" / f"{name}.ckpt").stat().st_size / MB for name in ("last", "best")]
    scores = [metrics[part]["f1_macro"] for part in ("validation", "test")]
    return Fit(scores[0], scores[1], ended.cpu_seconds, ended.peak_gib, sizes[0], sizes[1])


def row(name: str, fits: Sequence[Fit], first: Sequence[Fit], *, test: bool) -> str:
    """Returns the line of an arm."""
    cells = [name]
    for part in ("validation", *(["test"] if test else [])):
        values, others = ([getattr(each, part) for each in arm] for arm in (fits, first))
        apart = [a - b for a, b in zip(values, others, strict=True)]
        cells += [f"{statistics.fmean(values):.3f}", "" if fits is first else ahead(apart)]
    taken = {
        kind: statistics.fmean(getattr(each, kind) for each in fits)
        for kind in ("cpu_seconds", "peak_gib", "last_mb", "best_mb")
    }
    cells += [f"{taken['cpu_seconds']:.0f}", f"{taken['peak_gib']:.2f}"]
    cells += [f"{taken['last_mb']:.1f}", f"{taken['best_mb']:.1f}"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Prints a line a fit, and a table of each table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="*", default=["demo"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--arms", nargs="+", default=list(ARMS), metavar="NAME=OPTIONS")
    parser.add_argument("--test", action="store_true", help="tell the scores of the test rows, too")
    asked = parser.parse_args()
    arms = {name: shlex.split(options) for name, _, options in (each.partition("=") for each in asked.arms)}
    parts = ["validation", "against the first", *(["test", "against the first"] if asked.test else [])]
    header = ["arm", *parts, "CPU s", "peak GiB", "last.ckpt MB", "best.ckpt MB"]
    for table in asked.tables:
        found: dict[str, list[Fit]] = {name: [] for name in arms}
        for seed in range(asked.seeds):
            for name, options in arms.items():
                found[name].append(fit(table, options, seed=seed, epochs=asked.epochs))
                print(f"{table}, seed {seed}, {name}: {found[name][-1].validation:.4f}", flush=True)
        print(f"\n{table}, {asked.seeds} seeds, {asked.epochs} epochs\n")
        print(f"| {' | '.join(header)} |\n|{'---|' * len(header)}")
        first = next(iter(found.values()))
        for name, fits in found.items():
            print(row(name, fits, first, test=asked.test), flush=True)
        print()


if __name__ == "__main__":
    main()
