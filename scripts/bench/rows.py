"""What rows cost each process: reading, the order of an epoch, making batches; each measured in a fresh process.

    python scripts/bench/rows.py
    python scripts/bench/rows.py --sizes 100000 1000000 --orders 1000000 10000000

The table is made of words of the demonstration table, 30 to a row and no two rows the same, with the embedded model's
tokenizer. "First" is the process that finds no tokens in the cache, as rank 0 does; "other" one that finds them, as
all other ranks do; "with the hash" is its peak when the first checkpoint is written, which keeps a hash of the
table. Peak and kept are memory that no other process shares (USS), beyond what the process has without a
table; the tokens are mapped from one file, which all share. The orders need lengths alone, and are measured up to
larger sizes. Needs `pip install -e '.[demo]'`; takes some minutes and 6 GiB of memory.
"""

import argparse
import gc
import logging
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from child import run, tell

from finetune.data.rows import DEMO

SIZES = (10_000, 100_000, 1_000_000)
ORDERS = (1_000_000, 10_000_000)
PROCESSES = (1, 2, 4, 8)
MEMORIES_GIB = (16, 64, 256)
"""For which it is added up."""

WORDS = 30
GIB, MIB = 2**30, 2**20
BATCHED_ROWS = 20_000


def make_table(rows: int, target: Path) -> None:
    """Writes a table of so many rows, some thousand at a time."""
    texts = pd.read_csv(DEMO).texto.str.replace(r'[;"]', " ", regex=True)
    words = np.array(" ".join(texts).split())  # as often as they occur
    random = np.random.default_rng(0)
    with target.open("w", encoding="utf-8") as file:
        file.write("texto;rotulo\n")
        for start in range(0, rows, 10_000):
            chosen = words[random.integers(len(words), size=(min(10_000, rows - start), WORDS - 1))]
            file.writelines(
                f"{' '.join(row)} {number};classe {number % 8}\n"
                for number, row in enumerate(chosen.tolist(), start)
            )


# ---- in a process of its own --------------------------------------------------------------------------------


def own_bytes() -> int:
    """Returns the memory of this process that it shares with no other."""
    import psutil

    gc.collect()
    return int(psutil.Process().memory_full_info().uss)


class Watched:
    """The memory that a piece of work takes at its peak and keeps, and its seconds."""

    def __init__(self, work: Callable[[], Any]) -> None:
        import psutil

        self.before, self.peak = own_bytes(), 0
        done = threading.Event()

        def watch() -> None:
            process = psutil.Process()
            while not done.wait(0.05):
                self.peak = max(self.peak, process.memory_full_info().uss - self.before)

        watcher = threading.Thread(target=watch)
        watcher.start()
        start = time.perf_counter()
        self.result = work()
        self.seconds = time.perf_counter() - start
        done.set()
        watcher.join()
        self.kept = own_bytes() - self.before
        self.peak = max(self.peak, self.kept)


def measure_table(table: str, cache: str) -> dict[str, float]:
    """Reads, divides and tokenises a table or finds its tokens, and makes batches of some rows."""
    from itertools import islice

    from finetune import TextData
    from finetune.data import module
    from finetune.pretrained.folder import model_folder

    logging.disable(logging.INFO)
    model_folder("embedded")
    module.cache_dir = lambda: Path(cache)
    TextData("demo", tokenizer="embedded").setup("fit")  # what is imported on the way is no part of this
    data = TextData(table, tokenizer="embedded", effective_batch_size=32)
    whole = Watched(lambda: data.setup("fit"))
    print_of = Watched(data.fingerprint)
    part = data.parts["train"]
    read = data.tables["train"]
    loader = data.train_dataloader()
    some = BATCHED_ROWS // data.effective_batch_size
    batching = Watched(lambda: sum(len(batch["row"]) for batch in islice(iter(loader), some)))
    arrays = {"index": part.index, "row": part.row, "numbers": part.labels, "lengths": part.tokens.lengths}
    return {
        "seconds": whole.seconds,
        "before": whole.before,
        "peak": whole.peak,
        "kept": whole.kept,
        "hashing": whole.kept + print_of.peak,
        "frame": int(read.frame.memory_usage(deep=True).sum()),
        "labels": sys.getsizeof(read.label),
        "arrays": sum(array.nbytes for array in arrays.values() if array is not None) + read.row.nbytes,
        "tokens": max(file.stat().st_size for file in Path(cache).rglob("*.arrow")),
        "batching": batching.seconds / batching.result,
    }


def lengths_of(rows: int) -> Any:
    """Returns lengths in tokens as texts have them: about 40, few of them long."""
    return np.random.default_rng(0).lognormal(3.6, 0.4, rows).astype(np.int64) + 2


def measure_order(rows: str, size: str) -> dict[str, float]:
    """Makes the order of an epoch of so many training rows, in steps of so many."""
    from finetune.data.batching.batches import StepSampler

    sampler = StepSampler(lengths_of(int(rows)), effective_batch_size=int(size))
    order = Watched(sampler.order)
    return {"seconds": order.seconds, "peak": order.peak}


def measure_evaluation(rows: str) -> dict[str, float]:
    """Makes the order of so many rows to evaluate."""
    from finetune.data.batching.batches import LengthSampler

    lengths = lengths_of(int(rows))
    order = Watched(lambda: LengthSampler(lengths, max_tokens=8192))
    return {"seconds": order.seconds, "peak": order.peak}


MEASURES = {"table": measure_table, "order": measure_order, "evaluation": measure_evaluation}


def alone(name: str, *arguments: object) -> dict[str, float]:
    """Runs one of `MEASURES` in a process of its own."""
    return run([__file__, "--measure", name, *map(str, arguments)]).told


# ---- the tables ---------------------------------------------------------------------------------------------


def together(first: dict[str, float], other: dict[str, float], processes: int) -> tuple[float, float]:
    """Returns what processes keep, and take at the peak: where all read but the first, or where all take the hash."""
    others = processes - 1
    reading = max(first["peak"], first["kept"] + others * other["peak"])
    hashing = first["hashing"] + others * other["hashing"]
    return first["kept"] + others * other["kept"], max(reading, hashing)


def tables_of(sizes: list[int]) -> None:
    """Prints what tables cost the first process and the others, and where the memory ends."""
    print(
        "| rows | CSV, MB | first: s | kept, GiB | peak | other: s | kept, GiB | peak | with the hash "
        f"| {PROCESSES[-1]} together: kept, GiB | peak | tokens, MB | batches, µs/row |\n{'|---' * 13}|"
    )
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "table.csv"
            make_table(rows, table)
            size = table.stat().st_size
            first, other = (alone("table", table, folder) for _ in range(2))
        kept, peak = together(first, other, PROCESSES[-1])
        gib = [first["kept"], first["peak"], other["kept"], other["peak"], other["hashing"], kept, peak]
        shown = [f"{value / GIB:.2f}" for value in gib]
        print(
            f"| {rows:,} | {size / 1e6:,.0f} | {first['seconds']:.1f} | {' | '.join(shown[:2])} | "
            f"{other['seconds']:.1f} | {' | '.join(shown[2:])} | {first['tokens'] / 1e6:,.0f} | "
            f"{1e6 * other['batching']:.1f} |",
            flush=True,
        )
    each = {name: other[name] / rows for name in ("frame", "labels", "arrays", "kept", "hashing", "tokens")}
    print(
        f"\nBytes a row, of {rows:,}: table {each['frame']:.0f}, labels {each['labels']:.0f}, arrays "
        f"{each['arrays']:.0f}; measured {each['kept']:.0f}, {each['hashing']:.0f} at the peak; on the disk "
        f"{each['tokens']:.0f} of tokens. A process without a table takes {other['before'] / GIB:.2f} GiB.\n"
    )
    ends_of(rows, first, other)


def ends_of(rows: int, first: dict[str, float], other: dict[str, float]) -> None:
    """Prints up to how many rows a machine's memory will do, by what so many rows took."""
    print(f"| memory | {' | '.join(map(str, PROCESSES))} processes |\n|---{'|---' * len(PROCESSES)}|")
    for memory_gib in MEMORIES_GIB:
        ends = []
        for processes in PROCESSES:
            free = memory_gib * GIB - processes * other["before"]
            ends.append(f"{rows * free / together(first, other, processes)[1] / 1e6:.1f} M rows")
        print(f"| {memory_gib} GiB | {' | '.join(ends)} |")
    print()


def orders_of(sizes: list[int]) -> None:
    """Prints what the orders cost."""
    print(
        "| rows | training, steps of 16: s | peak, MiB | steps of 256: s | peak, MiB | evaluation: s | peak, MiB |\n"
        "|---|---|---|---|---|---|---|"
    )
    for rows in sizes:
        found = [alone("order", rows, 16), alone("order", rows, 256), alone("evaluation", rows)]
        cells = [f"{one['seconds']:.2f} | {one['peak'] / MIB:,.0f}" for one in found]
        print(f"| {rows:,} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="rows of tables")
    parser.add_argument("--orders", type=int, nargs="+", default=ORDERS, help="rows to put in order")
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)  # in a process of its own
    given = parser.parse_args()
    if given.measure:
        name, *arguments = given.measure
        tell(**MEASURES[name](*arguments))
        return
    tables_of(given.sizes)
    orders_of(given.orders)


if __name__ == "__main__":
    main()
