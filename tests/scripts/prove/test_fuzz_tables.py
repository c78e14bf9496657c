"""The short version of scripts/prove/fuzz_tables.py, and whether it would see what it looks for."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "prove" / "fuzz_tables.py"


@pytest.mark.parametrize("files", [6, pytest.param(60, marks=pytest.mark.proof)])
def test_so_many_files_are_read_or_refused(files):
    command = [sys.executable, SCRIPT, "--files", str(files), "--seed", "3", "--no_crafted"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    valid, broken = done.stdout.splitlines()[-2:]
    assert " valid | " in valid
    assert " broken | " in broken


@pytest.mark.proof
def test_the_crafted_files_are_read_or_refused():
    command = [sys.executable, SCRIPT, "--files", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def raises() -> str:
    raise ValueError("told")


def waits() -> str:
    time.sleep(60)
    return ""


def computes() -> str:
    while True:
        pass


def hoards() -> str:
    kept = bytearray(b"x") * (400 << 20)
    time.sleep(1)
    return str(len(kept))


def crashes() -> str:
    os.abort()


@pytest.mark.parametrize(
    ("function", "fault"),
    [
        (raises, "traceback"),
        (waits, "hang"),
        (computes, "hang"),
        (hoards, "memory"),
        (crashes, "signal SIGABRT"),
    ],
)
def test_a_child_that_misbehaves_is_seen(script, tmp_path, function, fault):
    bounded = script("prove/bounded")
    # a machine that is busy keeps one waiting that does not wait itself, and takes longer to write a traceback
    bounds = bounded.Bounds(
        cpu_seconds=2 if function is computes else 60, seconds=3 if function is waits else 60, memory_gib=0.3
    )
    (ended,) = bounded.run_all([("one", function)], bounds, at_once=1, folder=tmp_path)
    assert ended.fault == fault
    assert ("told" in ended.said) == (function is raises)


def test_a_child_that_behaves(script, tmp_path):
    bounded = script("prove/bounded")
    bounds = bounded.Bounds(cpu_seconds=5, seconds=10, memory_gib=1)
    jobs = [(f"job {number}", lambda number=number: str(number)) for number in range(5)]
    ends = list(bounded.run_all(jobs, bounds, at_once=2, folder=tmp_path))
    assert sorted((each.name, each.said, each.fault) for each in ends) == [
        (f"job {number}", str(number), "") for number in range(5)
    ]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("change", ["text", "label", "row"])
def test_a_table_read_wrongly_is_seen(script, tmp_path, change):
    fuzz = script("prove/fuzz_tables")
    path, known = script("prove/valid_tables").write_valid(tmp_path, 0, random.Random(5))
    expected = known.expected()
    if change == "row":
        for cells in expected.values():
            cells.pop()
    else:
        expected[change][1] += "x"
    assert json.loads(fuzz.used(lambda: (path, expected), tmp_path, None))["outcome"] == "wrong"
    assert path.exists()


def test_a_valid_table_that_is_refused_is_wrong(script, tmp_path):
    fuzz = script("prove/fuzz_tables")
    path = tmp_path / "a.csv"
    path.write_text("a;b\n1;2\n")
    said = json.loads(fuzz.used(lambda: (path, {"text": ["1"], "label": ["2"]}), tmp_path, None))
    assert said["outcome"] == "wrong"
    assert json.loads(fuzz.used(lambda: (path, None), tmp_path, None))["outcome"] == "refused"
