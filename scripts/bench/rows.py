"""What rows cost each process: reading, the order of an epoch, making batches; each measured in a fresh process.

    python scripts/bench/rows.py
    python scripts/bench/rows.py --sizes 100000 1000000 --orders 1000000 10000000

The table is made of words of the demonstration table, 30 to a row and no two rows the same, with the embedded model's
tokenizer. "First" is the process that reads, divides, tokenises and hashes the table and leaves all for the others of
its machine, as rank 0 does; "other" one that maps what was left. Peak and kept are memory that no other process shares
(USS), beyond what the process has without a table; tokens and what was left are files that all share. The orders need
lengths alone, and are measured up to larger sizes. Needs `pip install -e '.[demo]'`; takes some minutes and 6 GiB of
memory.
"""

import argparse
import gc
import logging
import pickle
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

LEFT = "left"
"""What the file is called that the first process leaves."""

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
    """Reads, divides and tokenises a table, makes batches of some rows, and leaves all for another process."""
    from itertools import islice

    from finetune import TextData
    from finetune.data.handed_on import left_at
    from finetune.data.loading import Loaded

    logging.disable(logging.INFO)
    TextData("demo", tokenizer="embedded").setup("fit")  # what is imported on the way is no part of this
    data = TextData(table, tokenizer="embedded", effective_batch_size=32)
    whole = Watched(lambda: data.setup("fit"))
    hashing = Watched(data.fingerprint)
    part = data.parts["train"]
    loader = data.train_dataloader()
    some = BATCHED_ROWS // data.effective_batch_size
    batching = Watched(lambda: sum(len(batch["row"]) for batch in islice(iter(loader), some)))
    loaded = Loaded(data.tables, data.parts, data.tokenizer, data.labels, data._task, 0, None)
    leaving = Watched(lambda: left_at(Path(cache, LEFT), loaded))
    Path(cache, f"{LEFT}.mapped").write_bytes(pickle.dumps(leaving.result))
    arrays = {"index": part.index, "row": part.row, "numbers": part.labels, "lengths": part.tokens.lengths}
    read = data.tables["train"]
    return {
        "seconds": whole.seconds,
        "before": whole.before,
        "peak": max(whole.peak, whole.kept + hashing.peak, whole.kept + leaving.peak),
        "kept": whole.kept,
        "frame": int(read.frame.memory_usage(deep=True).sum()),
        "labels": sys.getsizeof(read.label),
        "arrays": sum(array.nbytes for array in arrays.values() if array is not None) + read.row.nbytes,
        "tokens": max(file.stat().st_size for file in Path(cache).rglob("*.arrow")),
        "batching": batching.seconds / batching.result,
        "leaving": leaving.seconds,
        "left": Path(cache, LEFT).stat().st_size,
    }


def measure_other(cache: str) -> dict[str, float]:
    """Takes what another process has left."""
    from finetune import TextData
    from finetune.data.handed_on import taken_from

    logging.disable(logging.INFO)
    data = TextData("demo", tokenizer="embedded")
    data.setup("fit")
    mapped = pickle.loads(Path(cache, f"{LEFT}.mapped").read_bytes())
    taking = Watched(lambda: taken_from(mapped, data.tokenizer))
    return {"seconds": taking.seconds, "peak": taking.peak, "kept": taking.kept}


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


MEASURES = {
    "table": measure_table,
    "other": measure_other,
    "order": measure_order,
    "evaluation": measure_evaluation,
}


def alone(name: str, *arguments: object, **environment: str) -> dict[str, float]:
    """Runs one of `MEASURES` in a process of its own."""
    return run([__file__, "--measure", name, *map(str, arguments)], environment=environment).told


# ---- the tables ---------------------------------------------------------------------------------------------


def tables_of(sizes: list[int]) -> None:
    """Prints what tables cost the first process and the others, and where the memory ends."""
    print(
        "| rows | CSV, MB | first: s | kept, GiB | peak | tokens, MB | left for the others: MB | s | other: s "
        f"| kept, GiB | peak | batches, µs/row |\n{'|---' * 12}|"
    )
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "table.csv"
            make_table(rows, table)
            size = table.stat().st_size
            first = alone("table", table, folder, FINETUNE_CACHE=folder)
            other = alone("other", folder, FINETUNE_CACHE=folder)
        cells = (
            *(f"{rows:,}", f"{size / 1e6:,.0f}"),
            *(f"{first['seconds']:.1f}", f"{first['kept'] / GIB:.2f}", f"{first['peak'] / GIB:.2f}"),
            *(f"{first['tokens'] / 1e6:,.0f}", f"{first['left'] / 1e6:,.0f}", f"{first['leaving']:.1f}"),
            *(f"{other['seconds']:.1f}", f"{other['kept'] / GIB:.2f}", f"{other['peak'] / GIB:.2f}"),
            f"{1e6 * first['batching']:.1f}",
        )
        print(f"| {' | '.join(cells)} |", flush=True)
    each = {
        name: first[name] / rows for name in ("frame", "labels", "arrays", "kept", "peak", "tokens", "left")
    }
    print(
        f"\nBytes a row, of {rows:,}: table {each['frame']:.0f}, labels {each['labels']:.0f}, arrays "
        f"{each['arrays']:.0f}; measured {each['kept']:.0f}, {each['peak']:.0f} at the peak; on the disk "
        f"{each['tokens']:.0f} of tokens and {each['left']:.0f} left for the others, each of which takes "
        f"{other['kept'] / rows:.0f} more. A process without a table takes {first['before'] / GIB:.2f} GiB.\n"
    )
    ends_of(rows, first, other)


def ends_of(rows: int, first: dict[str, float], other: dict[str, float]) -> None:
    """Prints up to how many rows a machine's memory will do: the first reads, then all have what it left."""
    print(f"| memory | {' | '.join(map(str, PROCESSES))} processes |\n|---{'|---' * len(PROCESSES)}|")
    for memory_gib in MEMORIES_GIB:
        ends = []
        for processes in PROCESSES:
            free = memory_gib * GIB - processes * first["before"]
            most = max(first["peak"], first["kept"] + first["left"] + processes * other["peak"])
            ends.append(f"{rows * free / (first['peak'] if processes == 1 else most) / 1e6:.1f} M rows")
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
