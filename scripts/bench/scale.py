"""How time and memory grow with the table: 10 thousand, 100 thousand and 1 million rows, each in a fresh process.

    python scripts/bench/scale.py TABLE.csv [--plot docs/measured/scale.png]
    python scripts/bench/scale.py TABLE.csv --sizes 100000 1000000 --processes 1 2 4 8

The rows of TABLE are repeated, each with its number behind it so that no two are equal. For each size: seconds to read,
to divide, to tokenise (nothing in the cache) and to check, the peak of the process's memory until then, and its
memory at training steps 20 and 200 with the embedded model (texts cut at 48 tokens, so that the longest are soon met).
The tokenising is compared, on 100 thousand rows at most, with the tokenizer's own `encode_batch_fast`, in pieces of 500
or 10,000 (the better counts), and with `datasets.map`. With --processes: seconds from the start of `fit` on so many CPU
processes, tokens from the cache, until all have their first batch, and the memory of all together, then and at the
peak, pages that several have in common counted once (Linux). Needs `pip install -e '.[demo,bench]'`; takes minutes.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from child import run, tell

SIZES = (10_000, 100_000, 1_000_000)
COMPARED = 100_000
GIB = 2**30


def make_table(source: Path, rows: int, target: Path) -> None:
    """Writes a table of so many different rows."""
    table = pd.read_csv(source)[["texto", "rotulo"]]
    table = table.iloc[[number % len(table) for number in range(rows)]].reset_index(drop=True)
    table["texto"] = table.texto.astype(str) + " " + table.index.astype(str)
    table.to_csv(target, index=False)


def seconds(work: Callable[[], Any]) -> float:
    """Returns the time that something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(table: Path) -> None:
    """Reads, divides, tokenises and checks one table, trains some steps, and tells what it took."""
    import resource

    import lightning.pytorch as pl
    import psutil

    from finetune import TextClassifier, TextData
    from finetune.data import loading, rows
    from finetune.data.checks.doctor import examine
    from finetune.pretrained.folder import model_folder

    took: dict[str, float] = {}

    def timed(where: Any, name: str) -> None:
        original = getattr(where, name)

        def wrapper(*args: Any, **options: Any) -> Any:
            start = time.perf_counter()
            result = original(*args, **options)
            took[name] = time.perf_counter() - start
            return result

        setattr(where, name, wrapper)

    for where, name in ((rows, "read_source"), (rows, "all_parts"), (loading, "tokenize_rows")):
        timed(where, name)
    model_folder("embedded")  # unpacked once, which is no part of this
    before = psutil.Process().memory_info().rss
    data, steps = TextData(str(table), tokenizer="embedded", max_length=48), {}
    with tempfile.TemporaryDirectory() as cache:
        loading.cache_dir = lambda: Path(cache)
        data.setup("fit")
        took["check"] = seconds(lambda: examine(data.examined()))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

        class Memory(pl.Callback):
            def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
                if trainer.global_step in (20, 200):
                    steps[trainer.global_step] = psutil.Process().memory_full_info().uss / GIB

        quiet: dict[str, Any] = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
        trainer = pl.Trainer(
            max_steps=200, limit_val_batches=0, callbacks=[Memory()], precision="bf16-mixed", **quiet
        )
        trainer.fit(TextClassifier("embedded"), data)
        peers = tokenizing_peers(data)
    tell(
        rows=len(data.tables["train"].row),
        read=took["read_source"],
        divide=took["all_parts"],
        tokenize=took["tokenize_rows"],
        check=took["check"],
        before_gib=before / GIB,
        peak_gib=peak / GIB,
        steps_gib=steps,
        **peers,
    )


def tokenizing_peers(data: Any) -> dict[str, float]:
    """Returns rows/s of ours, of the tokenizer alone, and of `datasets.map`, on the same rows."""
    from datasets import Dataset, disable_progress_bars

    from finetune.data.batching.tokens import plain, tokenize

    texts, tokenizer = data.tables["train"].text[:COMPARED], data.tokenizer

    def alone(together: int) -> float:
        backend = plain(tokenizer)  # a new one, as ours has: it remembers words
        starts = range(0, len(texts), together)
        return seconds(lambda: [len(backend.encode_batch_fast(texts[i : i + together])) for i in starts])

    disable_progress_bars()
    with tempfile.TemporaryDirectory() as cache:
        ours = seconds(lambda: tokenize(texts, tokenizer, cache=Path(cache)))
        best = min(alone(500), alone(10_000))
        dataset = Dataset.from_dict({"text": texts})
        mapped = seconds(
            lambda: dataset.map(lambda rows: tokenizer(rows["text"]), batched=True, batch_size=1000)
        )
    return {"ours": len(texts) / ours, "alone": len(texts) / best, "map": len(texts) / mapped}


FILL_CACHE = (
    "import sys; from finetune import TextData; TextData(sys.argv[1], tokenizer='embedded').setup('fit')"
)


def first_batch(table: Path, cache: Path, processes: int) -> dict[str, Any]:
    """Begins a fit on so many processes, whose tokens are in the cache; returns what was told."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *("-m", "finetune", "fit", "--data.path", str(table), "--trainer.default_root_dir", folder),
            *("--trainer.accelerator", "cpu", "--trainer.devices", str(processes)),
            *("--trainer.strategy", "ddp" if processes > 1 else "auto"),
            *("--model.head_start", "none", "--data.on_findings", "skip", "--hardware_tier", "null"),
            *("--trainer.callbacks+=clocks.FirstBatch", "--trainer.num_sanity_val_steps", "0"),
        ]
        return run(command, environment={"FINETUNE_CACHE": str(cache), "OMP_NUM_THREADS": "1"}).told


def processes_of(source: Path, sizes: list[int], counts: list[int]) -> None:
    """Prints what tables take of several processes."""
    print("| rows | processes | first batch, s | of processors, s | memory, GiB | at the peak |")
    print("|---|---|---|---|---|---|")
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            table, cache = Path(folder) / "table.csv", Path(folder) / "cache"
            make_table(source, rows, table)
            run(["-c", FILL_CACHE, str(table)], environment={"FINETUNE_CACHE": str(cache)}, tells=False)
            for count in counts:
                told = first_batch(table, cache, count)
                names = ("seconds", "cpu_seconds", "kept_gib", "peak_gib")
                cells = "| {:,} | {} | {:.0f} | {:.0f} | {:.2f} | {:.2f} |".format(
                    rows, count, *map(told.get, names)
                )
                print(cells, flush=True)


def plot(found: list[dict[str, Any]], path: Path) -> None:
    """Draws seconds and memory over the number of rows."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    rows = [one["rows"] for one in found]
    for name, label in (
        ("read", "reading"),
        ("divide", "dividing"),
        ("tokenize", "tokenising"),
        ("check", "checking"),
    ):
        left.loglog(rows, [one[name] for one in found], "o-", label=label)
    left.set(title="Seconds until the data is ready", xlabel="rows")
    right.semilogx(rows, [one["peak_gib"] for one in found], "o-", label="peak until the data is ready")
    for step in ("20", "200"):
        right.semilogx(rows, [one["steps_gib"][step] for one in found], "o--", label=f"training, step {step}")
    right.set(title="Memory of the process, GiB", xlabel="rows")
    right.set_ylim(bottom=0)
    for axes in (left, right):
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=110)


def main() -> None:
    """Measures each size and prints a table in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path, help="table with the columns texto and rotulo")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="rows")
    parser.add_argument("--plot", type=Path, help="PNG or SVG to draw")
    parser.add_argument("--processes", type=int, nargs="+", help="of how many to look at the first batch")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)  # in a process of its own
    given = parser.parse_args()
    if given.measure:
        measure(given.table)
        return
    if given.processes:
        processes_of(given.table, given.sizes, given.processes)
        return
    found = []
    print(
        "| rows | read, s | divide, s | tokenise, s | check, s | peak, GiB | step 20, GiB | step 200, GiB | "
        "of its own | map |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for rows in given.sizes:
            table = Path(folder) / f"{rows}.csv"
            make_table(given.table, rows, table)
            one = run([__file__, str(table), "--measure"]).told
            found.append(one)
            print(
                f"| {one['rows']:,} | {one['read']:.1f} | {one['divide']:.1f} | {one['tokenize']:.1f} | "
                f"{one['check']:.1f} | "
                f"{one['peak_gib']:.2f} | {one['steps_gib']['20']:.2f} | {one['steps_gib']['200']:.2f} | "
                f"{100 * one['ours'] / one['alone']:.0f} % | {100 * one['map'] / one['alone']:.0f} % |",
                flush=True,
            )
    if given.plot:
        plot(found, given.plot)


if __name__ == "__main__":
    main()
