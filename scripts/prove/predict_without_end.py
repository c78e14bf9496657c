"""Predicts tables of any length: kills real predictions, lets them go on, and measures what memory they take.

    python scripts/prove/predict_without_end.py
    python scripts/prove/predict_without_end.py --rows 10000000 --kills 20 --memory

The network has one layer, 32 wide, so that rows go by fast. SIGKILL comes to all processes of a prediction at a random
moment, as many times as asked for; the command is then given again until it ends. The file has to be that of the
prediction that was never killed, to its last byte; what was kept before a kill must not be answered again. Then the
same with another number of processes: every label has to be the same. Last, the peak memory of a short table and a long
one. Ends with status 1 where anything of it is not so.
"""

import argparse
import csv
import filecmp
import os
import random
import signal
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from made_up import OTHER_WORDS, WORDS, write_table, write_tiny_model
from process import end, ended, start

MOST_MORE_MB = 100
"""By how much the peak memory of a long table may be above that of a short one."""

ALIKE = ["--trainer.accelerator=cpu", "--trainer.precision=32-true"]
OFFLINE = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}


def write_rows(path: Path, rows: int) -> None:
    """Writes a table to predict; of every thousand rows one has no text."""
    choice = random.Random(1)
    words = [*OTHER_WORDS, *(word for each in WORDS.values() for word in each.split())]
    texts = [" ".join(choice.choices(words, k=choice.randint(1, 25))) for _ in range(5000)]
    with path.open("w", encoding="utf-8") as file:
        file.write("id;texto\n")
        file.writelines(f"{n};{'' if n % 1000 == 999 else texts[n % 5000]}\n" for n in range(rows))


def train(folder: Path) -> None:
    """Trains the network that predicts."""
    write_tiny_model(folder / "tiny", layers=1)
    write_table(folder / "dados.csv")
    options = ["--data.path=dados.csv", "--model.name=tiny", "--trainer.max_epochs=1", "--mix=none"]
    options += ["--baselines=null", "--write_report=false", *ALIKE]
    must_end_well(start(["fit", *options], folder, forked=False, environment=OFFLINE), folder)


def predict(folder: Path, table: str, output: str, *, processes: int = 1) -> int:
    """Starts a prediction; returns its process number."""
    command = ["predict", "--run", "0", f"--data.predict_path={table}", f"--output={output}", *ALIKE]
    command += [f"--trainer.devices={processes}"] + (["--trainer.strategy=ddp"] if processes > 1 else [])
    return start(command, folder, forked=False, environment=OFFLINE)


def must_end_well(process: int, folder: Path) -> None:
    """Waits for a process, and ends all where it has failed."""
    status = end(process)
    if status != 0:
        raise SystemExit(f"it ended with {status}:\n{(folder / 'log.txt').read_text()[-3000:]}")


# ---- kills ----------------------------------------------------------------------------------------------------


def kept(folder: Path, output: str) -> dict[str, int]:
    """Returns the parts that are kept of a file, and when each was written."""
    return {part.name: part.stat().st_mtime_ns for part in (folder / f"{output}.parts").glob("window_*")}


def kill(process: int, folder: Path, output: str, *, after: int, seconds: float) -> bool:
    """Kills a prediction once it has kept so many parts more, and so many seconds later; whether it still ran."""
    before = len(kept(folder, output))
    while not ended(process) and len(kept(folder, output)) < before + after:
        time.sleep(0.02)
    time.sleep(seconds)
    still = not ended(process)
    os.killpg(process, signal.SIGKILL)
    end(process)
    return still


def prove_kills(folder: Path, rows: int, kills: int, seed: int) -> bool:
    """Kills a prediction so many times; whether it ends as the one that was not killed."""
    choice = random.Random(seed)
    began = time.monotonic()
    must_end_well(predict(folder, "novos.csv", "undisturbed.csv"), folder)
    seconds = time.monotonic() - began
    print(f"{rows:,} rows, not killed: {seconds:.0f} s", flush=True)
    done, good = 0, True
    while done < kills:
        before = kept(folder, "killed.csv")
        process = predict(folder, "novos.csv", "killed.csv")
        pause = choice.uniform(0, 3)
        if not kill(process, folder, "killed.csv", after=choice.randint(0, 2), seconds=pause):
            break
        done += 1
        now = kept(folder, "killed.csv")
        good &= before.items() <= now.items()
        print(f"  killed with {len(now)} parts kept, {len(before)} of them of before", flush=True)
    if not (folder / "killed.csv").exists():
        before = kept(folder, "killed.csv")
        must_end_well(predict(folder, "novos.csv", "killed.csv"), folder)
        print(f"  ended, with {len(before)} parts kept before", flush=True)
    same = filecmp.cmp(folder / "undisturbed.csv", folder / "killed.csv", shallow=False)
    left = sorted(path.name for path in folder.glob("*killed.csv*"))
    print(f"{done} kills: {'equal to the last byte' if same else 'NOT EQUAL'}; there are {', '.join(left)}")
    return good and same and left == ["killed.csv"]


def labels_of(path: Path) -> Any:
    """Goes through the labels of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            yield row["id"], row["label"]


def prove_processes(folder: Path, processes: int) -> bool:
    """Goes on with so many processes after one was killed; whether every label is that of one process."""
    kill(predict(folder, "novos.csv", "several.csv"), folder, "several.csv", after=2, seconds=0)
    first = len(kept(folder, "several.csv"))
    must_end_well(predict(folder, "novos.csv", "several.csv", processes=processes), folder)
    pairs = zip(labels_of(folder / "undisturbed.csv"), labels_of(folder / "several.csv"), strict=True)
    other = sum(one != several for one, several in pairs)
    print(f"{first} parts by one process, the others by {processes}: {other} labels differ", flush=True)
    return other == 0


# ---- memory ---------------------------------------------------------------------------------------------------


def peak_mb(folder: Path, rows: int) -> float:
    """Returns the most memory that the prediction of so many rows takes."""
    name = f"rows_{rows}.csv"
    write_rows(folder / name, rows)
    process = predict(folder, name, f"answered_{rows}.csv")
    _, status, used = os.wait4(process, 0)
    if status != 0:
        raise SystemExit(f"it failed:\n{(folder / 'log.txt').read_text()[-3000:]}")
    with (folder / f"answered_{rows}.csv").open("rb") as file:
        lines = sum(1 for _ in islice(file, 1, None))
    print(f"{rows:,} rows: {used.ru_maxrss / 1000:.0f} MB, {lines:,} rows answered", flush=True)
    return used.ru_maxrss / 1000 if lines == rows else float("inf")


def prove_memory(folder: Path, short: int, long: int) -> bool:
    """Measures both; whether the long table takes hardly more memory than the short one."""
    more = peak_mb(folder, long) - peak_mb(folder, short)
    print(f"{more:.0f} MB more for {long:,} rows than for {short:,}")
    return abs(more) < MOST_MORE_MB


def main() -> int:
    """Does what is asked for; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=200_000, help="of the table that is killed")
    parser.add_argument("--kills", type=int, default=5, help="how often; 0 for never")
    parser.add_argument("--processes", type=int, default=2, help="that go on; 1 leaves this out")
    parser.add_argument(
        "--memory",
        type=int,
        nargs="*",
        default=[20_000, 2_000_000],
        help="rows of a short and a long table; none leaves this out",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        train(folder)
        write_rows(folder / "novos.csv", asked.rows)
        good = []
        if asked.kills:
            good.append(prove_kills(folder, asked.rows, asked.kills, asked.seed))
        if asked.kills and asked.processes > 1:
            good.append(prove_processes(folder, asked.processes))
        if asked.memory:
            good.append(prove_memory(folder, *asked.memory))
    print("all of it is so" if all(good) else "NOT ALL OF IT IS SO")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
