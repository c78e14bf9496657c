"""A process of its own for each measurement, and the marked line in which it tells what it found. Measures no model.

A bench starts Python with `run`; what works in that process, a callback of clocks.py or the bench itself, answers with
`tell`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).absolute().parent

MARK = "bench: "
"""Before the line of JSON in which a process tells what it measured."""

STARTED = "BENCH_STARTED"
"""Environment variable: when the process was started."""


@dataclass(frozen=True)
class Ended:
    """What a process told, and what it took.

    Attributes:
        told: Its facts by name; of one that it told several times, the first.
        seconds: From its start to its end.
        cpu_seconds: Of processors, in that time.
        peak_gib: Its resident set at the largest.
    """

    told: dict[str, Any]
    seconds: float
    cpu_seconds: float
    peak_gib: float


def tell(**facts: Any) -> None:
    """Tells the process that started this one."""
    print(f"{MARK}{json.dumps(facts)}", flush=True)


def elapsed() -> float:
    """Returns the seconds since this process was started."""
    return time.time() - float(os.environ[STARTED])


def run(
    arguments: list[str],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    tells: bool = True,
    python: str = sys.executable,
    statuses: Collection[int] = (0,),
) -> Ended:
    """Runs Python in a process of its own, which finds the files of this folder; what it prints is shown if it fails.

    Args:
        arguments: What stands behind `python`.
        folder: Where it works; where this process does, when left out.
        environment: Variables that it gets besides those of this process.
        tells: Whether it is a failure to tell nothing.
        python: Another one, of an environment without this project.
        statuses: With one of which it ends as it should.
    """
    paths = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    # another copy of the project that one happens to stand in is not what is measured
    own = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1", STARTED: str(time.time())}
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as problems:
        start = time.perf_counter()
        with subprocess.Popen(
            [python, *arguments],
            cwd=folder,
            env={**os.environ, **own, **(environment or {})},
            stdout=output,
            stderr=problems,
        ) as process:
            _, ended_with, usage = os.wait4(process.pid, 0)  # which tells its memory too
            process.returncode = os.waitstatus_to_exitcode(ended_with)
        seconds = time.perf_counter() - start
        output.seek(0)
        problems.seek(0)
        lines = output.read().splitlines()
        told = [json.loads(line.removeprefix(MARK)) for line in lines if line.startswith(MARK)]
        wrong = process.returncode not in statuses
        if wrong or (tells and not told):
            ended = f"ended with status {process.returncode}" if wrong else "told nothing"
            said = "\n".join([*lines, problems.read()])
            raise SystemExit(f"python {' '.join(arguments)} {ended}:\n{said[-3000:]}")
    facts = {name: value for each in reversed(told) for name, value in each.items()}
    return Ended(facts, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20)
