"""Reads many files that nobody would think of, each in a child with bounds: none may be read wrongly, crash or hang.

    python scripts/prove/fuzz_tables.py                     # 10,000 files and the crafted ones: some twenty minutes
    python scripts/prove/fuzz_tables.py --files 500 --seed 7

Three of ten files are valid tables whose rows are known (`valid_tables`), the others are broken ones (`broken_tables`);
besides there are the crafted ones (`crafted_tables`). A valid file has to give its rows. Any other has to give rows, or
a sentence of `finetune.errors` of at most 4,000 characters. What is read is written again as `predict` writes it, and
every fiftieth goes through the checks of the data. A table may take 1 GiB (`FINETUNE_MOST_GIB`): by default it is half
of what is free, and a bomb of 8 GiB is refused a minute later. What fails is kept in a folder, whose name is printed.
"""

import argparse
import importlib
import json
import os
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["FINETUNE_MOST_GIB"] = "1"

from bounded import Bounds, Ended, run_all
from broken_tables import write_broken
from crafted_tables import CRAFTED
from made_up import write_tiny_model
from valid_tables import write_valid

VALID = 0.3
CHECKED = 50
MOST_CHECKED = 1 << 20
"""Bytes of a file above which it is only read: a simple model of tens of thousands of rows takes a minute."""

LONGEST = 4000
"""Characters of an error: more than that nobody reads."""

FAULTS = ("wrong", "traceback", "signal", "hang", "memory", "long")

USED = (
    "lightning.pytorch",
    "finetune.data.loading",
    "finetune.evaluation.label_errors",
    "finetune.evaluation.predicted_table",
)

Job = tuple[str, Callable[[], str]]


def jobs(folder: Path, *, files: int, crafted: bool, seed: int, model: Path) -> Iterator[Job]:
    """Yields what each child does: make a file, and use it."""
    for make in CRAFTED if crafted else ():
        yield f"crafted {make.__name__}", partial(used, partial(crafted_file, make, folder), folder, None)
    for number in range(files):
        choice = random.Random(f"{seed}-{number}")
        valid = choice.random() < VALID
        make = partial(valid_file if valid else broken_file, folder, number, choice)
        checker = model if number % CHECKED == 0 else None
        yield f"{'valid' if valid else 'broken'} {number:06d}", partial(used, make, folder, checker)


Made = tuple[Path, dict[str, list[str]] | None]


def valid_file(folder: Path, number: int, choice: random.Random) -> Made:
    """Writes a valid file; returns it with what has to be read."""
    path, known = write_valid(folder, number, choice)
    return path, known.expected()


def broken_file(folder: Path, number: int, choice: random.Random) -> Made:
    """Writes a broken file."""
    return write_broken(folder, number, choice), None


def crafted_file(make: Callable[[Path], Path], folder: Path) -> Made:
    """Writes a crafted file."""
    return make(folder), None


def used(make: Callable[[], Made], folder: Path, model: Path | None) -> str:
    """Makes a file, reads it, writes it again and, with a model, checks it; returns what came of it as JSON."""
    from finetune.errors import UserError

    path, expected = make()
    try:
        outcome = read(path, folder, expected)
        if model is not None and outcome["outcome"] == "read" and path.stat().st_size < MOST_CHECKED:
            check(path, model)
    except UserError as error:
        said = str(error)
        outcome = {"outcome": "refused" if expected is None else "wrong", "said": said[:LONGEST]}
        if len(said) > LONGEST:
            outcome["outcome"] = "long"
    if outcome["outcome"] in ("read", "refused"):
        path.unlink()
    return json.dumps(outcome)


def read(path: Path, folder: Path, expected: dict[str, list[str]] | None) -> dict[str, str]:
    """Reads a file, and what is written from it."""
    import numpy as np

    from finetune.data.tables import read_source
    from finetune.data.windows import read_windows
    from finetune.evaluation.predicted_table import own_columns, prepared, spread, write_predictions
    from finetune.tasks.calibration import Calibration
    from finetune.tasks.single_label import single_label

    table = next(iter(read_source(path).values()))
    found = {"text": table.text, "label": table.label}
    if expected is not None and found != expected:
        return {"outcome": "wrong", "said": difference(expected, found)}
    # predictions are written as JSON Lines, never as another shape of JSON
    written = folder / re.sub(r"\.json\b", ".jsonl", f"written {path.name}")
    try:
        windows = next(iter(read_windows(path, text_column=table.text_column).values())).seen()
        labels, task, likely = ["não", "sim"], single_label(), np.full((windows.rows, 2), 0.5)
        columns = task.columns(task.answer(likely, Calibration()), likely, labels)
        answers = spread(columns, np.arange(windows.rows), windows.rows)
        first, size = windows.first_row, windows.size
        write_predictions(
            prepared(written, windows, labels=labels, own=own_columns(task, labels)),
            windows,
            lambda number: answers.iloc[first(number) : first(number) + size],
        )
        again = next(iter(read_source(written, text_column=table.text_column, need_labels=False).values()))
    finally:
        written.unlink(missing_ok=True)
    if expected is not None and [plain(text) for text in again.text] != expected["text"]:
        return {"outcome": "wrong", "said": difference({"text": expected["text"]}, {"text": again.text})}
    return {"outcome": "read", "said": f"{len(table.row)} rows"}


def plain(text: str) -> str:
    """A text without the mark that keeps a spreadsheet from computing it."""
    return text[1:].strip() if text[:2] in ("'=", "'-", "'+", "'@") else text


def difference(expected: dict[str, list[str]], found: dict[str, list[str] | None]) -> str:
    """Says where what was read is not what was written."""
    for name, cells in expected.items():
        other = found[name] or []
        if len(cells) != len(other):
            return f"{name}: {len(other)} in place of {len(cells)}"
        for row, (cell, read_cell) in enumerate(zip(cells, other, strict=True)):
            if cell != read_cell:
                return f"{name} of row {row}: {read_cell[:200]!r} in place of {cell[:200]!r}"
    return "in nothing that was looked at"


def check(path: Path, model: Path) -> None:
    """Goes through the checks of the data, those that train a simple model too."""
    from finetune.data.asked import Asked, Reading
    from finetune.data.dividing.parts import Division
    from finetune.data.loading import find_faults
    from finetune.evaluation.label_errors import AFTER_TRAINING

    asked = Asked(
        {"train": str(path), "validation": None, "test": None, "predict": None},
        Reading(),
        Division(),
        tokenizer=str(model),
    )
    find_faults(asked, more=AFTER_TRAINING, tell=print)


def fault_of(ended: Ended) -> str:
    """Returns the kind of fault of an end, "" for none."""
    if ended.fault:
        return ended.fault.split()[0]
    outcome = str(json.loads(ended.said)["outcome"])
    return outcome if outcome in FAULTS else ""


def told(ended: Ended) -> str:
    """Returns an end in a line or a few."""
    said = ended.said if ended.fault else json.loads(ended.said)["said"]
    took = f"{ended.cpu_seconds:.1f} s, {ended.memory_gib:.2f} GiB"
    return f"{ended.name}: {ended.fault or fault_of(ended)} ({took})\n{said}"


def summary(ends: list[Ended]) -> str:
    """Returns the table of what came of all."""
    lines = ["| files | read | refused | " + " | ".join(FAULTS) + " | most CPU seconds | most GiB |"]
    lines.append("|---" * (len(FAULTS) + 5) + "|")
    for kind in ("valid", "broken", "crafted"):
        own = [each for each in ends if each.name.startswith(kind)]
        if not own:
            continue
        faults = Counter(fault_of(each) for each in own)
        outcomes = Counter(json.loads(each.said)["outcome"] for each in own if not fault_of(each))
        counts = [outcomes["read"], outcomes["refused"], *(faults[name] for name in FAULTS)]
        most = f"{max(each.cpu_seconds for each in own):.1f} | {max(each.memory_gib for each in own):.2f}"
        lines.append(f"| {len(own):,} {kind} | {' | '.join(map(str, counts))} | {most} |")
    return "\n".join(lines)


def fuzz(
    folder: Path,
    *,
    files: int,
    crafted: bool,
    seed: int,
    bounds: Bounds,
    at_once: int,
    tell: Callable[[str], None],
) -> list[Ended]:
    """Makes and uses so many files in a folder; returns how each ended."""
    for module in USED:  # before the first fork, for all
        importlib.import_module(module)

    model = folder / "tiny"
    write_tiny_model(model)
    ends = []
    work = jobs(folder, files=files, crafted=crafted, seed=seed, model=model)
    for ended in run_all(work, bounds, at_once=at_once, folder=folder):
        ends.append(ended)
        if fault_of(ended):
            tell(told(ended))
    return ends


def main() -> int:
    """Runs it; returns 1 where there was a fault."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no_crafted", action="store_true")
    parser.add_argument("--cpu_seconds", type=int, default=60)
    parser.add_argument("--memory_gib", type=float, default=3.0)
    parser.add_argument("--at_once", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="fuzz_tables_"))
    bounds = Bounds(arguments.cpu_seconds, 10 * arguments.cpu_seconds, arguments.memory_gib)
    ends = fuzz(
        folder,
        files=arguments.files,
        crafted=not arguments.no_crafted,
        seed=arguments.seed,
        bounds=bounds,
        at_once=arguments.at_once,
        tell=lambda text: print(text, flush=True),
    )
    print(summary(ends))
    if any(fault_of(each) for each in ends):
        print(f"the files are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
