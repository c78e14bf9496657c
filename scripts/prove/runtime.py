#!/usr/bin/env python
"""An ONNX export answers in an environment of its own: how large that is, how fast the first answer, how much memory.

    scripts/prove/runtime.py FOLDER                  makes an environment with the folder's requirements.txt alone
    scripts/prove/runtime.py FOLDER --folder DIR     keeps it in an empty or new folder; else a temporary one
    scripts/prove/runtime.py FOLDER --rows 20000     rows of the larger of two tables; the smaller has a tenth

It fails where the first answer takes more than a second of the processor or 200 MB, beside what weights of more than
100 MB take, or where ten times the rows take half as much memory again. Needs a network, or pip's PIP_FIND_LINKS.
Linux and macOS: the memory of a process that has ended is not told elsewhere.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

MB = 1_000_000
MOST_SECONDS, MOST_MB = 1.0, 200.0
USUAL_WEIGHTS_MB = 100.0
MOST_GROWTH = 1.5
TEXT = "A previsão é de geada no sul, e o preço do café subiu com a seca."


def main() -> int:
    """Runs the proof; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("export", type=Path)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--rows", type=int, default=20_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = given.folder or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        if any(place.iterdir()):
            parser.error(f"{place} is not empty: name another folder")
        return proved(given.export.resolve(), place.resolve(), rows=given.rows)


def proved(export: Path, place: Path, *, rows: int) -> int:
    """Measures all there is, prints it, and returns 1 where something is too much."""
    python = installed(export, place)
    program = [str(python), "-I", "-B", str(export / "predict.py")]
    weights = sum(file.stat().st_size for file in export.glob("model.onnx*")) / MB
    size = sum(file.stat().st_size for file in (place / "venv").rglob("*") if file.is_file()) / MB
    print(f"environment {size:.0f} MB, weights {weights:.0f} MB")
    measured([*program, "--text", TEXT])  # what Python compiles once
    seconds, memory = measured([*program, "--text", TEXT])
    print(f"first answer: {seconds:.2f} s of the processor, {memory:.0f} MB")
    wrong = []
    if seconds > MOST_SECONDS:
        wrong.append("the first answer takes too long")
    if memory > MOST_MB + max(0.0, weights - USUAL_WEIGHTS_MB):
        wrong.append("the first answer takes too much memory")
    taken = []
    for count in (rows // 10, rows):
        table = place / f"{count}.csv"
        table.write_text("texto\n" + f"{TEXT}\n" * count, encoding="utf-8")
        out = place / f"{count}_out.csv"
        seconds, memory = measured([*program, str(table), str(out), "--text_column", "texto"])
        print(f"{count:,} rows: {seconds:.1f} s of the processor, {memory:.0f} MB")
        assert len(out.read_text(encoding="utf-8").splitlines()) == count + 1
        taken.append(memory)
    if taken[1] > MOST_GROWTH * taken[0]:
        wrong.append("the memory grows with the table")
    print("; ".join(wrong) or "all is as it should be")
    return int(bool(wrong))


def installed(export: Path, place: Path) -> Path:
    """Returns the Python of a new environment that has what the folder asks for, and nothing else."""
    venv.create(place / "venv", with_pip=True)
    python = place / "venv" / "bin" / "python"
    install = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run([*install, "-r", str(export / "requirements.txt")], check=True)
    return python


def measured(command: list[str]) -> tuple[float, float]:
    """Returns the seconds of the processor and the largest memory in MB that a command took.

    Raises:
        SystemExit: It failed.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return used.ru_utime + used.ru_stime, used.ru_maxrss * unit / MB


if __name__ == "__main__":
    sys.exit(main())
