"""`finetune watch` over a thousand files: its memory stays where it was, and every file is answered once.

    python scripts/prove/watch_many.py RUN TABLE [--files 1000] [--rows 50] [--engine auto]

Files of some rows of TABLE come one after the other, each once the one before is answered; every tenth is no table.
Told are the resident memory after a tenth of the files and at the end, what it grew by, and the seconds a file takes
beside those that it has to stand still. Exit status 1 where a file was not answered, or answered twice, or the memory
grew by more than 32 MiB.
"""

import argparse
import csv
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

MOST_MIB = 32
PATIENCE = 120


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run")
    parser.add_argument("table", type=Path)
    parser.add_argument("--files", type=int, default=1_000)
    parser.add_argument("--rows", type=int, default=50)
    parser.add_argument("--engine", default="auto")
    chosen = parser.parse_args(arguments)
    with chosen.table.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    with tempfile.TemporaryDirectory() as root:
        source, answers = Path(root, "in"), Path(root, "out")
        source.mkdir()
        answers.mkdir()
        command = [sys.executable, "-m", "finetune", "watch", "--run", chosen.run, "--engine", chosen.engine]
        command += ["--in", str(source), "--out", str(answers), "--still_seconds", "0", "--every", "0.01"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as watching:
            try:
                return measured(watching, source, answers, names, rows, chosen)
            finally:
                watching.send_signal(signal.SIGTERM)
                watching.wait(PATIENCE)


def measured(
    watching: "subprocess.Popen[bytes]",
    source: Path,
    answers: Path,
    names: list[str],
    rows: list[list[str]],
    chosen: argparse.Namespace,
) -> int:
    """Puts the files, tells the memory, and returns the exit status."""
    process, rng = psutil.Process(watching.pid), random.Random(0)
    begun, tables, memory = time.perf_counter(), 0, []
    for number in range(chosen.files):
        wrong = number % 10 == 9
        beside = source / f".{number}"
        with beside.open("w", encoding="utf-8", newline="") as file:
            table = [["%PDF-1.4"], [str(number)]] if wrong else [names, *rng.sample(rows, chosen.rows)]
            csv.writer(file).writerows(table)
        beside.rename(source / f"{number}.csv")
        tables += not wrong
        wait(source / "erros" / f"{number}.csv" if wrong else None, answers, tables, watching)
        memory.append(process.memory_info().rss / 2**20)
    seconds = (time.perf_counter() - begun) / chosen.files
    names_of = [file.name for file in answers.glob("*.csv")]
    once = len(names_of) == tables == len({name.split("_")[0] for name in names_of})
    early, late = memory[chosen.files // 10], memory[-1]
    found = {
        "files": chosen.files,
        "answered": len(names_of),
        "once": once,
        "seconds_a_file": round(seconds, 3),
    }
    found |= {
        "mib_after_a_tenth": round(early),
        "mib_at_the_end": round(late),
        "mib_most": round(max(memory)),
    }
    print(json.dumps(found))
    return 0 if once and late - early <= MOST_MIB else 1


def wait(moved: Path | None, answers: Path, tables: int, watching: "subprocess.Popen[bytes]") -> None:
    """Waits until a file is dealt with."""
    until = time.monotonic() + PATIENCE
    while not (moved.exists() if moved else len(list(answers.glob("*.csv"))) >= tables):
        if time.monotonic() > until or watching.poll() is not None:
            raise TimeoutError(tables)
        time.sleep(0.005)


if __name__ == "__main__":
    sys.exit(main())
