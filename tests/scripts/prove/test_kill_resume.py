"""The short version of scripts/prove/kill_resume.py: a real run is killed twice, resumed, and is the same bit for bit."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "prove" / "kill_resume.py"


@pytest.mark.proof
def test_a_run_that_is_killed_and_resumed_ends_as_if_it_was_not():
    # by this seed it is killed in a write, and the resumed one again at some time
    command = [
        sys.executable,
        SCRIPT,
        "--tiny",
        "1",
        "--embedded",
        "0",
        "--two",
        "0",
        "--shared",
        "0",
        "--lanes",
        "1",
        "--seed",
        "21",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\| all \| 1 \| \d \| 1 \|", done.stdout)  # one was killed and resumed, and is the same
    assert "write:" in done.stdout


def test_the_table_counts_each_kind_and_all(script):
    results = [
        {"kind": "tiny, bf16", "same": True, "mid_epoch": True},
        {"kind": "tiny, bf16", "same": False, "mid_epoch": False},
        {"kind": "embedded, bf16", "same": True, "mid_epoch": False},
    ]
    assert script("prove/kill_resume").table(results).splitlines()[2:] == [
        "| tiny, bf16 | 2 | 1 | 1 |",
        "| embedded, bf16 | 1 | 0 | 1 |",
        "| all | 3 | 1 | 2 |",
    ]
