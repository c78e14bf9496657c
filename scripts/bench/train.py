"""Training speed beside Hugging Face `Trainer`: same model, rows, epochs and effective batch, in fresh processes.

    python scripts/bench/train.py TRAIN.csv VALIDATION.csv TEST.csv

A        `finetune fit` with its defaults.
B        `Trainer` as an expert sets it: float32 weights, bf16 autocast (where the processor has it), batches grouped by
         length and padded to a multiple of 8, best of the epochs kept.
B+       B with glibc's allocator thresholds raised as `KeepMemory` does.
C        the tutorial recipe: every text padded to 512 tokens, float32, batches of 8; a few rows, speed only.

Speed counts the steps alone: no loading, evaluation or saving. "Whole" is the process from start to end, which in A
also tests and exports. Peak memory is the process's resident set. The limit is what matrix products alone reach in A's
process, after its training; the share counts 6 floating-point operations for each parameter outside the embeddings and
each real token. Needs `pip install -e '.[demo,bench]'`; nothing else should run on the machine meanwhile.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from lightning.pytorch import Callback, LightningModule, Trainer

BATCH = 16
MARK = "bench: "
"""Before the line of JSON that a process ends with."""

PEER_RATE = 1e-4
"""Peak learning rate of B: twice the Trainer's default, for the embedded model is narrow; not tuned."""

TUTORIAL_ROWS = 64


def say(**facts: Any) -> None:
    """Tells the process that started this one."""
    print(f"{MARK}{json.dumps(facts)}", flush=True)


# ---- the limit ----------------------------------------------------------------------------------------------


def matmul_rate(shapes: list[tuple[int, int, int]], dtype: torch.dtype, *, seconds: float = 0.5) -> float:
    """Returns the best rate that products of a shape (m, k, n) keep up, in floating-point operations a second."""
    rates = []
    for m, k, n in shapes:
        a, b = torch.randn(m, k).to(dtype), torch.randn(n, k).to(dtype).t()
        torch.mm(a, b)
        start, done = time.perf_counter(), 0
        while time.perf_counter() < start + seconds:
            torch.mm(a, b)
            done += 1
        rates.append(done * 2 * m * k * n / (time.perf_counter() - start))
    return max(rates)


def shapes_of(module: torch.nn.Module, tokens: int) -> list[tuple[int, int, int]]:
    """Returns large squares and the shapes of the module's own layers, for so many tokens."""
    layers = {(m.in_features, m.out_features) for m in module.modules() if isinstance(m, torch.nn.Linear)}
    return [(size,) * 3 for size in (1024, 2048, 4096)] + [(tokens, k, n) for k, n in sorted(layers)]


def parameters_of(network: Any) -> int:
    """Returns the number of parameters outside the word, position and type embeddings."""
    return sum(p.numel() for name, p in network.named_parameters() if "embeddings" not in name)


class TrainingClock(Callback):
    """Times the steps of a fit of ours, and measures the machine's limit when they are over."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.start = self.last = 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock."""
        self.start = time.perf_counter()

    def on_train_batch_end(self, *_: Any) -> None:
        """Looks at the clock."""
        self.last = time.perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Counts the epoch up to its last step."""
        self.seconds += self.last - self.start

    def on_train_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Tells the times and the limit."""
        dtype = torch.bfloat16 if "bf16" in trainer.precision else torch.float32
        data = trainer.datamodule  # type: ignore[attr-defined]
        tokens = data.tokens_of("train")
        say(
            seconds=self.seconds,
            epochs=trainer.current_epoch,
            tokens=tokens,
            parameters=parameters_of(pl_module.network),
            precision=trainer.precision,
            limit=matmul_rate(shapes_of(pl_module, tokens * BATCH // data.train_rows), dtype),
        )


# ---- the peers, each in a process of its own --------------------------------------------------------------------


def peer(arm: str, folder: Path, epochs: int) -> None:
    """Trains with `transformers.Trainer` and tells seconds and macro-F1 on the test rows."""
    from datasets import Dataset
    from sklearn.metrics import f1_score
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        TrainerCallback,
        TrainingArguments,
        set_seed,
    )
    from transformers import Trainer as PeerTrainer

    from callbacks.hardware.precision import cpu_has_bf16
    from callbacks.keep_memory import keep_freed_memory
    from finetune.pretrained.folder import model_folder

    tutorial = arm == "C"
    if arm == "B+":
        keep_freed_memory()
    set_seed(42)
    name = model_folder("embedded")
    tokenizer = AutoTokenizer.from_pretrained(name)
    tables = {part: pd.read_csv(folder / f"{part}.csv") for part in ("train", "validation", "test")}
    labels = sorted(tables["train"].rotulo.astype(str).unique())

    def dataset(part: str, rows: int | None = None) -> Any:
        table = tables[part][:rows]
        padding = "max_length" if tutorial else False
        ids = tokenizer(list(table.texto), truncation=True, max_length=512, padding=padding)
        numbers = [labels.index(str(label)) for label in table.rotulo]
        return Dataset.from_dict({**ids, "labels": numbers, "length": [len(i) for i in ids["input_ids"]]})

    class Clock(TrainerCallback):  # type: ignore[misc]
        seconds = 0.0

        def on_epoch_begin(self, *_: Any, **__: Any) -> None:
            self.start = time.perf_counter()

        def on_epoch_end(self, *_: Any, **__: Any) -> None:
            self.seconds += time.perf_counter() - self.start

    def macro_f1(prediction: Any) -> dict[str, float]:
        return {
            "f1_macro": f1_score(prediction.label_ids, prediction.predictions.argmax(-1), average="macro")
        }

    with tempfile.TemporaryDirectory() as out:
        common: dict[str, Any] = {"output_dir": out, "report_to": "none", "use_cpu": True, "seed": 42}
        settings = (
            TrainingArguments(**common, per_device_train_batch_size=8, num_train_epochs=1, save_strategy="no")
            if tutorial
            else TrainingArguments(
                **common,
                per_device_train_batch_size=BATCH,
                per_device_eval_batch_size=64,
                num_train_epochs=epochs,
                learning_rate=PEER_RATE,
                warmup_steps=0.1,
                weight_decay=0.01,
                bf16=cpu_has_bf16(),
                train_sampling_strategy="group_by_length",
                eval_strategy="epoch",
                save_strategy="epoch",
                load_best_model_at_end=True,
                metric_for_best_model="f1_macro",
            )
        )
        clock = Clock()
        trainer = PeerTrainer(
            model=AutoModelForSequenceClassification.from_pretrained(
                name, num_labels=len(labels), dtype=torch.float32
            ),
            args=settings,
            train_dataset=dataset("train", TUTORIAL_ROWS if tutorial else None),
            eval_dataset=None if tutorial else dataset("validation"),
            data_collator=DataCollatorWithPadding(tokenizer, pad_to_multiple_of=8),
            compute_metrics=macro_f1,
            callbacks=[clock],
        )
        trainer.train()
        score = None if tutorial else trainer.evaluate(dataset("test"))["eval_f1_macro"]
    say(seconds=clock.seconds, f1_macro=score)


# ---- a fresh process ----------------------------------------------------------------------------------------


def ours(folder: Path, epochs: int) -> list[str]:
    """Returns the command of A: the defaults, and the clock."""
    paths = {"path": "train", "validation_path": "validation", "test_path": "test"}
    return [
        *("-m", "finetune", "fit", "--trainer.max_epochs", str(epochs)),
        *(word for key, part in paths.items() for word in (f"--data.{key}", str(folder / f"{part}.csv"))),
        *("--trainer.default_root_dir", str(folder), "--trainer.callbacks+=train.TrainingClock"),
    ]


def measure(arm: str, folder: Path, epochs: int) -> dict[str, Any]:
    """Runs one arm in a process of its own; returns what it told, its seconds from start to end, and its peak."""
    script = Path(__file__)
    command = (
        ours(folder, epochs)
        if arm == "A"
        else [str(script), "--arm", arm, "--epochs", str(epochs), *[str(folder)] * 3]
    )
    log = folder / f"{arm}.log"
    start = time.perf_counter()
    process = os.posix_spawn(
        sys.executable,
        [sys.executable, *command],
        {**os.environ, "PYTHONPATH": str(script.parent)},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )
    _, status, usage = os.wait4(process, 0)
    told = [line for line in log.read_text().splitlines() if line.startswith(MARK)]
    if status or not told:
        raise SystemExit(f"{arm} failed:\n{log.read_text()[-3000:]}")
    facts = json.loads(told[-1].removeprefix(MARK))
    facts |= {"whole": time.perf_counter() - start, "peak_gib": usage.ru_maxrss / 2**20}
    if arm == "A":
        newest = max(
            (folder / "lightning_logs").glob("*/metrics.json"), key=lambda path: path.stat().st_mtime
        )
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


def spread(values: list[float], digits: int = 1) -> str:
    """Returns minimum, median and maximum."""
    return " / ".join(
        f"{value:,.{digits}f}" for value in (min(values), statistics.median(values), max(values))
    )


def report(found: dict[str, list[dict[str, Any]]]) -> None:
    """Prints the tables."""
    print(
        "\n| arm | samples/s min / median / max | macro-F1 | peak GiB | whole, seconds |\n|---|---|---|---|---|"
    )
    for arm, runs in found.items():
        scores = [run["f1_macro"] for run in runs if run["f1_macro"] is not None]
        print(
            f"| {arm} | {spread([run['speed'] for run in runs])} | {spread(scores, 3) if scores else ''} | "
            f"{spread([run['peak_gib'] for run in runs], 2)} | {spread([run['whole'] for run in runs], 0)} |"
        )
    print()
    for arm, runs in found.items():
        ratios = [a["speed"] / b["speed"] for a, b in zip(found["A"], runs, strict=False)]
        if arm != "A":
            print(
                f"A/{arm}: {', '.join(f'{ratio:.2f}' for ratio in ratios)}; median {statistics.median(ratios):.2f}"
            )
    limits = [run["limit"] / 1e9 for run in found["A"]]
    reached = [6 * run["parameters"] * run["tokens"] * run["epochs"] / run["seconds"] for run in found["A"]]
    shares = [100 * done / run["limit"] for done, run in zip(reached, found["A"], strict=True)]
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
    parser.add_argument("--arm", help=argparse.SUPPRESS)  # set in the processes that this one starts
    given = parser.parse_args()
    if given.arm:
        peer(given.arm, given.train, given.epochs)
        return
    found: dict[str, list[dict[str, Any]]] = {arm: [] for arm in given.arms}
    with tables([given.train, given.validation, given.test], given.rows, given.validation_rows) as folder:
        for pair in range(given.pairs):
            for arm in given.arms:
                if arm == "C" and pair >= 3:
                    continue  # one step takes over 10 seconds
                facts = measure(arm, folder, given.epochs)
                rows = TUTORIAL_ROWS if arm == "C" else given.rows * given.epochs
                facts["speed"] = rows / facts["seconds"]
                found[arm].append(facts)
                print(f"pair {pair + 1}, {arm}: {facts['speed']:.1f} samples/s", file=sys.stderr, flush=True)
    report(found)


if __name__ == "__main__":
    main()
