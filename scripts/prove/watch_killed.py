"""`finetune watch` killed again and again at any moment: every file is answered once, whole, and nothing half is left.

    python scripts/prove/watch_killed.py RUN TABLE [--files 30] [--rows 100] [--seed 0]

Files of rows of TABLE lie in a folder; the command is started and killed (SIGKILL) after a time drawn by chance, until
all are answered. Told is how often it was killed, and how often while a file was being answered. Exit status 1 where a
file has no answers, several, or fewer rows than it has.
"""

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

MOST = 3.0
"""Seconds after which it is killed at the latest, from when it has begun to watch.

Long enough for some files: one at which it is killed three times is moved out of the way."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Kills, and returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run")
    parser.add_argument("table", type=Path)
    parser.add_argument("--files", type=int, default=30)
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    rng = random.Random(chosen.seed)
    with chosen.table.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    with tempfile.TemporaryDirectory() as root:
        source, answers = Path(root, "in"), Path(root, "out")
        source.mkdir()
        answers.mkdir()
        for number in range(chosen.files):
            with (source / f"{number}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([names, *rng.choices(rows, k=chosen.rows)])
        command = [sys.executable, "-m", "finetune", "watch", "--run", chosen.run]
        command += ["--in", str(source), "--out", str(answers), "--still_seconds", "0", "--every", "0.01"]
        kills = killed(command, answers, rng, files=chosen.files)
        return told(answers, kills, files=chosen.files, rows=chosen.rows)


def killed(command: list[str], answers: Path, rng: random.Random, *, files: int) -> Counter[str]:
    """Starts and kills until all files are answered; returns when it was killed."""
    kills: Counter[str] = Counter()
    journal, log = answers / ".finetune_watch" / "done.jsonl", answers / "finetune_watch.log"
    while len(list(answers.glob("*.csv"))) < files:
        before, process = size_of(log), subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while size_of(log) == before:
            if process.poll() is not None:
                raise RuntimeError(f"it has ended by itself, with status {process.returncode}")
            time.sleep(0.002)
        time.sleep(rng.uniform(0, MOST))
        process.kill()
        process.wait()
        kills[last_of(journal)] += 1
    subprocess.run([*command, "--once"], stdout=subprocess.DEVNULL, check=True)
    return kills


def size_of(file: Path) -> int:
    """Returns how large a file is; 0 where there is none."""
    return file.stat().st_size if file.exists() else 0


def last_of(journal: Path) -> str:
    """Returns what stands last in the journal."""
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    return str(json.loads(lines[-1])["what"]) if lines else "nothing yet"


def told(answers: Path, kills: Counter[str], *, files: int, rows: int) -> int:
    """Tells how it ended; returns the exit status."""
    whole = Counter[str]()
    for file in answers.glob("*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as stream:
            whole[file.name.split("_")[0]] += sum(1 for _ in csv.reader(stream)) == rows + 1
    left = list((answers / ".finetune_watch").glob("at_hand/*"))
    print(
        json.dumps(
            {"files": files, "answered_once": sum(n == 1 for n in whole.values()), "kills": kills.total()}
            | {"killed_after": dict(kills), "left": len(left)}
        )
    )
    return 0 if len(whole) == files and set(whole.values()) == {1} and not left else 1


if __name__ == "__main__":
    sys.exit(main())
